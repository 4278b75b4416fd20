import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { parseExpectedResidue } from './host-listing.ts';

/** How Docker was before: absent, stopped, running. `packages`: some came with us and went again. */
export type Situation = 'absent' | 'stopped' | 'running' | 'packages';

/** Fails with every difference that test/e2e/expected-residue.txt does not list for one of these situations. */
export function assertOnlyExpectedResidue(situations: readonly Situation[], differences: readonly string[]): void {
  const text = readFileSync(join(packageRoot(), 'test', 'e2e', 'expected-residue.txt'), 'utf8');
  const listed = new Set<string>(['any', ...situations]);
  const expected = parseExpectedResidue(text).filter(({ situation }) => listed.has(situation));
  const unexpected = differences.filter((line) => !expected.some((entry) => entry.pattern.test(line)));
  assert.deepEqual(unexpected, [], 'differences that test/e2e/expected-residue.txt does not list');
}
