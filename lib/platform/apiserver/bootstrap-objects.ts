import type { ResourceDefinition } from '../api/define-resource.ts';
import type { KubeObject } from '../api/meta.ts';
import { isAlreadyExists, isNotFound } from '../api/status-error.ts';
import type { ResourceRef } from '../api/verbs.ts';
import { type ServerContext, SYSTEM_USER } from './server-context.ts';
import { objectKey, resourcePrefix } from './store/storage-key.ts';

/** Makes what is always there, kind after kind, and brings what is there already up to date where its kind says how. */
export async function ensureBootstrapObjects(server: ServerContext): Promise<void> {
  for (const definition of server.table.builtIn)
    if (definition.bootstrap !== undefined)
      await Promise.all(definition.bootstrap.objects.map((object) => ensure(server, definition, object)));
}

async function ensure(server: ServerContext, definition: ResourceDefinition, wanted: KubeObject): Promise<void> {
  const { name = '', namespace } = wanted.metadata;
  const found = server.cache.resource(resourcePrefix(definition)).get(objectKey(definition, namespace, name))?.object;
  const verbs = server.verbs(SYSTEM_USER);
  const collection: ResourceRef = {
    group: definition.group,
    version: definition.version,
    resource: definition.plural,
    ...(namespace === undefined ? {} : { namespace }),
  };
  const create = (): Promise<unknown> => verbs.create(collection, wanted).catch(unless(isAlreadyExists));
  if (found === undefined) return void (await create());
  const next = definition.bootstrap!.reconcile?.(found, wanted);
  if (next === undefined) return;
  if (next !== 'recreate') return void (await verbs.update({ ...collection, name }, next));
  await verbs.delete({ ...collection, name }).catch(unless(isNotFound));
  await create();
}

/** Another server on the same store may have done it meanwhile. */
const unless =
  (expected: (error: unknown) => boolean) =>
  (error: unknown): void => {
    if (!expected(error)) throw error;
  };
