import type { DebianArchitecture } from '../artifacts/debian-architecture.ts';
import { distroOf } from '../distro/index.ts';
import type { Host } from '../transport/host.ts';
import type { InstallContext } from './context.ts';
import { packageLockTimeout } from './package-set.ts';

/** Installs packages in one transaction, whichever way this server gets them. `description`: what a person reads. */
export async function installPackages(
  host: Host,
  context: InstallContext,
  description: string,
  names: readonly string[],
): Promise<void> {
  const lockTimeout = packageLockTimeout;
  if (host.dryRun || !(await isStreamed(host, context))) {
    await host.change(description, (agent) => agent.call('packages.install', { names: [...names], lockTimeout }));
    return;
  }
  const { status } = await host.agent.call('packages.status', {});
  const { facts, packages } = context;
  const archive = await packages.supply.archive({ distro: distroOf(facts), arch: targetOf(context), names, status });
  if (archive === undefined) return;
  const megabytes = Math.round(archive.size / 1e6);
  await host.change(`${description}, ${archive.files.length} packages streamed (${megabytes} MB)`, async (agent) => {
    const { source, sha256, size, files } = archive;
    const path = await host.send({ source, sha256, size, isCompressed: true });
    return agent.call('packages.installFiles', { names: [...names], path, sha256, files: [...files], lockTimeout });
  });
}

/** Debian's name for the server's architecture. */
export function targetOf({ facts }: Pick<InstallContext, 'facts'>): DebianArchitecture {
  return /^(aarch64|arm64)$/.test(facts.arch) ? 'arm64' : 'amd64';
}

/**
 * Streaming takes half the time of a server's own apt (docs/adr/0008-streamed-packages.md), so it is chosen where the packages are at
 * hand; where they are not, a server that reaches its mirrors helps itself, and one that does not has to wait until they are.
 */
async function isStreamed(host: Host, context: InstallContext): Promise<boolean> {
  const { mode, supply } = context.packages;
  if (mode !== 'auto') return mode === 'stream';
  const readiness = await supply.readiness(distroOf(context.facts), targetOf(context));
  if (readiness !== 'fetched') return readiness === 'at-hand';
  const { reachable, reason } = await host.agent.call('packages.reachable', {});
  if (!reachable) host.note(`packages are streamed to this server: ${reason}`);
  return !reachable;
}
