import type { KubeObject } from '../../api/meta.ts';
import { newInvalid, newMethodNotSupported, newNotFound } from '../../api/status-error.ts';
import type { ListOptions } from '../../api/verbs.ts';
import type { ServerContext } from '../server-context.ts';
import { type StoredObject, unstored } from '../store/stored-object.ts';
import type { ListResult } from './list-objects.ts';
import { type Operation, qualifiedOf, strategyContext } from './operation.ts';
import { selectionOf } from './selection.ts';

/** Answers a POST of a kind that is never stored. */
export async function runVirtual(server: ServerContext, operation: Operation, body: KubeObject): Promise<KubeObject> {
  const { definition, ref } = operation;
  const causes = definition.strategy?.validate?.(body) ?? [];
  if (causes.length > 0) throw newInvalid(definition, body.metadata.name ?? '', causes);
  const scope = server.ledger.begin({ key: '', uid: '' }, true);
  const { create } = definition.virtual!;
  if (create === undefined) throw newMethodNotSupported(qualifiedOf(definition), 'create');
  return create(body, {
    ...strategyContext(server, operation, scope),
    namespace: ref.namespace ?? '',
    authenticate: server.authenticate,
  });
}

/** Lists a kind that is made up for its readers. */
export async function listVirtual(server: ServerContext, operation: Operation, options: ListOptions): Promise<ListResult> {
  const { definition, ref } = operation;
  const { list } = definition.virtual!;
  if (list === undefined) throw newMethodNotSupported(qualifiedOf(definition), 'list');
  const { matches } = selectionOf(operation.served, options);
  const scope = server.ledger.begin({ key: '', uid: '' }, true);
  const objects = await list({
    ...strategyContext(server, operation, scope),
    namespace: ref.namespace ?? '',
    usage: server.usage,
  });
  const items = objects.map((object) => unstored('', object));
  return { items: matches === undefined ? items : items.filter(matches), revision: server.cache.revision };
}

/** One of them by its name. */
export async function getVirtual(server: ServerContext, operation: Operation): Promise<StoredObject> {
  const { items } = await listVirtual(server, operation, {});
  const found = items.find(({ object }) => object.metadata.name === operation.ref.name);
  if (found === undefined) throw newNotFound(qualifiedOf(operation.definition), operation.ref.name!);
  return found;
}
