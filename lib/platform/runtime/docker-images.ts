import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import type Docker from 'dockerode';
import type { ImageInfo } from './container-runtime.ts';
import { call, read, runtimeError } from './docker-call.ts';
import { registryOf, splitReference } from './image-reference.ts';
import { isRuntimeFailure, RuntimeError } from './runtime-error.ts';

interface ProgressLine {
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
}

export async function inspectImage(docker: Docker, reference: string): Promise<ImageInfo | undefined> {
  try {
    const info = await read(() => docker.getImage(reference).inspect());
    const list = (value: string | string[] | undefined | null): string[] => (Array.isArray(value) ? value : value ? [value] : []);
    return {
      id: info.Id,
      tags: info.RepoTags ?? [],
      digests: info.RepoDigests ?? [],
      size: info.Size,
      user: info.Config?.User ?? '',
      entrypoint: list(info.Config?.Entrypoint),
      command: list(info.Config?.Cmd),
    };
  } catch (error) {
    if (isRuntimeFailure(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Users and commands are left empty: only `inspectImage` knows them. */
export async function listImages(docker: Docker): Promise<ImageInfo[]> {
  const images = await read(() => docker.listImages());
  const named = (values: string[] | null | undefined): string[] => (values ?? []).filter((value) => !value.startsWith('<none>'));
  return images.map((image) => ({
    id: image.Id,
    tags: named(image.RepoTags),
    digests: named(image.RepoDigests),
    size: image.Size,
    user: '',
    entrypoint: [],
    command: [],
  }));
}

/** The engine answers 200 and tells of failures in the stream. */
async function readProgress(stream: Readable): Promise<void> {
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (line.trim() === '') continue;
      const progress = JSON.parse(line) as ProgressLine;
      const error = progress.errorDetail?.message ?? progress.error;
      if (error !== undefined) throw new RuntimeError('failed', `Error response from daemon: ${error}`);
    }
  } catch (error) {
    throw runtimeError(error);
  } finally {
    stream.destroy();
  }
}

export async function pullImage(
  docker: Docker,
  reference: string,
  auth: { username: string; password: string } | undefined,
  signal: AbortSignal,
): Promise<ImageInfo> {
  const { name, tag } = splitReference(reference);
  const options = { fromImage: name, tag, abortSignal: signal };
  const stream = await call(() =>
    auth === undefined ? docker.createImage(options) : docker.createImage({ ...auth, serveraddress: registryOf(name) }, options),
  );
  const abort = (): void => void (stream as Readable).destroy(new RuntimeError('failed', 'image pull was cancelled'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await readProgress(stream as Readable);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  const image = await inspectImage(docker, reference);
  if (image === undefined) throw new RuntimeError('failed', `image ${reference} is not there after its pull`);
  return image;
}

export async function loadImages(docker: Docker, archive: Readable): Promise<void> {
  const stream = await call(() => docker.loadImage(archive as unknown as NodeJS.ReadableStream, { quiet: true }), 600_000);
  await readProgress(stream as Readable);
}
