import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';

/** One row of docs/comparison.md that claims something of oo-install: what, and the tests that prove it, as `FILE: NAME`. */
export interface Claim {
  readonly feature: string;
  readonly tests: readonly string[];
}

/** The claims of docs/comparison.md. A row's last cell names the tests: `` `test/e2e/x.test.ts`: name of the test ``, several apart by `<br>`. */
export function readClaims(text = readFileSync(join(packageRoot(), 'docs', 'comparison.md'), 'utf8')): Claim[] {
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && line.includes('`test/'));
  return rows.map((row) => {
    const cells = row.split(' | ').map((cell) => cell.replace(/^\|?\s*|\s*\|?$/g, ''));
    const tests = cells.at(-1)!.split('<br>');
    return { feature: cells[0]!, tests: tests.map((cell) => cell.trim().replace(/^`([^`]+)`: /, '$1: ')) };
  });
}

/** Claims of which a test is not among those that passed. `passed` holds `FILE: NAME`. */
export function unprovenClaims(claims: readonly Claim[], passed: ReadonlySet<string>): string[] {
  return claims.flatMap(({ feature, tests }) =>
    tests
      .filter((name) => !passed.has(name))
      .map((name) => `docs/comparison.md says "${feature}", but this did not pass: ${name}`),
  );
}
