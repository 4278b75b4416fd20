/** Name of the test that follows a file in its batch, behind the file's own. */
export const TIDY = 'leaves nothing behind in its process';

/** What an event of node:test tells of a test, a suite, or a file of a batch (run-batch.ts). */
interface Told {
  readonly file?: string | undefined;
  readonly name: string;
  readonly nesting: number;
  readonly details?: { readonly type?: string | undefined; readonly duration_ms: number };
}

/** How a file of a batch ended. */
export interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly tests: number;
  readonly seconds: number;
  readonly ok: boolean;
}

/** Makes the results of files out of the events of their batch, which come one file after the other. */
export class BatchedFiles {
  #current: FileResult | undefined;

  started(event: Told): void {
    if (isOfBatch(event) && !isTidy(event)) this.#current = { file: event.name, passed: 0, tests: 0, seconds: 0, ok: true };
  }

  /** The file that this event is of, where it is about the file as a whole. */
  fileOf(event: Told): string | undefined {
    return isOfBatch(event) ? this.#current?.file : undefined;
  }

  /** A test or suite has passed, was skipped or has failed. Answers the result of the file with the last of its events. */
  ended(event: Told, how: 'passed' | 'skipped' | 'failed'): FileResult | undefined {
    const current = this.#current;
    if (current === undefined) return undefined;
    const ok = current.ok && how !== 'failed';
    if (isTidy(event)) {
      this.#current = undefined;
      return { ...current, ok };
    }
    if (isOfBatch(event)) this.#current = { ...current, ok, seconds: (event.details?.duration_ms ?? 0) / 1000 };
    else if (event.details?.type === 'suite') this.#current = { ...current, ok };
    else this.#current = { ...current, ok, tests: current.tests + 1, passed: current.passed + (how === 'passed' ? 1 : 0) };
    return undefined;
  }
}

const isOfBatch = ({ file, nesting }: Told): boolean =>
  nesting === 0 && file?.endsWith('/test/support/batches/run-batch.ts') === true;
const isTidy = (event: Told): boolean => isOfBatch(event) && event.name.endsWith(TIDY);
