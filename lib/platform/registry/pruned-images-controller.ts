import type { KubeObject } from '../api/meta.ts';
import { isNotFound } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';
import { type ControllerDefinition, defineController } from '../controllers/define-controller.ts';
import { IMAGES } from '../controllers/resources.ts';
import { IndexParts, isIndex } from './index-parts.ts';
import type { RegistryConnection } from './registry-connection.ts';
import { repositoriesOf } from './take-in.ts';

/** For a registry that is away. */
const LATER = 5_000;

export interface PrunedImagesOptions {
  /** As the registry (role system:openshift:registry). */
  readonly client: Client;
  readonly connection: RegistryConnection;
}

/**
 * Has the registry forget an image that somebody has deleted from the API (`oc adm prune images`), under all names that it was pushed as: otherwise it would be
 * found there again and come back. With an index go the manifests that it names, but for those that are images themselves or that another index of that repository names;
 * so does an image that is deleted while an index names it stay, and come back. Layers go when the registry starts the next time. A deletion that nobody saw,
 * because the daemon was killed at that moment, is not made up for: the image comes back, and can be deleted once more.
 */
export function prunedImagesController({ client, connection }: PrunedImagesOptions): ControllerDefinition {
  const parts = new IndexParts(connection);
  return defineController({
    name: 'registry-pruned-images-controller',
    watches: [
      {
        of: IMAGES,
        map: (image) => repositoriesOf(image).map((repository) => `${repository}@${image.metadata.name}`),
        changed: () => false,
      },
    ],
    async reconcile(key, { lister, log }) {
      const [repository = '', digest = ''] = key.split('@');
      if (lister(IMAGES).byKey(digest) !== undefined || !(await connection.isThere())) return undefined;
      if (!(await connection.answers())) return { requeueAfter: LATER };
      const indexes = lister(IMAGES)
        .list()
        .filter((image) => isIndex(image['dockerImageManifestMediaType']) && repositoriesOf(image).includes(repository))
        .map(({ metadata }) => metadata.name!);
      const named = new Set((await Promise.all(indexes.map((index) => parts.of(repository, index)))).flat());
      // An index before what it names: nothing is to be found half there.
      const forgotten = new Set([digest]);
      for (const one of forgotten) {
        const its = await parts.of(repository, one);
        // Pushed again in the meantime, or still a part of something.
        if (named.has(one) || (await imageOf(client, one)) !== undefined) continue;
        if (await connection.forget(repository, one))
          log.info({ repository, digest: one }, 'the registry has forgotten an image');
        for (const part of its) forgotten.add(part);
      }
      return undefined;
    },
  });
}

async function imageOf(client: Client, digest: string): Promise<KubeObject | undefined> {
  try {
    return await client.get({ ...IMAGES, name: digest });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
