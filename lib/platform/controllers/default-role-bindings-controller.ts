import { defaultBindings } from '../api/project/default-objects.ts';
import { isAlreadyExists, isForbiddenByTermination } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { NAMESPACES, ROLE_BINDINGS } from './resources.ts';

const NAMES = new Set(defaultBindings('').map(({ metadata }) => metadata.name!));

/**
 * Keeps the bindings in every namespace that let its pods pull images, its builds push them and its deployments change pods. One that is there stays as it
 * is: without subjects it gives nothing (OpenShift: default-rolebindings controllers).
 */
export const defaultRoleBindingsController = (): ControllerDefinition =>
  defineController({
    name: 'default-rolebindings-controller',
    for: NAMESPACES,
    watches: [{ of: ROLE_BINDINGS, map: ({ metadata }) => (NAMES.has(metadata.name!) ? [metadata.namespace!] : []) }],
    concurrency: 2,
    async reconcile(namespace, { client, lister }) {
      const owner = lister(NAMESPACES).byKey(namespace);
      if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return;
      for (const binding of defaultBindings(namespace)) {
        if (lister(ROLE_BINDINGS).get(namespace, binding.metadata.name!) !== undefined) continue;
        try {
          await client.create({ ...ROLE_BINDINGS, namespace }, binding);
        } catch (error) {
          if (!isAlreadyExists(error) && !isForbiddenByTermination(error)) throw error;
        }
      }
    },
  });
