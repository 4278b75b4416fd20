import { pipeline } from 'node:stream/promises';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { errorText } from '../../../../common/errors.ts';
import type { ContainerEnd, ImageConfig, ImageRuntime } from '../../../runtime/image-runtime.ts';
import type { AssembleRequest, LineSink } from '../build-engine.ts';
import { BuildError } from '../build-error.ts';
import { type Surroundings, withContainer } from '../containers.ts';
import { eachLine } from '../lines.ts';
import { openArchive } from '../source/archive.ts';
import { environmentOf } from '../variables.ts';
import { lendSurroundings } from './build-surroundings.ts';
import { builtImage } from './built-image.ts';
import { type BuilderFacts, builderFacts, scriptsFolder } from './builder-labels.ts';
import { canUnpack } from './can-unpack.ts';
import { uploadArchive } from './upload.ts';

/** Where things are while a builder image assembles. */
export interface AssemblePaths {
  readonly destination: string;
  /** A script's place: what was uploaded wins over what the image has. */
  readonly script: (name: 'assemble' | 'run' | 'save-artifacts') => string;
}

/** @throws BuildError when the image has no scripts and none are uploaded */
export function assemblePaths(facts: BuilderFacts, request: AssembleRequest): AssemblePaths {
  const { destination } = facts;
  const inImage = scriptsFolder(request.scriptsUrl ?? facts.scriptsUrl);
  return {
    destination,
    script(name) {
      if (request.uploadedScripts.includes(name)) return posix.join(destination, 'scripts', name);
      if (inImage !== undefined) return `${inImage}/${name}`;
      throw new BuildError('GenericBuildFailed', `the builder image has no ${name} script`, {
        hint: 'it needs the label io.openshift.s2i.scripts-url=image:///FOLDER, or the source a folder .s2i/bin',
      });
    },
  };
}

interface AssembleInput {
  readonly surroundings: Surroundings;
  readonly builder: ImageConfig;
  readonly request: AssembleRequest;
  readonly upload: Readable;
  readonly artifacts: Readable | undefined;
  /** A private folder for what is in between. */
  readonly spool: string;
  readonly log: LineSink;
  readonly signal: AbortSignal;
}

/**
 * Unpacks the source in a container of the builder image, runs its assemble script there and commits what has become of it
 * (source-to-image: pkg/build/strategies/sti). Resolves to the image's id.
 */
export async function assemble(input: AssembleInput): Promise<string> {
  const { builder, request, signal } = input;
  await using lent = await lendSurroundings(request.surroundings ?? { environment: [] }, request.environment, input.spool);
  const surroundings = { ...input.surroundings, mounts: [...input.surroundings.mounts, ...lent.mounts] };
  const facts = builderFacts(builder);
  const paths = assemblePaths(facts, request);
  const user = request.assembleUser ?? facts.assembleUser ?? builder.user;
  const command = `${lent.prelude}tar -C ${paths.destination} -xf - && exec ${paths.script('assemble')}`;
  const hasEntrypoint = builder.entrypoint.length > 0;
  const common = {
    image: builder.id,
    env: environmentOf(request.environment),
    ...(user === '' ? {} : { user }),
  };
  const shell = {
    ...common,
    // An image's own entrypoint would take the command for its arguments.
    ...(hasEntrypoint ? { entrypoint: ['/bin/sh'] } : {}),
    command: [...(hasEntrypoint ? [] : ['/bin/sh']), '-c', command],
    stdin: true,
  };
  const streamed = await withContainer(surroundings, shell, signal, async (id) => {
    if (!(await canUnpack(surroundings.runtime, id, builder))) return undefined;
    const end = await streamSource(surroundings.runtime, id, input);
    return finish(id, end, input, paths, user);
  });
  if (streamed !== undefined) return streamed;
  input.log('The builder image has no sh or no tar: the source is put into it by the engine');
  const bare = { ...common, entrypoint: [], command: [paths.script('assemble')], stdin: false };
  return withContainer(surroundings, bare, signal, async (id) => {
    const end = await copySource(surroundings.runtime, id, input, paths, user);
    return finish(id, end, input, paths, user);
  });
}

async function streamSource(runtime: ImageRuntime, id: string, input: AssembleInput): Promise<ContainerEnd> {
  const { upload, artifacts, log } = input;
  const archive = uploadArchive({ upload, artifacts });
  const session = await runtime.attach(id);
  try {
    const lines = Promise.all([eachLine(session.stdout, log), eachLine(session.stderr!, log)]);
    await start(runtime, id);
    // Ends the container's input, and goes on reading what it says. One that has ended early tells why by its exit code.
    const sent = pipeline(archive, session.stdin!, { end: true }).catch((error: unknown) => error);
    const ended = runtime.wait(id);
    const failure = await Promise.race([sent, ended.then(() => undefined)]);
    // A source that cannot be taken must not become an image of half of it.
    if (failure instanceof BuildError) throw failure;
    const end = await ended;
    await lines;
    return end;
  } finally {
    archive.destroy();
    session.close();
  }
}

async function copySource(
  runtime: ImageRuntime,
  id: string,
  { upload, artifacts, log }: AssembleInput,
  { destination }: AssemblePaths,
  user: string,
): Promise<ContainerEnd> {
  const uid = Number.parseInt(user, 10);
  const prefix = destination === '/' ? '' : `${destination.slice(1)}/`;
  await runtime.write(id, uploadArchive({ upload, artifacts, prefix, uid: Number.isNaN(uid) ? 0 : uid }));
  const session = await runtime.attach(id);
  try {
    session.stdin?.end();
    const lines = Promise.all([eachLine(session.stdout, log), eachLine(session.stderr!, log)]);
    await start(runtime, id);
    const end = await runtime.wait(id);
    await lines;
    return end;
  } finally {
    session.close();
  }
}

async function start(runtime: ImageRuntime, id: string): Promise<void> {
  try {
    await runtime.start(id);
  } catch (cause) {
    throw new BuildError('AssembleFailed', `the builder image cannot be started: ${errorText(cause)}`, { cause });
  }
}

async function finish(
  id: string,
  { exitCode, oomKilled }: ContainerEnd,
  { surroundings, builder, request, signal }: AssembleInput,
  paths: AssemblePaths,
  user: string,
): Promise<string> {
  signal.throwIfAborted();
  if (oomKilled) throw new BuildError('OutOfMemoryKilled', 'the assemble script was killed for want of memory');
  if (exitCode !== 0) throw new BuildError('AssembleFailed', `the assemble script failed with exit code ${exitCode}`);
  const { runtime } = surroundings;
  if (request.secretFiles.length > 0) await emptyFiles(runtime, id, `${paths.destination}/src`, request.secretFiles);
  return builtImage({ runtime, id, builder, request, paths, assembledAs: user });
}

/** Secrets have no content in what is kept: the script cannot be trusted to see to that. */
async function emptyFiles(runtime: ImageRuntime, id: string, folder: string, paths: readonly string[]): Promise<void> {
  const archive = openArchive();
  const written = runtime.write(id, archive.stream);
  for (const path of paths) await archive.add({ name: posix.join(folder.slice(1), path), size: 0, mode: 0o644 });
  archive.end();
  await written;
}
