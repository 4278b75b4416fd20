import type { Distro } from '../../distro/distro.ts';
import { exists } from '../cache.ts';
import type { DebianArchitecture } from '../debian-architecture.ts';
import { type PackageArchive, packageArchive } from './package-archive.ts';
import { resolveClosure } from './package-closure.ts';
import { hasApt, listsReady, requireApt } from './private-apt.ts';

/** Which server, and what it wants. */
export interface PackageRequest {
  readonly distro: Distro;
  readonly arch: DebianArchitecture;
  readonly names: readonly string[];
  /** dpkg's database of the server (the call packages.status). */
  readonly status: string;
}

/** Where the packages come from that are streamed to a server. */
export interface PackageSupply {
  /** Whether they can be had: `at-hand` without asking anybody first, `fetched` after some seconds, or `not`. */
  readiness(distro: Distro, arch: DebianArchitecture): Promise<'at-hand' | 'fetched' | 'not'>;
  /** Throws why packages for such a server are not to be had. */
  check(distro: Distro, arch: DebianArchitecture): Promise<void>;
  /** Undefined when nothing is missing. */
  archive(request: PackageRequest): Promise<PackageArchive | undefined>;
}

/** From the distribution's mirrors by the operator's own apt. Servers that are alike share one answer. */
export function mirrorPackages(cacheDir: string): PackageSupply {
  const running = new Map<string, Promise<PackageArchive | undefined>>();
  return {
    readiness: async (distro, arch) => {
      if (distro.archive === undefined || !(await hasApt()) || !(await exists(distro.archive.keyring))) return 'not';
      return (await listsReady({ cacheDir, distro, arch })) ? 'at-hand' : 'fetched';
    },
    check: (distro) => requireApt(distro).then(() => undefined),
    archive: (request) => {
      const key = JSON.stringify([request.distro.name, request.arch, request.names, request.status]);
      const known = running.get(key) ?? make(request, cacheDir);
      running.set(key, known);
      return known;
    },
  };
}

async function make(request: PackageRequest, cacheDir: string): Promise<PackageArchive | undefined> {
  const closure = await resolveClosure({ ...request, cacheDir });
  return closure.length === 0 ? undefined : packageArchive(closure, cacheDir);
}
