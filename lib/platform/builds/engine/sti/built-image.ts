import { posix } from 'node:path';
import { extract } from 'tar-stream';
import { pipeline } from 'node:stream/promises';
import type { ImageConfig, ImageRuntime } from '../../../runtime/image-runtime.ts';
import { isRuntimeFailure } from '../../../runtime/runtime-error.ts';
import type { AssembleRequest } from '../build-engine.ts';
import { BuildError } from '../build-error.ts';
import { refuseReservedLabels } from '../reserved-labels.ts';
import { environmentOf, variables } from '../variables.ts';
import type { AssemblePaths } from './assemble.ts';

interface BuiltInput {
  readonly runtime: ImageRuntime;
  /** The container in which assemble has ended. */
  readonly id: string;
  readonly builder: ImageConfig;
  readonly request: AssembleRequest;
  readonly paths: AssemblePaths;
  readonly assembledAs: string;
}

/** Commits it: the image runs the run script as the builder image's user, through its entrypoint, with all labels. */
export async function builtImage({ runtime, id, builder, request, paths, assembledAs }: BuiltInput): Promise<string> {
  const own = await metadataLabels(runtime, id);
  refuseReservedLabels([...Object.keys(own), ...Object.keys(request.labels)], 'the new image');
  const savesArtifacts = request.uploadedScripts.includes('save-artifacts');
  return runtime.commit(id, {
    command: [paths.script('run')],
    entrypoint: builder.entrypoint,
    // Where the image says nothing it is root, which has to be said once assemble has run as somebody else.
    user: builder.user === '' && assembledAs !== '' ? '0' : builder.user,
    env: environmentOf([...variables(builder.env), ...request.environment]),
    labels: {
      ...builder.labels,
      ...(savesArtifacts ? { 'io.openshift.s2i.scripts-url': `image://${posix.dirname(paths.script('save-artifacts'))}` } : {}),
      'io.openshift.s2i.build.image': request.builder.reference,
      ...own,
      ...request.labels,
    },
    message: '',
  });
}

const METADATA = '/tmp/.s2i/image_metadata.json';
const LARGEST = 1 << 20;

/** What the assemble script wants the image to say: `{"labels": [{"NAME": "VALUE"}]}`. */
async function metadataLabels(runtime: ImageRuntime, id: string): Promise<Record<string, string>> {
  let text = '';
  try {
    const reader = extract();
    reader.on('entry', (header, content, next) => {
      const isWanted = header.type === 'file' && (header.size ?? 0) <= LARGEST;
      content.on('data', (chunk: Buffer) => isWanted && (text += chunk.toString('utf8')));
      content.on('end', () => next());
    });
    await pipeline(await runtime.read(id, METADATA), reader);
  } catch (error) {
    if (isRuntimeFailure(error, 'not-found')) return {};
    throw error;
  }
  return text === '' ? {} : parseMetadata(text);
}

/** @throws BuildError when it says something else than labels */
function parseMetadata(text: string): Record<string, string> {
  const failure = (cause?: unknown): BuildError =>
    new BuildError('AssembleFailed', `${METADATA} is not {"labels": [{"NAME": "VALUE"}]}`, { cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw failure(cause);
  }
  const labels = (parsed as { labels?: unknown } | null)?.labels ?? [];
  if (!Array.isArray(labels)) throw failure();
  const entries = labels.flatMap((each: unknown) =>
    typeof each === 'object' && each !== null ? Object.entries(each) : [['', 0]],
  );
  if (entries.some(([name, value]) => name === '' || typeof value !== 'string')) throw failure();
  return Object.fromEntries(entries) as Record<string, string>;
}
