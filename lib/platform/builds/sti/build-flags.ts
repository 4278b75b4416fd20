import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Variable } from '../engine/build-engine.ts';
import { PULL_POLICIES, type PullPolicy } from './pull-policies.ts';

/** What `sti build` is told beside source, builder and tag. */
export interface BuildFlags {
  readonly clean?: boolean;
  readonly incremental?: boolean;
  readonly ref?: string;
  readonly contextDir?: string;
  readonly env?: readonly Variable[];
  readonly environmentFile?: string;
  readonly label?: readonly Variable[];
  readonly scriptsUrl?: string;
  readonly rm?: boolean;
  readonly pullPolicy: PullPolicy;
  readonly assembleUser?: string;
  readonly memory?: number;
  readonly cpus?: number;
  readonly timeout?: number;
  readonly network: 'bridge' | 'none';
  readonly url: string;
  readonly loglevel: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** The argument that is an image with the scripts of a language. */
export const BUILDER = 'an image with assemble and run scripts, such as openshift/nodejs';

/** `sti build` with its arguments and flags. */
export function describeBuild(program: Command): Command {
  return program
    .command('build')
    .argument('<source>', 'a folder, or the URL of a git repository')
    .argument('<builder-image>', BUILDER)
    .argument('<app-tag>', "the new image's name")
    .description('build an image out of a source')
    .option('--clean', 'take nothing over from the last build (the default)')
    .option('--incremental', 'take over what the save-artifacts script of the last image saves')
    .option('-r, --ref <ref>', 'branch, tag or commit of the repository')
    .option('--context-dir <folder>', 'folder of the source that is built')
    .option('-e, --env <name=value>', 'variable of the build and of the image; may be repeated', collect(nameValue))
    .option('-E, --environment-file <file>', 'file of such lines')
    .option('--label <name=value>', 'label of the image; may be repeated', collect(nameValue))
    .option('-s, --scripts-url <url>', 'where the scripts are: image://, http://, https:// or file://')
    .option('--rm', 'remove the image that had the name before')
    .option('-u, --assemble-user <user>', 'who runs the assemble script')
    .addOption(pullOption())
    .option('--memory <size>', 'memory that the build may use, as 512m', memorySize)
    .option('--cpus <number>', 'CPUs that the build may use, as 0.5', positive)
    .option('--timeout <seconds>', 'the build is given up after that time', positive)
    .addOption(
      new Option('--network <network>', 'of the build; never that of the machine').choices(['bridge', 'none']).default('bridge'),
    )
    .addOption(urlOption())
    .option('--loglevel <level>', '0 to 5: how much is told', level, 0)
    .option('-q, --quiet', 'only errors are told, and the image')
    .option('--json', 'a JSON object for each line of what is told');
}

/** Of every command that asks Docker. */
export const urlOption = (): Option =>
  new Option('-U, --url <url>', 'where Docker listens').default(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock');
/** Of every command that needs the builder image. */
export const pullOption = (): Option =>
  new Option('-p, --pull-policy <policy>', 'when the builder image is pulled').choices(PULL_POLICIES).default('if-not-present');

const collect =
  (parse: (text: string) => Variable) =>
  (text: string, before: readonly Variable[] = []) => [...before, parse(text)];

function nameValue(text: string): Variable {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError(`${JSON.stringify(text)} is not NAME=VALUE.`);
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`${JSON.stringify(text)} is no number above 0.`);
  return value;
}

function level(text: string): number {
  if (!/^\d$/.test(text)) throw new InvalidArgumentError(`${JSON.stringify(text)} is no number from 0 to 5.`);
  return Number(text);
}

/** `512m` in bytes. */
function memorySize(text: string): number {
  const match = /^(\d+)([bkmg]?)$/i.exec(text);
  if (match === null) throw new InvalidArgumentError(`${JSON.stringify(text)} is no size such as 512m.`);
  const unit = { '': 0, b: 0, k: 1, m: 2, g: 3 }[match[2]!.toLowerCase()]!;
  return Number(match[1]) * 1024 ** unit;
}
