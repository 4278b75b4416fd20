/** What one stage of test/run leaves in dist/test-results/STAGE.json. */
export interface StageResult {
  readonly stage: string;
  readonly passed: number;
  readonly failed: number;
  /** Lines of `skipLine`. */
  readonly skips: readonly string[];
  /** Every test that passed, as `FILE: NAME`. A tool's stage has none. */
  readonly names?: readonly string[];
  /** Every test that failed, with the first lines of why (`errorLines`). */
  readonly failures?: readonly { readonly name: string; readonly error: readonly string[] }[];
}

/** Of a long error the summary has so many lines of its beginning, and of its end, where a command's output says why. */
const [FIRST, LAST] = [3, 12];

/**
 * What a failed test says of itself in the summary, in lines of at most 300 characters, without blank ones and the stack: `text`, which
 * ends with what differs, up to 8 lines of it. A `message` that is longer, such as all that a command printed, has its own end instead.
 */
export function errorLines(text: string, message = ''): string[] {
  const telling = (lines: string): string[] =>
    lines
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^\s+(at |\.\.\. \d+ lines matching)/.test(line))
      .map((line) => line.slice(0, 300));
  const said = telling(message);
  if (said.length <= FIRST + LAST) return said.length > 8 ? said : telling(text).slice(0, 8);
  return [...said.slice(0, FIRST), '…', ...said.slice(-LAST)];
}

/** One skipped test as test/expected-skips.txt lists it: `FILE: TEST: REASON`. */
export function skipLine(file: string, test: string, reason: string): string {
  return `${file}: ${test}: ${reason}`.replaceAll(/\s+/g, ' ');
}

/** The list without comments and blank lines. */
export function parseSkipList(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** How the skips of a run differ from the committed ones. Both empty: as expected. */
export function compareSkips(
  expected: readonly string[],
  actual: readonly string[],
): { missing: string[]; unexpected: string[] } {
  return {
    missing: expected.filter((line) => !actual.includes(line)),
    unexpected: actual.filter((line) => !expected.includes(line)),
  };
}

/** `12 passed, 0 failed, 1 skipped`: the last line of a run. */
export function totalsLine(results: readonly StageResult[]): string {
  const sum = (count: (result: StageResult) => number): number => results.reduce((total, result) => total + count(result), 0);
  const skipped = sum((result) => result.skips.length);
  const totals = `${sum((result) => result.passed)} passed, ${sum((result) => result.failed)} failed`;
  return skipped === 0 ? totals : `${totals}, ${skipped} skipped`;
}
