import { InvalidArgumentError } from 'commander';
import { OoError } from '../../../common/errors.ts';
import { defaultCacheDir } from '../../artifacts/cache.ts';
import { bundleSupply } from '../../artifacts/site-bundle/bundle-supply.ts';
import { prepareSupplies, type Supplies } from '../../supplies.ts';
import { ownBuild, type UpstreamName } from '../../artifacts/upstream.ts';
import { type PackageMode, packageModes } from '../../phases/context.ts';
import type { SessionOptions } from '../../session.ts';
import type { OptionDefinition } from '../define-command.ts';

/** Static builds that somebody brings. */
export interface BuildFlags {
  readonly dockerTarball?: string;
  readonly dockerSha256?: string;
  readonly cniTarball?: string;
  readonly cniSha256?: string;
}

/** Flags that say where what is installed comes from. */
export interface SupplyFlags extends BuildFlags {
  readonly packages?: PackageMode;
  readonly bundle?: string;
}

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
  },
  { flags: '--bundle <file>', description: 'take everything from what oo-install bundle create wrote; no network is used' },
  ...buildOptions,
];

/** One for all hosts of a run: what one of them had made is there for the next. */
const opened = new Map<string, Supplies>();

/** What the flags change of a session: nothing where there are none. */
export function supplyOf(flags: SupplyFlags): Pick<SessionOptions, 'packages' | 'supplies'> {
  const { bundle, packages } = flags;
  const mode = packages ?? (bundle === undefined ? undefined : 'stream');
  const own = bundle ?? flags.dockerTarball ?? flags.dockerSha256 ?? flags.cniTarball ?? flags.cniSha256;
  return { ...(own === undefined ? {} : { supplies: suppliesOf(flags) }), ...(mode === undefined ? {} : { packages: mode }) };
}

function suppliesOf(flags: SupplyFlags): Supplies {
  const cacheDir = defaultCacheDir();
  const key = JSON.stringify([flags.bundle, flags.dockerTarball, flags.dockerSha256, flags.cniTarball, flags.cniSha256]);
  const known = opened.get(key);
  if (known !== undefined) return known;
  const supplies = flags.bundle === undefined ? prepareSupplies({ cacheDir }) : bundleSupply(flags.bundle, cacheDir);
  opened.set(key, withBuilds(supplies, flags));
  return opened.get(key)!;
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
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('it must be a SHA-256 of 64 hexadecimal digits.');
  return text.toLowerCase();
}

function packageMode(text: string): PackageMode {
  const mode = packageModes.find((candidate) => candidate === text);
  if (mode === undefined) throw new InvalidArgumentError(`it must be one of ${packageModes.join(', ')}.`);
  return mode;
}
