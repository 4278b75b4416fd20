import { InvalidArgumentError } from 'commander';
import { OoError } from '../../../common/errors.ts';
import { ownCacheDir } from '../../artifacts/cache.ts';
import { platformImageNames } from '../../artifacts/images/platform-images.ts';
import { bundleSupply } from '../../artifacts/site-bundle/bundle-supply.ts';
import { prepareSupplies, type Supplies } from '../../supplies.ts';
import { ownBuild, type UpstreamName } from '../../artifacts/upstream.ts';
import type { ClusterSettings } from '../../config/cluster-settings.ts';
import { isSha256 } from '../../config/fields.ts';
import { type PackageMode, packageModes } from '../../phases/context.ts';
import type { SessionOptions } from '../../session.ts';
import type { OptionDefinition } from '../define-command.ts';

/** Static builds that somebody brings. */
export interface BuildFlags {
  readonly dockerTarball?: string | undefined;
  readonly dockerSha256?: string | undefined;
  readonly cniTarball?: string | undefined;
  readonly cniSha256?: string | undefined;
}

/** Flags that say where what is installed comes from. */
export interface SupplyFlags extends BuildFlags {
  readonly packages?: PackageMode;
  readonly bundle?: string;
  readonly images?: readonly string[];
}

/** Which of docs/platform-images.md go to a server, or into a bundle. */
export const imagesOption: OptionDefinition = {
  flags: '--images <names>',
  description: `the platform's own images, for applications and routes: all (the default), none, or of ${platformImageNames.join(', ')}, separated by commas`,
  parse: imageNames,
  choices: ['all', 'none', ...platformImageNames],
};

export const buildOptions: readonly OptionDefinition[] = [
  { flags: '--docker-tarball <file>', description: "a static build of Docker, instead of the catalogue's" },
  { flags: '--docker-sha256 <hash>', description: 'its checksum, without which it is refused', parse: checksum },
  { flags: '--cni-tarball <file>', description: "a release of the CNI plugins, instead of the catalogue's" },
  { flags: '--cni-sha256 <hash>', description: 'its checksum, without which it is refused', parse: checksum },
];

export const supplyOptions: readonly OptionDefinition[] = [
  {
    flags: '--packages <how>',
    description: "auto, host (the server's own package manager) or stream (from this machine; the server needs no network)",
    parse: packageMode,
    choices: packageModes,
  },
  { flags: '--bundle <file>', description: 'take everything from what oo-install bundle create wrote; no network is used' },
  imagesOption,
  ...buildOptions,
];

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

function checksum(text: string): string {
  if (!isSha256(text)) throw new InvalidArgumentError('It must be a SHA-256 of 64 hexadecimal digits.');
  return text.toLowerCase();
}

function imageNames(text: string): readonly string[] {
  if (text === 'all') return platformImageNames;
  if (text === 'none') return [];
  return [...new Set(text.split(',').map((name) => name.trim()))].map((name) => {
    if (!platformImageNames.includes(name))
      throw new InvalidArgumentError(`It must be of ${platformImageNames.join(', ')}, all or none.`);
    return name;
  });
}

function packageMode(text: string): PackageMode {
  const mode = packageModes.find((candidate) => candidate === text);
  if (mode === undefined) throw new InvalidArgumentError(`It must be one of ${packageModes.join(', ')}.`);
  return mode;
}
