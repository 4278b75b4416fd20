import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';

/** The documents whose tables claim what tests prove. */
export const CLAIMING = ['comparison.md', 'kubectl.md'] as const;

/** One row of such a table: what it claims, and the tests that prove it, as `FILE: NAME`. */
export interface Claim {
  readonly feature: string;
  readonly tests: readonly string[];
}

/** The claims of a document of docs. A row's last cell names the tests: `` `test/e2e/x.test.ts`: name of the test ``, several apart by `<br>`. */
export function readClaims(document: (typeof CLAIMING)[number]): Claim[] {
  return claimsOf(readFileSync(join(packageRoot(), 'docs', document), 'utf8'));
}

export function claimsOf(text: string): Claim[] {
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && line.includes('`test/'));
  return rows.map((row) => {
    const cells = row.split(' | ').map((cell) => cell.replace(/^\|?\s*|\s*\|?$/g, ''));
    const tests = cells.at(-1)!.split('<br>');
    return { feature: cells[0]!, tests: tests.map((cell) => cell.trim().replace(/^`([^`]+)`: /, '$1: ')) };
  });
}

/** The file of a test that is named as `FILE: NAME`. */
export const fileOf = (test: string): string => test.split(': ', 1)[0]!;

/**
 * Claims of a document of which a test is not among those that passed. `passed` holds `FILE: NAME`.
 * @param isElsewhere whether a file's tests are no part of this run
 */
export function unprovenClaims(
  document: string,
  claims: readonly Claim[],
  passed: ReadonlySet<string>,
  isElsewhere: (file: string) => boolean = () => false,
): string[] {
  return claims.flatMap(({ feature, tests }) =>
    tests
      .filter((name) => !passed.has(name) && !isElsewhere(fileOf(name)))
      .map((name) => `docs/${document} says "${feature}", but this did not pass: ${name}`),
  );
}
