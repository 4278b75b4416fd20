import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { ImageInfo } from './container-runtime.ts';
import { call, read } from './docker-call.ts';
import { destroyOnAbort, readProgress } from './docker-progress.ts';
import { idOfPlatformImage, platformReferences, registryOf, splitReference } from './image-reference.ts';
import { isRuntimeFailure, RuntimeError } from './runtime-error.ts';

/** undefined: Docker has none of that name. */
export async function inspectImage(docker: Docker, reference: string): Promise<ImageInfo | undefined> {
  try {
    const info = await read(() => inspect(docker, reference));
    const list = (value: string | string[] | undefined | null): string[] => (Array.isArray(value) ? value : value ? [value] : []);
    return {
      id: info.Id,
      tags: info.RepoTags ?? [],
      digests: digestsOf(info.Id, info.RepoTags, info.RepoDigests),
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

/** An image of the platform's was loaded, and has no digest of a registry's: its id stands in for one. */
const digestsOf = (id: string, tags: readonly string[] | null = [], digests: readonly string[] | null = []): string[] => [
  ...new Set([...(digests ?? []), ...platformReferences(id, tags ?? [])]),
];

/** What the engine knows of an image, also under the name of one that came with the platform (image-reference.ts). */
export async function inspect(docker: Docker, reference: string): Promise<Docker.ImageInspectInfo> {
  const id = idOfPlatformImage(reference);
  const info = await docker.getImage(id ?? reference).inspect();
  // Whoever knows an id has no right to the image yet: it may be a project's.
  if (id !== undefined && !platformReferences(info.Id, info.RepoTags ?? []).includes(reference))
    throw new RuntimeError('not-found', `no such image: ${reference}`);
  return info;
}

/** Users and commands are left empty: only `inspectImage` knows them. */
export async function listImages(docker: Docker): Promise<ImageInfo[]> {
  const images = await read(() => docker.listImages());
  const named = (values: string[] | null | undefined): string[] => (values ?? []).filter((value) => !value.startsWith('<none>'));
  return images.map((image) => ({
    id: image.Id,
    tags: named(image.RepoTags),
    digests: digestsOf(image.Id, named(image.RepoTags), named(image.RepoDigests)),
    size: image.Size,
    user: '',
    entrypoint: [],
    command: [],
  }));
}

/** Has Docker pull an image. Rejects with a RuntimeError. */
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
  const release = destroyOnAbort(stream as Readable, signal, 'image pull');
  try {
    await readProgress(stream as Readable);
  } finally {
    release();
  }
  const image = await inspectImage(docker, reference);
  if (image === undefined) throw new RuntimeError('failed', `image ${reference} is not there after its pull`);
  return image;
}

/** Has Docker take images out of an archive (docker load). */
export async function loadImages(docker: Docker, archive: Readable): Promise<void> {
  const stream = await call(() => docker.loadImage(archive as unknown as NodeJS.ReadableStream, { quiet: true }), 600_000);
  await readProgress(stream as Readable);
}
