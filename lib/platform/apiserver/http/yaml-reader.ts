import type { Worker } from 'node:worker_threads';
import { spawnRole } from '../../../common/worker-entry.ts';
import { newTooManyRequests } from '../../api/status-error.ts';
import type { YamlAnswer } from './yaml-thread.ts';

/** For one body, from when its turn comes. The parser takes quadratic time for some texts that are not even large. */
const DEADLINE = 2_000;
/** For the thread to start, on a busy machine. */
const START_DEADLINE = 15_000;
/** Bodies that may wait for their turn. With the deadline, the last of them is answered before its request times out. */
const MAX_WAITING = 20;
/** YAML is rare, since clients turn it into JSON themselves: its thread goes when it has had nothing to do for this long. */
const IDLE = 30_000;
const HEAP_MB = 256;

export interface YamlReaderOptions {
  /** In ms. @default 2000 */
  readonly deadline?: number;
}

export interface YamlBody {
  readonly json: string;
  readonly duplicates: readonly string[];
}

/**
 * Reads YAML in a thread of its own, one body at a time and each within a deadline: anybody who may send a body at all could
 * otherwise stop the whole API with half a megabyte of commas.
 */
export class YamlReader {
  readonly #deadline: number;
  #thread: Promise<Worker> | undefined;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor({ deadline = DEADLINE }: YamlReaderOptions = {}) {
    this.#deadline = deadline;
  }

  /** The text as JSON, and which keys it says twice. Rejects with the parser's words, or with 429 when too many wait. */
  async read(text: string): Promise<YamlBody> {
    if (this.#waiting >= MAX_WAITING) throw newTooManyRequests('too many YAML bodies at one time, please try again later', 1);
    this.#waiting++;
    clearTimeout(this.#idle);
    const turn = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = done.promise;
    try {
      await turn;
      return await this.#ask(text);
    } finally {
      if (--this.#waiting === 0) this.#idle = setTimeout(() => this.close(), IDLE).unref();
      done.resolve();
    }
  }

  /** Ends the thread. The next body starts another. */
  close(): void {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    this.#thread = undefined;
    void thread?.then((worker) => worker.terminate()).catch(() => undefined);
  }

  async #ask(text: string): Promise<YamlBody> {
    try {
      const worker = await (this.#thread ??= startThread());
      const answer = nextAnswer(worker, this.#deadline, `the body takes longer than ${this.#deadline} ms to read`);
      worker.postMessage(text);
      const { json, duplicates = [], error } = await answer;
      if (json === undefined) throw new ParserError(error);
      return { json, duplicates };
    } catch (error) {
      // A thread that is late, or out of memory, is of no use to the next body.
      if (!(error instanceof ParserError)) this.close();
      if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error;
      throw new Error(`the body takes more than ${HEAP_MB} MiB of memory to read`, { cause: error });
    }
  }
}

class ParserError extends Error {}

async function startThread(): Promise<Worker> {
  const worker = spawnRole('yaml', undefined, { maxOldGenerationSizeMb: HEAP_MB });
  worker.unref();
  // What kills it while nobody waits is told to the next who asks.
  worker.on('error', () => undefined);
  await nextAnswer(worker, START_DEADLINE, 'the reader does not start');
  return worker;
}

function nextAnswer(worker: Worker, deadline: number, late: string): Promise<YamlAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', reject).off('exit', onExit);
      act();
    };
    const onMessage = (answer: YamlAnswer): void => settle(() => resolve(answer));
    const onExit = (): void => settle(() => reject(new Error('the reader has ended')));
    const timer = setTimeout(() => settle(() => reject(new Error(late))), deadline);
    worker.once('message', onMessage).once('error', reject).once('exit', onExit);
  });
}
