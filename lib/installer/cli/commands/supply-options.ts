import { InvalidArgumentError } from 'commander';
import { platformImageNames } from '../../artifacts/images/platform-image-names.ts';
import { type PackageMode, packageModes } from '../../config/package-modes.ts';
import { isSha256 } from '../../config/text-forms.ts';
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
