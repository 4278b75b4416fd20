import { createReadStream } from 'node:fs';
import type Docker from 'dockerode';
import { errorText } from '../../../common/errors.ts';
import { hashFile } from '../../artifacts/cache.ts';
import { chainIds } from '../../artifacts/images/image-archive.ts';
import { agentErrors } from '../agent-errors.ts';
import type { Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';

const socketPath = '/var/run/docker.sock';

/** What the Docker that runs says of itself, and the images that are put into it. */
export const dockerHandlers: Handlers<'docker.info' | 'docker.images' | 'docker.load' | 'docker.layers'> = {
  'docker.info': async () => {
    const nothing = { version: '', storageDriver: '', cgroupVersion: '', foreignContainers: 0 };
    try {
      const info = (await (await docker()).info()) as { ServerVersion: string; Driver: string; CgroupVersion?: string };
      return {
        running: true,
        reason: '',
        version: info.ServerVersion,
        storageDriver: info.Driver,
        cgroupVersion: info.CgroupVersion ?? '1',
        foreignContainers: (await foreignContainers()).length,
      };
    } catch (error) {
      return { ...nothing, running: false, reason: errorText(error) };
    }
  },

  'docker.images': async ({ references }) => {
    const ids: Record<string, string> = {};
    for (const reference of references) {
      const id = await imageId(reference);
      if (id !== '') ids[reference] = id;
    }
    return { ids };
  },

  'docker.layers': async ({ references }) => {
    const client = await docker();
    const { DriverStatus: status } = (await client.info()) as { DriverStatus?: [string, string][] };
    // The containerd image store keeps compressed contents by their own hashes: it wants every layer's file.
    if (status?.some(([key, value]) => key === 'driver-type' && value.startsWith('io.containerd.')))
      return { skips: false, chains: [] };
    // Also images without a name: a newer one may have taken it.
    const images = (await client.listImages()).filter(
      ({ RepoTags: tags }) => isNameless(tags) || tags?.some((tag) => references.includes(tag)),
    );
    const chains = new Set<string>();
    for (const { Id: id } of images.slice(0, 200)) {
      const image = (await client.getImage(id).inspect()) as { RootFS?: { Layers?: string[] } };
      for (const chain of chainIds(image.RootFS?.Layers ?? [])) chains.add(chain);
    }
    return { skips: true, chains: [...chains] };
  },

  'docker.load': async ({ path, sha256, reference, id }, context) => {
    const before = await imageId(reference);
    if (before === id) return { changed: false };
    const actual = await hashFile(path);
    if (actual !== sha256) throw agentErrors.FILE_CORRUPT(path, sha256, actual);
    const subject: SubjectOf<'image'> = { kind: 'image', reference, id, before };
    const entry = await context.journal.begin(context.change.phase, context.change.description, subject);
    const answer = await (await docker(LOAD_PATIENCE)).loadImage(createReadStream(path), { quiet: true });
    for await (const chunk of answer) {
      const failure = /"error":"([^"]*)"/.exec(String(chunk))?.[1];
      if (failure !== undefined) throw agentErrors.DOCKER_NOT_RUNNING(`loading ${reference}: ${failure}`);
    }
    const now = await imageId(reference);
    // The containerd image store names an image by its manifest, so only a reference that is missing is a failure there.
    if (now === '') throw agentErrors.IMAGE_WRONG(reference, id, 'missing');
    await context.journal.done(entry, { ...subject, id: now });
    return { changed: true };
  },
};

/** ms in which it says nothing while it unpacks an image: a small server's disk takes minutes for a large one. */
const LOAD_PATIENCE = 15 * 60_000;

/**
 * A client of the server's own Docker, which gives up after `timeout` ms of silence. Loaded when it is first needed: the agent is up sooner
 * without it.
 */
export async function docker(timeout = 60_000): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  return new Client({ socketPath, timeout });
}

/** The image's ID, or empty. */
export async function imageId(reference: string): Promise<string> {
  try {
    return (await (await docker()).getImage(reference).inspect()).Id;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return '';
    throw agentErrors.DOCKER_NOT_RUNNING(errorText(error), { cause: error });
  }
}

/** The names of all images. */
export async function taggedImages(): Promise<Set<string>> {
  const images = await (await docker()).listImages();
  return new Set(images.flatMap(({ RepoTags: tags }) => tags ?? []));
}

/** Containers that no platform of ours made. */
export async function foreignContainers(): Promise<{ id: string; name: string; running: boolean }[]> {
  const containers = await (await docker()).listContainers({ all: true });
  return containers
    .filter((container) => container.Labels['io.openshift.node'] === undefined)
    .map((container) => ({
      id: container.Id,
      name: container.Names[0]?.replace(/^\//, '') ?? container.Id.slice(0, 12),
      running: container.State === 'running',
    }));
}

/** Docker 20.10 calls it `<none>:<none>`, later ones give no list. */
const isNameless = (tags: readonly string[] | undefined): boolean => (tags ?? []).every((tag) => tag === '<none>:<none>');
