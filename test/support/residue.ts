import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { parseExpectedResidue } from './host-listing.ts';

/** Fails with every difference that test/e2e/expected-residue.txt does not list for this situation. */
export function assertOnlyExpectedResidue(
  situation: 'absent' | 'stopped' | 'running' | 'bare',
  differences: readonly string[],
): void {
  const text = readFileSync(join(packageRoot(), 'test', 'e2e', 'expected-residue.txt'), 'utf8');
  const expected = parseExpectedResidue(text).filter((entry) => entry.situation === 'any' || entry.situation === situation);
  const unexpected = differences.filter((line) => !expected.some((entry) => entry.pattern.test(line)));
  assert.deepEqual(unexpected, [], 'differences that test/e2e/expected-residue.txt does not list');
}
