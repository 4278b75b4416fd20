import { isAlreadyExists, isForbiddenByTermination } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from './resources.ts';

/** Keeps a service account `default` in every namespace that is not on its way out. */
export const serviceAccountController = (): ControllerDefinition =>
  defineController({
    name: 'service-account-controller',
    for: NAMESPACES,
    watches: [{ of: SERVICE_ACCOUNTS, map: ({ metadata }) => (metadata.name === 'default' ? [metadata.namespace!] : []) }],
    concurrency: 2,
    async reconcile(namespace, { client, lister }) {
      const owner = lister(NAMESPACES).byKey(namespace);
      if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return;
      if (lister(SERVICE_ACCOUNTS).get(namespace, 'default') !== undefined) return;
      try {
        const metadata = { name: 'default', namespace };
        await client.create({ ...SERVICE_ACCOUNTS, namespace }, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
      } catch (error) {
        if (!isAlreadyExists(error) && !isForbiddenByTermination(error)) throw error;
      }
    },
  });
