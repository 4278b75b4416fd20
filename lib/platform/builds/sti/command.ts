import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { errorText, OoError } from '../../../common/errors.ts';
import { redact } from '../../../common/secrets.ts';
import { dockerImageRuntime } from '../../runtime/docker-image-runtime.ts';
import { referenceProblem } from '../../runtime/image-reference.ts';
import type { BuildLimits, ImageRuntime } from '../../runtime/image-runtime.ts';
import type { Variable } from '../engine/build-engine.ts';
import { BuildError } from '../engine/build-error.ts';
import { runToEnd, withContainer } from '../engine/containers.ts';
import { dockerEngine } from '../engine/docker-engine.ts';
import { parseEnvironment } from '../engine/source/environment-file.ts';
import { builderFacts, scriptsFolder } from '../engine/sti/builder-labels.ts';
import { PLATFORM_VERSION } from '../../version.ts';
import { containerPrefix, MemoryTraces, ownImages, PULL_POLICIES, type PullPolicy, removeLeftovers } from './own-images.ts';
import { stiBuild } from './sti-build.ts';

/** What the command needs from its process. */
export interface StiHost {
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

interface BuildFlags {
  readonly clean?: boolean;
  readonly incremental?: boolean;
  readonly ref?: string;
  readonly contextDir?: string;
  readonly env: readonly Variable[];
  readonly environmentFile?: string;
  readonly label: readonly Variable[];
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

const EXAMPLES = `
Examples:
  sti build ./shop openshift/nodejs shop
  sti build https://git.example.com/shop.git openshift/nodejs shop --ref v2
  sti usage openshift/nodejs`;
const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Runs `sti ARGS...`. Resolves with the exit code; never rejects. */
export async function runSti(args: readonly string[], host: StiHost): Promise<number> {
  const json = args.includes('--json');
  const program = new Command('sti')
    .description('Source to image: puts a source into a builder image and keeps what its scripts make of it (docs/sti.md)')
    .version(PLATFORM_VERSION, '--version')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(sti --help tells more)')
    .exitOverride()
    .configureOutput({ writeOut: host.write, writeErr: host.writeError });
  describeBuild(program).action((source: string, builder: string, tag: string, flags: BuildFlags) =>
    build({ source, builder, tag, flags }, host),
  );
  program
    .command('usage')
    .argument('<builder-image>')
    .description("run the builder image's usage script")
    .addOption(urlOption())
    .addOption(pullOption())
    .action((builder: string, flags: BuildFlags) => usage(builder, flags, host));
  program
    .command('version')
    .description('print the version')
    .action(() => host.write(`sti ${PLATFORM_VERSION}\n`));
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (host.signal.aborted) {
      tellError(host, json, 'Interrupted', 'the build was interrupted; nothing of it is left');
      return EXIT.interrupted;
    }
    const hint = error instanceof OoError ? error.hint : undefined;
    tellError(host, json, error instanceof OoError ? error.code : 'GenericBuildFailed', errorText(error), hint);
    return EXIT.failed;
  }
}

function tellError(host: StiHost, json: boolean, reason: string, message: string, hint?: string): void {
  if (json)
    host.write(`${redact(JSON.stringify({ type: 'error', reason, message, ...(hint === undefined ? {} : { hint }) }))}\n`);
  else host.writeError(redact(`sti: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`));
}

const collect = (parse: (text: string) => Variable) => (text: string, before: readonly Variable[]) => [...before, parse(text)];

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

const urlOption = (): Option =>
  new Option('-U, --url <url>', 'where Docker listens').default(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock');
const pullOption = (): Option =>
  new Option('-p, --pull-policy <policy>', 'when the builder image is pulled').choices(PULL_POLICIES).default('if-not-present');

function describeBuild(program: Command): Command {
  return program
    .command('build')
    .argument('<source>', 'a folder, or the URL of a git repository')
    .argument('<builder-image>')
    .argument('<app-tag>', "the new image's name")
    .description('build an image out of a source')
    .option('--clean', 'take nothing over from the last build (the default)')
    .option('--incremental', 'take over what the save-artifacts script of the last image saves')
    .option('-r, --ref <ref>', 'branch, tag or commit of the repository')
    .option('--context-dir <folder>', 'folder of the source that is built')
    .option('-e, --env <name=value>', 'variable of the build and of the image; may be repeated', collect(nameValue), [])
    .option('-E, --environment-file <file>', 'file of such lines')
    .option('--label <name=value>', 'label of the image; may be repeated', collect(nameValue), [])
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

/** The socket behind Docker's URL. */
function runtimeAt(url: string): ImageRuntime {
  const socketPath = /^(?:unix:\/\/)?(\/.+)$/.exec(url)?.[1];
  if (socketPath === undefined)
    throw new BuildError('GenericBuildFailed', `Docker at ${JSON.stringify(url)} is not reached: only unix:///PATH is`);
  return dockerImageRuntime({ socketPath });
}

interface BuildArguments {
  readonly source: string;
  readonly builder: string;
  readonly tag: string;
  readonly flags: BuildFlags;
}

async function build({ source, builder, tag, flags }: BuildArguments, host: StiHost): Promise<void> {
  for (const [what, reference] of [
    ['builder image', builder],
    ['app tag', tag],
  ] as const) {
    const problem = reference.includes('@') && what === 'app tag' ? 'a digest cannot be chosen' : referenceProblem(reference);
    if (problem !== undefined) throw new BuildError('GenericBuildFailed', `${what} ${JSON.stringify(reference)}: ${problem}`);
  }
  if (flags.clean === true && flags.incremental === true)
    throw new BuildError('GenericBuildFailed', '--clean and --incremental contradict each other');
  const runtime = runtimeAt(flags.url);
  const traces = new MemoryTraces();
  const scratch = await mkdtemp(join(tmpdir(), 'sti-'));
  const tell = teller(flags, host);
  const timeout = flags.timeout === undefined ? [] : [AbortSignal.timeout(flags.timeout * 1000)];
  const signal = AbortSignal.any([host.signal, ...timeout]);
  const began = Date.now();
  try {
    await removeLeftovers(runtime);
    const before = await runtime.image(tag);
    const fileText = flags.environmentFile === undefined ? '' : await readFile(flags.environmentFile, 'utf8');
    const engine = dockerEngine({
      ...surroundings(runtime, flags),
      images: ownImages(runtime, flags.pullPolicy),
      traces,
      spool: scratch,
      deliver: () => Promise.reject(new BuildError('PushImageToRegistryFailed', 'sti pushes nothing')),
    });
    const request = {
      source,
      builder,
      environment: [...parseEnvironment(fileText, flags.environmentFile ?? ''), ...flags.env],
      labels: Object.fromEntries(flags.label.map(({ name, value }) => [name, value])),
      forcePull: false,
      ...(flags.ref === undefined ? {} : { ref: flags.ref }),
      ...(flags.contextDir === undefined ? {} : { contextDir: flags.contextDir }),
      ...(flags.scriptsUrl === undefined ? {} : { scriptsUrl: flags.scriptsUrl }),
      ...(flags.assembleUser === undefined ? {} : { assembleUser: flags.assembleUser }),
      ...(flags.incremental === true && before !== undefined ? { incrementalFrom: tag } : {}),
    };
    const id = await stiBuild(request, { engine, scratch, log: tell.line, detail: tell.detail, signal });
    await runtime.tag(id, tag);
    traces.ids.delete(id);
    if (flags.rm === true && before !== undefined && before.id !== id) await runtime.discard(before.id);
    tell.done(id, tag, Date.now() - began);
  } catch (error) {
    if (!host.signal.aborted && signal.aborted)
      throw new BuildError('GenericBuildFailed', `the build took longer than ${flags.timeout} s and was given up`);
    throw error;
  } finally {
    for (const id of traces.ids) await runtime.discard(id).catch(() => undefined);
    await rm(scratch, { recursive: true, force: true });
  }
}

function surroundings(runtime: ImageRuntime, { memory, cpus, network }: BuildFlags) {
  const limits: BuildLimits = {
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(cpus === undefined ? {} : { cpus }),
  };
  return { runtime, containerPrefix: containerPrefix(), network, mounts: [], limits };
}

function teller({ quiet, json, loglevel }: BuildFlags, host: StiHost) {
  const line = (text: string): void => {
    if (json === true) host.write(`${redact(JSON.stringify({ type: 'log', line: text }))}\n`);
    else if (quiet !== true) host.write(redact(`${text}\n`));
  };
  return {
    line,
    detail: (text: string): void => void (loglevel > 0 && line(text)),
    done(id: string, tag: string, ms: number): void {
      if (json === true) host.write(`${JSON.stringify({ type: 'done', image: id, tag, milliseconds: ms })}\n`);
      else if (quiet === true) host.write(`${id}\n`);
      else host.write(`Build completed successfully: ${tag} (${id.slice(7, 19)}) in ${(ms / 1000).toFixed(1)} s\n`);
    },
  };
}

async function usage(builder: string, flags: BuildFlags, host: StiHost): Promise<void> {
  const runtime = runtimeAt(flags.url);
  const image = await ownImages(runtime, flags.pullPolicy)(
    { reference: builder, forcePull: false },
    host.writeError,
    host.signal,
  );
  const folder = scriptsFolder(builderFacts(image).scriptsUrl);
  if (folder === undefined) throw new BuildError('GenericBuildFailed', `image ${builder} is no builder image`);
  const around = surroundings(runtime, { ...flags, network: 'none' });
  const config = { image: image.id, entrypoint: [`${folder}/usage`], command: [], env: [], stdin: false };
  await withContainer(around, config, host.signal, async (id) => {
    const { exitCode } = await runToEnd(runtime, id, (text) => host.write(`${text}\n`));
    if (exitCode !== 0) throw new BuildError('GenericBuildFailed', `the usage script failed with exit code ${exitCode}`);
  });
}
