import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { eventually } from './eventually.ts';
import { type HostListing, listHost, listingDifference, parseExpectedResidue } from './host-listing.ts';
import type { TestHost } from './test-host.ts';

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

/** Waits until nothing but that is another on the host than it was `before`: what was told to end may take a moment to go. */
export async function onlyExpectedResidue(host: TestHost, situations: readonly Situation[], before: HostListing): Promise<void> {
  const look = async () => assertOnlyExpectedResidue(situations, listingDifference(before, await listHost(host)));
  await eventually(look, { timeout: 20_000 });
}
