import type { PartContext, VirtualContext } from '../../api/virtual-resource.ts';
import type { ReadSubresource } from '../../api/subresources/subresource.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { isConflict, newInvalid, newMethodNotSupported, newNotFound } from '../../api/status-error.ts';
import type { DeleteOptions, GroupVersionResource, ListOptions } from '../../api/verbs.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import { type StoredObject, unstored } from '../store/stored-object.ts';
import { currentObject } from './guaranteed-update.ts';
import type { ListResult } from './list-objects.ts';
import { type Operation, qualifiedOf, strategyContext } from './operation.ts';
import { APPLY, type PatchBody, patchedObject } from './patch-object.ts';
import { checkName } from './replace-object.ts';
import { selectionOf } from './selection.ts';

/** Answers a POST of a kind that is never stored. */
export async function runVirtual(server: ServerContext, operation: Operation, body: KubeObject): Promise<KubeObject> {
  const { definition } = operation;
  const causes = definition.strategy?.validate?.(body) ?? [];
  if (causes.length > 0) throw newInvalid(definition, body.metadata.name ?? '', causes);
  const { create } = definition.virtual!;
  if (create === undefined) throw newMethodNotSupported(qualifiedOf(definition), 'create');
  return create(body, virtualContext(server, operation));
}

/** PUT of a part of other objects. */
export async function replaceVirtual(server: ServerContext, operation: Operation, body: KubeObject): Promise<Replaced> {
  const { definition } = operation;
  const { update } = definition.virtual!;
  if (update === undefined) throw newMethodNotSupported(qualifiedOf(definition), 'update');
  checkName(operation, body);
  const causes = definition.strategy?.validate?.(body) ?? [];
  if (causes.length > 0) throw newInvalid(definition, body.metadata.name!, causes);
  const { object, created } = await update(body, partContext(server, operation));
  return { stored: unstored('', object), created };
}

/** Loses a race against another write: the patch is made again of what that left. */
const PATCH_ATTEMPTS = 8;

/** Patches what `get` shows and writes it as a PUT would. Server-side apply has no owners to go by here. */
export async function patchVirtual(server: ServerContext, operation: Operation, patch: PatchBody): Promise<Replaced> {
  const { definition } = operation;
  if (patch.type === APPLY) throw newMethodNotSupported(qualifiedOf(definition), 'apply');
  for (let attempt = 1; ; attempt++) {
    const { object } = await getVirtual(server, operation);
    try {
      return await replaceVirtual(server, operation, await patchedObject(operation, definition, object, patch));
    } catch (error) {
      if (!isConflict(error) || attempt === PATCH_ATTEMPTS) throw error;
    }
  }
}

/** DELETE of a part of another kind's objects. Throws 405 where there is none. */
export async function deleteVirtual(server: ServerContext, operation: Operation, options: DeleteOptions): Promise<KubeObject> {
  const { definition, ref } = operation;
  const { remove } = definition.virtual!;
  if (remove === undefined) throw newMethodNotSupported(qualifiedOf(definition), 'delete');
  return remove(ref.name!, options, partContext(server, operation));
}

/** What is read behind an object's name. */
export async function readPart(server: ServerContext, operation: Operation, part: ReadSubresource): Promise<KubeObject> {
  const { object } = await currentObject(server, operation);
  return part.read(object, partContext(server, operation));
}

interface Replaced {
  readonly stored: StoredObject;
  readonly created: boolean;
}

function partContext(server: ServerContext, operation: Operation): PartContext {
  const scope = server.ledger.begin({ key: '', uid: '' }, true);
  return { ...strategyContext(server, operation, scope), namespace: operation.ref.namespace ?? '' };
}

/** What a GET of a kind is answered with that has no list. */
export const answerVirtual = (server: ServerContext, operation: Operation): Promise<KubeObject> =>
  operation.definition.virtual!.answer!(virtualContext(server, operation));

function virtualContext(server: ServerContext, operation: Operation): VirtualContext {
  return {
    ...partContext(server, operation),
    authenticate: server.authenticate,
    remoteImages: server.remoteImages,
    settings: server.settings,
    kindOf: (apiVersion, kind) => {
      const found = server.table.all.find(
        (each) => each.kind === kind && groupVersionText(each) === apiVersion && each.virtual === undefined,
      );
      return found && { ...identityOf(found), namespaced: found.namespaced };
    },
  };
}

const identityOf = ({ group, version, plural }: ResourceDefinition): GroupVersionResource => ({
  group,
  version,
  resource: plural,
});

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
  const { get } = operation.definition.virtual!;
  if (get !== undefined) return unstored('', await get(operation.ref.name!, partContext(server, operation)));
  const { items } = await listVirtual(server, operation, {});
  const found = items.find(({ object }) => object.metadata.name === operation.ref.name);
  if (found === undefined) throw newNotFound(qualifiedOf(operation.definition), operation.ref.name!);
  return found;
}
