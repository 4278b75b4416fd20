/** Builds the images of the test hosts, so that the end-to-end tests find them. Run by test/run beside other stages. */
import { ensureHostImage } from './hosts/host-images.ts';

for (const variant of ['bare', 'docker', 'git', 'shells'] as const) {
  const began = performance.now();
  const tag = await ensureHostImage(variant);
  process.stdout.write(`${tag} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`);
}
