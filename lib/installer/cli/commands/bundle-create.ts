import { InvalidArgumentError } from 'commander';
import { debianArchitecture, type DebianArchitecture } from '../../artifacts/debian-architecture.ts';
import { type Distro, distroByName, distros } from '../../distro/index.ts';
import { defineCommand } from '../define-command.ts';
import { type BuildFlags, buildOptions, imagesOption } from './supply-options.ts';

export interface BundleFlags extends BuildFlags {
  readonly for: readonly Distro[];
  readonly arch: readonly DebianArchitecture[];
  readonly images?: readonly string[];
}

/** Distributions whose packages a bundle can hold, or whose Docker is a static build. */
const bundled = distros.filter((distro) => distro.archive !== undefined || distro.docker === 'static');
const byDefault = ['debian-12', 'debian-13'];

export const bundleCreateCommand = defineCommand<BundleFlags>({
  name: 'bundle create',
  summary: 'put all that an installation needs into one file, for sites without a network',
  examples: [
    ['oo-install bundle create site.bundle', `for ${byDefault.join(' and ')}, on servers of this machine's architecture`],
    ['oo-install bundle create site.bundle --for debian-12 --arch amd64', 'for one distribution'],
  ],
  arguments: [{ name: '<file>', description: 'the file to write; one that is there is replaced when the new one is whole' }],
  options: [
    {
      flags: '--for <distributions>',
      description: `names of docs/distributions.md, separated by commas (default: ${byDefault.join(',')})`,
      parse: distrosOf,
      choices: bundled.map((it) => it.name),
      default: byDefault.map((name) => distroByName(name)!),
    },
    {
      flags: '--arch <architectures>',
      description: "amd64, arm64 or both, separated by a comma (default: this machine's)",
      parse: architecturesOf,
      choices: ['amd64', 'arm64'],
      default: [debianArchitecture()],
    },
    imagesOption,
    ...buildOptions,
  ],
  run: async (context) => (await import('./create-bundle.ts')).createBundle(context),
});

function distrosOf(text: string): Distro[] {
  return [...new Set(text.split(','))].map((name) => {
    const distro = bundled.find((candidate) => candidate.name === name.trim());
    if (distro === undefined) throw new InvalidArgumentError(`It must be of ${bundled.map((it) => it.name).join(', ')}.`);
    return distro;
  });
}

function architecturesOf(text: string): DebianArchitecture[] {
  return [...new Set(text.split(','))].map((name) => {
    if (name !== 'amd64' && name !== 'arm64') throw new InvalidArgumentError('It must be amd64, arm64, or both.');
    return name;
  });
}
