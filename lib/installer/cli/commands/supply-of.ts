import { OoError } from '../../../common/errors.ts';
import { ownCacheDir } from '../../artifacts/cache.ts';
import { bundleSupply } from '../../artifacts/site-bundle/bundle-supply.ts';
import { ownBuild, type UpstreamName } from '../../artifacts/upstream.ts';
import type { ClusterSettings } from '../../config/cluster-settings.ts';
import type { SessionOptions } from '../../session.ts';
import { prepareSupplies, type Supplies } from '../../supplies.ts';
import type { BuildFlags, SupplyFlags } from './supply-options.ts';

/** What the flags change of a session, and cluster.yaml where they say nothing. */
export function supplyOf(flags: SupplyFlags, file: ClusterSettings): Pick<SessionOptions, 'packages' | 'supplies' | 'images'> {
  const { bundle = file.bundle } = flags;
  // A bundle that is typed is to be all that is used, whatever the file says.
  const said = flags.packages ?? (flags.bundle === undefined ? file.packages : undefined);
  const mode = said ?? (bundle === undefined ? undefined : 'stream');
  const builds = buildsOf(flags, file.builds);
  const images = flags.images ?? file.images;
  const own = bundle ?? Object.values(builds).find((value) => value !== undefined);
  return {
    ...(own === undefined ? {} : { supplies: suppliesOf(bundle, builds) }),
    ...(mode === undefined ? {} : { packages: mode }),
    ...(images === undefined ? {} : { images }),
  };
}

/** A file and its checksum go together: half of a pair that is typed is not completed from the file. */
function buildsOf(flags: BuildFlags, { docker, cni }: NonNullable<ClusterSettings['builds']> = {}): BuildFlags {
  const { dockerTarball, dockerSha256, cniTarball, cniSha256 } = flags;
  return {
    ...((dockerTarball ?? dockerSha256) === undefined
      ? { dockerTarball: docker?.file, dockerSha256: docker?.sha256.toLowerCase() }
      : { dockerTarball, dockerSha256 }),
    ...((cniTarball ?? cniSha256) === undefined
      ? { cniTarball: cni?.file, cniSha256: cni?.sha256.toLowerCase() }
      : { cniTarball, cniSha256 }),
  };
}

function suppliesOf(bundle: string | undefined, builds: BuildFlags): Supplies {
  const cacheDir = ownCacheDir();
  const supply = bundle === undefined ? prepareSupplies({ cacheDir }) : bundleSupply(bundle, cacheDir);
  return withBuilds(supply, builds);
}

/** The same supply, with builds that somebody brought in place of its own. */
export function withBuilds(supply: Supplies, flags: BuildFlags): Supplies {
  const own: Partial<Record<UpstreamName, { file: string; sha256: string }>> = {
    ...brought('docker', flags.dockerTarball, flags.dockerSha256),
    ...brought('cni-plugins', flags.cniTarball, flags.cniSha256),
  };
  return {
    ...supply,
    build: (name, arch) => {
      const file = own[name];
      return file === undefined ? supply.build(name, arch) : ownBuild(name, file.file, file.sha256);
    },
  };
}

function brought(name: UpstreamName, file: string | undefined, sha256: string | undefined) {
  if (file === undefined && sha256 === undefined) return {};
  if (file !== undefined && sha256 !== undefined) return { [name]: { file, sha256 } };
  const flag = name === 'docker' ? 'docker' : 'cni';
  throw new OoError('BUILD_UNVERIFIED', 'usage', `a static build of ${name} is taken only with its file and its checksum`, {
    hint: `give both: --${flag}-tarball FILE --${flag}-sha256 HASH`,
  });
}
