import { lstat, readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Build } from '../../api/build/build-types.ts';
import type { BuildEngine, HookCommand } from '../engine/build-engine.ts';
import { BuildError } from '../engine/build-error.ts';
import { contextArchive } from '../engine/source/context-archive.ts';
import { sourceEnvironment } from '../engine/source/environment-file.ts';
import { findScripts } from '../engine/source/scripts.ts';
import { readText } from '../engine/source/source-files.ts';
import { sourceUpload } from '../engine/source/source-upload.ts';
import { buildInputs, type BuildInputs, buildLabels, buildVariables, variablesOf } from './build-inputs.ts';
import { surroundings, withProxies } from './build-surroundings.ts';
import { say } from './output.ts';
import { persistently } from './remote-engine.ts';
import { type Program, stageClock } from './termination.ts';

/** `sti-build` and `docker-build`: has an image made of the source, tried and pushed. */
export const makeImage =
  (build: Build, engine: BuildEngine): Program =>
  async (tell, signal) => {
    const stage = stageClock(tell);
    const again = <T>(work: () => Promise<T>): Promise<T> => persistently(work, say, signal);
    const inputs = await stage('FetchInputs', () => buildInputs(build, engine, signal));
    const { spec } = build;
    // What the node had made is gone with it: then everything is done again.
    const digest = await again(async () => {
      const { id } =
        spec.strategy.dockerStrategy === undefined
          ? await sourceBuild(build, inputs, engine, stage, signal)
          : await stage('Build', () => dockerfileBuild(build, inputs, engine, signal));
      await stage('PostCommit', () => postCommit(build, id, engine, signal));
      const to = spec.output?.to?.name;
      if (to === undefined) {
        say('Build complete, no image push requested');
        return undefined;
      }
      say('');
      say(`Pushing image ${to} ...`);
      const pushed = await stage('PushImage', () => engine.deliver(id, say, signal));
      say('Push successful');
      return pushed.digest;
    });
    if (digest !== undefined) tell({ imageDigest: digest, outputReference: spec.output!.to!.name });
  };

type Stage = ReturnType<typeof stageClock>;

async function sourceBuild(build: Build, inputs: BuildInputs, engine: BuildEngine, stage: Stage, signal: AbortSignal) {
  const strategy = build.spec.strategy.sourceStrategy!;
  const { context, revision, secretFiles } = inputs;
  const wish = { reference: strategy.from.name, forcePull: strategy.forcePull === true };
  const builder = await stage('PullImages', () => engine.builder(wish, say, signal));
  const explicitUrl = strategy.scripts;
  const scripts = await findScripts({ folder: context, explicitUrl, imageUrl: builder.scriptsUrl }, say, signal);
  const output = build.spec.output?.to?.name;
  const environment = [...buildVariables(build, revision), ...(await sourceEnvironment(context)), ...variablesOf(strategy.env)];
  const upload = await sourceUpload(context, scripts.external);
  const around = await surroundings();
  return stage('Build', () =>
    engine.assemble(
      {
        builder: { ...wish, forcePull: false },
        ...(scripts.imageUrl === undefined ? {} : { scriptsUrl: scripts.imageUrl }),
        uploadedScripts: [...scripts.external.keys()],
        environment,
        labels: buildLabels(build, revision),
        surroundings: around,
        ...(strategy.incremental === true && output !== undefined
          ? { incrementalFrom: { reference: output, forcePull: true } }
          : {}),
        secretFiles,
      },
      upload,
      say,
      signal,
    ),
  );
}

async function dockerfileBuild(build: Build, inputs: BuildInputs, engine: BuildEngine, signal: AbortSignal) {
  const strategy = build.spec.strategy.dockerStrategy!;
  const { context, revision } = inputs;
  const path = strategy.dockerfilePath ?? 'Dockerfile';
  const dockerfile = build.spec.source?.dockerfile ?? (await readDockerfile(context, path));
  const ignore = await readText(join(context, '.dockerignore'));
  return engine.dockerfile(
    {
      dockerfile,
      path,
      ...(strategy.from === undefined ? {} : { from: { reference: strategy.from.name, forcePull: strategy.forcePull === true } }),
      buildArgs: withProxies(variablesOf(strategy.buildArgs, 'buildArgs')),
      environment: variablesOf(strategy.env),
      imageEnvironment: buildVariables(build, revision),
      labels: buildLabels(build, revision),
      ...(ignore === undefined ? {} : { ignore }),
      noCache: strategy.noCache === true,
      forcePull: strategy.forcePull === true,
    },
    await contextArchive(context),
    say,
    signal,
  );
}

async function readDockerfile(context: string, path: string): Promise<string> {
  try {
    const file = await realpath(join(context, path));
    if (!file.startsWith((await realpath(context)) + sep)) throw new Error('it is outside of the source');
    if (!(await lstat(file)).isFile()) throw new Error('it is no file');
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new BuildError('DockerBuildFailed', `the Dockerfile ${JSON.stringify(path)} cannot be read`, { cause });
  }
}

/** The hook's command (build/v1 BuildPostCommitSpec). undefined: there is none. */
export function hookCommand({
  command = [],
  args = [],
  script = '',
}: NonNullable<Build['spec']['postCommit']>): HookCommand | undefined {
  if (script !== '') return { entrypoint: ['/bin/sh', '-ic'], args: [script, '/bin/sh', ...args] };
  if (command.length > 0) return { entrypoint: command, args };
  return args.length > 0 ? { entrypoint: [], args } : undefined;
}

async function postCommit({ spec }: Build, image: string, engine: BuildEngine, signal: AbortSignal): Promise<void> {
  const hook = hookCommand(spec.postCommit ?? {});
  if (hook === undefined) return;
  say('Running post commit hook ...');
  const code = await engine.run(image, hook, say, signal);
  if (code !== 0) throw new BuildError('PostCommitHookFailed', `the post commit hook failed with exit code ${code}`);
}
