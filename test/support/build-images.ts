/**
 * `build-images.ts hosts|platform`: builds the images of the test hosts, or the platform's own, so that tests find them. Run by test/run, in
 * the order in which the tests come.
 */
import { platformImageNames } from '../../lib/installer/artifacts/images/platform-image-names.ts';
import { ensureHostImage } from './hosts/host-images.ts';
import type { HostRelease, Variant } from './hosts/host-recipe.ts';
import { platformImage } from './platform-images.ts';

const hosts: readonly (readonly [HostRelease, Variant])[] = [
  ['bookworm', 'bare'],
  ['bookworm', 'docker'],
  ['bookworm', 'equipped'],
  ['bookworm', 'git'],
  ['bookworm', 'shells'],
  ['bookworm', 'cloud-init'],
  ['bookworm', 'cloud-init-equipped'],
  ['trixie', 'bare'],
  ['trixie', 'docker'],
  ['trixie', 'cloud-init'],
];

async function tell(building: Promise<string>): Promise<void> {
  const began = performance.now();
  process.stdout.write(`${await building} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`);
}

if (process.argv[2] === 'hosts') for (const [release, variant] of hosts) await tell(ensureHostImage(variant, release));
// Two are built at a time: packages of the one are fetched while the other is written.
else await Promise.all(platformImageNames.map((name) => tell(platformImage(name))));
