import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { loadHere } from '../../lib/installer/artifacts/images/load-here.ts';
import { platformImageBuilder } from '../../lib/installer/artifacts/images/platform-images.ts';

// Servers of tests have the same cache (checkout-on-host.ts). What images have in common is built once.
const build = platformImageBuilder({ cacheDir: join(packageRoot(), '.cache', 'hosts') });
const made = new Map<string, Promise<string>>();

/**
 * One of the platform's own images (`registry`, `router`, `builder`, `nodejs` ...) in this machine's Docker; answers its reference. Built once for
 * its recipe: a minute at the first time, nothing afterwards.
 */
export function platformImage(name: string): Promise<string> {
  const reference = made.get(name) ?? make(name);
  made.set(name, reference);
  return reference;
}

async function make(name: string): Promise<string> {
  const image = await build(name);
  await loadHere(image);
  return image.reference;
}
