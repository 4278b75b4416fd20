import type { KubeObject } from '../api/meta.ts';
import { isNotFound } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';
import { type ControllerDefinition, defineController } from '../controllers/define-controller.ts';
import { IMAGES } from '../controllers/resources.ts';
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
 * found there again and come back. Its layers go when the registry starts the next time. A deletion that nobody saw, because the daemon was killed
 * at that moment, is not made up for: the image comes back, and can be deleted once more.
 */
export function prunedImagesController({ client, connection }: PrunedImagesOptions): ControllerDefinition {
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
      if (lister(IMAGES).byKey(digest) !== undefined) return undefined;
      // Pushed again in the meantime.
      if ((await imageOf(client, digest)) !== undefined || !(await connection.isThere())) return undefined;
      if (!(await connection.answers())) return { requeueAfter: LATER };
      if (await connection.forget(repository, digest)) log.info({ repository, digest }, 'the registry has forgotten an image');
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
