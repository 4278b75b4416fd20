import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { stripVTControlCharacters } from 'node:util';
import { BatchedFiles, type FileResult } from './batches/batched-file.ts';
import { failureMessage, failureText } from './failure-text.ts';
import { errorLines, skipLine, type StageResult } from './stage-result.ts';

/** ms from which on a test is named with its time: the run has six minutes. */
const SLOW = 10_000;

/**
 * The reporter of every stage of test/run: one line per file, failures at once and in full, skips in capitals. Writes the
 * stage's counts and skips to $OO_TEST_RESULTS/$OO_TEST_STAGE.json, from which test/support/summarize.ts makes the totals.
 */
async function* stageReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const stage = process.env['OO_TEST_STAGE'] ?? 'tests';
  const expected = process.env['OO_TEST_FILES']?.split(' ').map((file) => relative(process.cwd(), resolve(file)));
  const counts = { passed: 0, failed: 0 };
  const skips: string[] = [];
  const passed: string[] = [];
  const failures: { name: string; error: string[] }[] = [];
  const names = new TestNames();
  const batched = new BatchedFiles();
  const told = new Set<string>();
  const line = ({ file, passed, tests, seconds, ok }: FileResult): string => {
    told.add(file);
    return `   ${ok ? 'ok  ' : 'FAIL'} ${file} (${passed} of ${tests}, ${seconds.toFixed(1)} s)\n`;
  };
  for await (const event of source) {
    switch (event.type) {
      case 'test:start':
        names.started(event.data);
        batched.started(event.data);
        break;
      case 'test:pass': {
        const { data } = event;
        const isSkipped = data.skip !== undefined || data.todo !== undefined;
        const isWhole = batched.fileOf(data) !== undefined;
        const result = batched.ended(data, isSkipped ? 'skipped' : 'passed');
        if (result !== undefined) yield line(result);
        if (isWhole || data.details.type === 'suite') break;
        if (isSkipped) {
          const skip = skipLine(fileOf(data), names.of(data), reasonOf(data.skip ?? data.todo));
          skips.push(skip);
          yield `   SKIPPED ${skip}\n`;
          break;
        }
        if (isFileItself(data)) break;
        counts.passed++;
        passed.push(`${fileOf(data)}: ${names.of(data)}`);
        if (data.details.duration_ms > SLOW)
          yield `   slow ${fileOf(data)}: ${names.of(data)} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n`;
        break;
      }
      case 'test:fail': {
        const { data } = event;
        const whole = batched.fileOf(data);
        const result = batched.ended(data, 'failed');
        // A parent fails with its subtests: the cause has been printed and counted already.
        if (data.details.error.cause instanceof Error || !isSubtestFailure(data.details.error)) {
          counts.failed++;
          const text = failureText(causeOf(data.details), process.stdout.isTTY === true);
          const name = whole === undefined ? `${fileOf(data)}: ${names.of(data)}` : names.of(data);
          failures.push({ name, error: errorLines(stripVTControlCharacters(text), messageOf(data.details)) });
          yield `\n   FAILED ${name} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n${text.replace(/^/gm, '     ')}\n\n`;
        } else if (data.details.type !== 'suite' && !isFileItself(data)) counts.failed++;
        if (result !== undefined) yield line(result);
        break;
      }
      case 'test:stderr':
      case 'test:stdout':
        yield event.data.message;
        break;
      case 'test:summary':
        if (event.data.file !== undefined) {
          const { file, counts, success, duration_ms } = event.data;
          // A batch is no file of tests: those in it have told already.
          if (expected === undefined || expected.includes(relative(process.cwd(), file)))
            yield line({ ...counts, file: relative(process.cwd(), file), seconds: duration_ms / 1000, ok: success });
        }
        break;
      default:
    }
  }
  const lost = expected?.filter((file) => !told.has(file)) ?? [];
  if (lost.length > 0) {
    counts.failed++;
    failures.push({ name: `${stage}: results were lost`, error: lost.map((file) => `did not tell how it ended: ${file}`) });
    yield `   FAILED ${stage}: did not tell how they ended: ${lost.join(', ')}\n`;
  }
  const folder = process.env['OO_TEST_RESULTS'];
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${stage}.json`),
      JSON.stringify({ stage, ...counts, skips, names: passed, failures } satisfies StageResult),
    );
  }
}

/** Full names, `suite > test`: events carry only a test's own name and how deep it is nested. */
class TestNames {
  /** By file, the names that are open, by depth. The tests of a suite may stand in another file: their suite is a gap there. */
  readonly #open = new Map<string, (string | undefined)[]>();

  started(data: { file?: string | undefined; name: string; nesting: number }): void {
    const path = (this.#open.get(data.file ?? '') ?? []).slice(0, data.nesting);
    path[data.nesting] = data.name;
    this.#open.set(data.file ?? '', path);
  }

  of(data: { file?: string | undefined; name: string; nesting: number }): string {
    const path = this.#open.get(data.file ?? '') ?? [];
    return [...path.slice(0, data.nesting).filter((name) => name !== undefined), data.name].join(' > ');
  }
}

const fileOf = (data: { file?: string | undefined }): string =>
  data.file === undefined ? '?' : relative(process.cwd(), data.file);

/** The runner reports a file as a test of that name when it has no tests or cannot be loaded. */
const isFileItself = (data: { file?: string | undefined; name: string }): boolean =>
  data.file !== undefined && (data.name === data.file || data.name === fileOf(data));

const reasonOf = (skip: string | boolean | undefined): string => (typeof skip === 'string' ? skip : 'no reason given');

const isSubtestFailure = (error: Error): boolean => (error as { failureType?: unknown }).failureType === 'subtestsFailed';

const causeOf = ({ error }: { error: Error }): unknown => error.cause ?? error;

/** Of a cause alone: the runner's own errors have nothing but the cause's words. */
const messageOf = ({ error }: { error: Error }): string =>
  error.cause instanceof Error ? stripVTControlCharacters(failureMessage(error.cause)) : '';

// node:test takes a reporter from a module's default export only.
// oxlint-disable-next-line import/no-default-export
export default stageReporter;
