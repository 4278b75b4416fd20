import { DEFAULT_ACCOUNTS, serviceAccount } from '../api/project/default-objects.ts';
import { isAlreadyExists, isForbiddenByTermination } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from './resources.ts';

const NAMES = new Set<string>(DEFAULT_ACCOUNTS);

/** Keeps the service accounts `default`, `builder` and `deployer` in every namespace that is not on its way out. */
export const serviceAccountController = (): ControllerDefinition =>
  defineController({
    name: 'service-account-controller',
    for: NAMESPACES,
    watches: [{ of: SERVICE_ACCOUNTS, map: ({ metadata }) => (NAMES.has(metadata.name!) ? [metadata.namespace!] : []) }],
    concurrency: 2,
    async reconcile(namespace, { client, lister }) {
      const owner = lister(NAMESPACES).byKey(namespace);
      if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return;
      const missing = DEFAULT_ACCOUNTS.filter((name) => lister(SERVICE_ACCOUNTS).get(namespace, name) === undefined);
      for (const name of missing) {
        try {
          await client.create({ ...SERVICE_ACCOUNTS, namespace }, serviceAccount(namespace, name));
        } catch (error) {
          if (!isAlreadyExists(error) && !isForbiddenByTermination(error)) throw error;
        }
      }
    },
  });
