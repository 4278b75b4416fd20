import type { Readable } from 'node:stream';
import { errorText } from '../../../../common/errors.ts';
import type { ImageConfig } from '../../../runtime/image-runtime.ts';
import type { DockerfileRequest, ImageWish, LineSink } from '../build-engine.ts';
import { BuildError } from '../build-error.ts';
import type { Surroundings } from '../containers.ts';
import type { EarlierStages, ImageTraces } from '../docker-engine.ts';
import { openArchive } from '../source/archive.ts';
import { cleanName, copyEntries } from '../tar-check.ts';
import { judgeInstruction } from './judge-instruction.ts';
import { dockerfileError, parseInstruction } from './parse-dockerfile.ts';
import { refuseForeignCopy, rewriteDockerfile } from './rewrite-dockerfile.ts';
import { stageRecorder } from './stage-recorder.ts';

interface DockerfileInput {
  readonly surroundings: Surroundings;
  readonly traces: ImageTraces;
  readonly request: DockerfileRequest;
  readonly context: Readable;
  /** The project's image before this one, whose steps may be taken over. */
  readonly previous: () => Promise<ImageConfig | undefined>;
  readonly stages: EarlierStages | undefined;
  readonly resolve: (wish: ImageWish, log: LineSink, signal: AbortSignal) => Promise<ImageConfig>;
  readonly log: LineSink;
  readonly signal: AbortSignal;
}

/** What the engine reads in place of the Dockerfile. */
const REWRITTEN = '.openshift.dockerfile';
const IGNORE = '.dockerignore';

/** Has the engine build a Dockerfile that can do to the machine what the build's containers can, and no more. Resolves to the image's id. */
export async function buildDockerfile(input: DockerfileInput): Promise<string> {
  const { surroundings, traces, request, log, signal } = input;
  const path = cleanName(request.path);
  if (path === '' || path.split('/').includes('..'))
    throw dockerfileError(0, `dockerfilePath ${JSON.stringify(request.path)} leads out of the context`);
  const known = new Map<string, string>();
  const text = await rewriteDockerfile(request.dockerfile, {
    buildArgs: request.buildArgs,
    environment: request.environment,
    imageEnvironment: request.imageEnvironment,
    labels: request.labels,
    ...(request.from === undefined ? {} : { from: request.from.reference }),
    resolve: async (reference) => {
      const image = known.get(reference) ?? (await bringBase(input, reference));
      known.set(reference, image);
      return image;
    },
  });
  const noted: Promise<void>[] = [];
  const stages = stageRecorder();
  const on = {
    line(line: string) {
      stages.line(line);
      log(line);
    },
    image(id: string) {
      stages.image(id);
      noted.push(traces.note(id));
    },
  };
  const previous = request.noCache ? undefined : await input.previous();
  const options = {
    dockerfile: REWRITTEN,
    buildArgs: Object.fromEntries(request.buildArgs.map(({ name, value }) => [name, value])),
    network: surroundings.network,
    limits: surroundings.limits,
    ...(surroundings.cgroupParent === undefined ? {} : { cgroupParent: surroundings.cgroupParent }),
    cacheFrom: request.noCache ? [] : [...(previous === undefined ? [] : [previous.id]), ...(input.stages?.earlier() ?? [])],
  };
  try {
    const id = await surroundings.runtime.build(options, contextWith(input, path, text), on, signal);
    await traces.note(id);
    await keepStages(input, stages.earlier());
    return id;
  } catch (cause) {
    if (cause instanceof BuildError) throw cause;
    signal.throwIfAborted();
    throw new BuildError('DockerBuildFailed', errorText(cause), { cause });
  } finally {
    await Promise.allSettled(noted);
  }
}

async function keepStages({ stages, surroundings }: DockerfileInput, ids: readonly string[]): Promise<void> {
  const found = await Promise.all(ids.map(async (id) => [id, (await surroundings.runtime.image(id))?.id] as const));
  // Told by its beginning, which somebody's name may be too.
  await stages?.keep(found.flatMap(([id, full]) => (full?.startsWith(`sha256:${id}`) === true ? [full] : [])));
}

async function bringBase({ request, resolve, log, signal }: DockerfileInput, reference: string): Promise<string> {
  const login = request.from?.login ?? 'from';
  const image = await resolve({ reference, forcePull: request.forcePull, login }, log, signal);
  for (const trigger of image.onBuild) {
    const instruction = parseInstruction(trigger, 0);
    judgeInstruction(instruction);
    if (instruction.name === 'COPY') refuseForeignCopy(instruction);
  }
  return image.id;
}

/**
 * The context as it came, with its Dockerfile as the build has it. What the engine is to read instead is a file beside them that `.dockerignore` takes out
 * again, as `docker build --file` does with a file from elsewhere: a COPY of everything has no part of it, and is the same step in the next build. These come
 * last and so stay, whatever else has their names.
 */
function contextWith({ context, request }: DockerfileInput, path: string, rewritten: string): Readable {
  const { dockerfile, ignore } = request;
  const ignored = ignore === undefined ? [IGNORE, REWRITTEN] : [ignore, REWRITTEN];
  const own = new Map([[path, dockerfile], [REWRITTEN, rewritten], [IGNORE, `${ignored.join('\n')}\n`]]); // prettier-ignore
  const archive = openArchive();
  const fill = async (): Promise<void> => {
    await copyEntries(context, archive, {
      keep: (name) => !own.has(name) && !own.keys().some((each) => name.startsWith(`${each}/`)),
      refuse: (problem) => new BuildError('FetchSourceFailed', `the context cannot be taken: ${problem}`),
    });
    for (const [name, text] of own) await archive.add({ name, size: Buffer.byteLength(text), mode: 0o644 }, text);
    archive.end();
  };
  fill().catch((error: Error) => {
    context.destroy();
    archive.fail(error);
  });
  return archive.stream;
}
