import { installerBundle } from '../../artifacts/bundle.ts';
import { ownCacheDir } from '../../artifacts/cache.ts';
import { platformImageNames } from '../../artifacts/images/platform-image-names.ts';
import { summaryText } from '../../artifacts/site-bundle/bundle-summary.ts';
import { writeSiteBundle } from '../../artifacts/site-bundle/write-bundle.ts';
import { prepareSupplies } from '../../supplies.ts';
import type { CommandContext } from '../define-command.ts';
import type { BundleFlags } from './bundle-create.ts';
import { withBuilds } from './supply-of.ts';

/** Writes a bundle, and tells what it holds. @throws OoError what stands in its way */
export async function createBundle({ args, flags, write, version }: CommandContext<BundleFlags>): Promise<void> {
  const cacheDir = ownCacheDir();
  const file = args[0]!;
  const progress = (message: string): void => void (flags.json || process.stderr.write(`${message}\n`));
  const supply = withBuilds(prepareSupplies({ cacheDir }), flags);
  const installer = await installerBundle({ cacheDir });
  const { images = platformImageNames } = flags;
  const request = {
    file,
    installer,
    images,
    version,
    distros: flags.for,
    architectures: flags.arch,
    supply,
    cacheDir,
    progress,
  };
  const manifest = await writeSiteBundle(request);
  write(flags.json ? `${JSON.stringify(manifest)}\n` : summaryText(file, manifest));
}
