import { distroOf } from '../distro/index.ts';
import type { InstallContext } from './context.ts';
import { targetOf } from './install-packages.ts';
import { dockerPackages, missingPackages } from './package-set.ts';
import { dockerIsStatic, lacksStaticPlugins } from './static-builds.ts';

/**
 * Throws, before anything is changed, when what this server will need is not to be had: packages that only this machine can bring, or a static
 * build. What the server fetches itself cannot be known before.
 */
export async function requireSupplies(context: InstallContext, options: { readonly dryRun: boolean }): Promise<void> {
  const { facts, packages, build } = context;
  const lacksDocker = facts.docker.dockerd === '' && !facts.docker.running;
  const names = [...(lacksDocker ? dockerPackages(facts) : []), ...missingPackages(facts)];
  if (packages.mode === 'stream' && names.length > 0) await packages.supply.check(distroOf(facts), targetOf(context));
  // They are downloaded for it, which a dry run does not do.
  if (options.dryRun) return;
  if (lacksDocker && dockerIsStatic(facts)) await build('docker');
  if (lacksStaticPlugins(facts)) await build('cni-plugins');
}
