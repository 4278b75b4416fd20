import { errorText } from '../../../common/errors.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newConflict, newNotFound, OPTIMISTIC_LOCK_TEXT } from '../../api/status-error.ts';
import { sameOwners } from '../managed-fields/entries.ts';
import type { ServerContext } from '../server-context.ts';
import type { AllocationScope } from '../store/allocation-ledger.ts';
import { equalJson } from '../store/json-value.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import { encodeForStore, fromStore, type StoredObject, unstored } from '../store/stored-object.ts';
import { formIn, formOf, storageForm } from './custom-forms.ts';
import { inForce } from './in-force.ts';
import { removeObject } from './remove-object.ts';
import { keyOf, type Operation, qualifiedOf, strategyContext } from './operation.ts';

/** Compare-and-swaps lost in a row before the client is told of the conflict. */
const MAX_ATTEMPTS = 64;

/**
 * Makes the wanted object of the current one; called again with a newer one when another write came first. `undefined`
 * means that nothing is to be written. What it throws is thrown, once the object it saw is known to be the newest.
 */
export type Transform = (current: StoredObject, scope: AllocationScope) => Promise<KubeObject | undefined>;

export interface UpdateResult {
  readonly stored: StoredObject;
  /** The write was the last thing a deletion waited for: the object is gone. */
  readonly deleted: boolean;
}

/** The cached object in the form that was asked for, after the store was asked whether it is the newest when there is none. */
export async function currentObject(server: ServerContext, operation: Operation): Promise<StoredObject> {
  const key = keyOf(operation);
  const cache = server.cache.resource(resourcePrefix(operation.definition));
  if (cache.get(key) === undefined) await server.cache.fresh();
  const found = cache.get(key);
  if (found === undefined) throw newNotFound(qualifiedOf(operation.definition), operation.ref.name!);
  return seen(server, operation, found);
}

const seen = (server: ServerContext, { definition }: Operation, stored: StoredObject): StoredObject | Promise<StoredObject> =>
  formOf(definition, stored) ?? formIn(server, definition, stored);

/**
 * Reads, transforms and writes with compare-and-swap (apiserver storage GuaranteedUpdate). It begins with the cached
 * object, which the swap proves right; only an outcome that writes nothing has to ask the store whether it was.
 */
export async function guaranteedUpdate(server: ServerContext, operation: Operation, transform: Transform): Promise<UpdateResult> {
  const key = keyOf(operation);
  const cache = server.cache.resource(resourcePrefix(operation.definition));
  let current = cache.get(key);
  let verified = false;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (current === undefined) {
      if (verified) throw newNotFound(qualifiedOf(operation.definition), operation.ref.name!);
      verified = true;
      await server.cache.fresh();
      current = cache.get(key);
      continue;
    }
    const outcome = await attemptUpdate(server, operation, current, transform);
    if (outcome.kind === 'done') return outcome.result;
    if (outcome.kind === 'lost') {
      verified = true;
      current = outcome.current;
      continue;
    }
    if (!verified) {
      verified = true;
      await server.cache.fresh();
      const newest = cache.get(key);
      if (newest !== current) {
        current = newest;
        continue;
      }
    }
    if (outcome.kind === 'failed') throw outcome.error;
    return { stored: await seen(server, operation, current), deleted: false };
  }
  throw newConflict(qualifiedOf(operation.definition), operation.ref.name!, OPTIMISTIC_LOCK_TEXT);
}

type Outcome =
  | { readonly kind: 'done'; readonly result: UpdateResult }
  | { readonly kind: 'lost'; readonly current: StoredObject | undefined }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'unchanged' };

async function attemptUpdate(
  server: ServerContext,
  operation: Operation,
  current: StoredObject,
  transform: Transform,
): Promise<Outcome> {
  const uid = current.object.metadata.uid!;
  const scope = server.ledger.begin({ key: current.key, uid }, operation.dryRun);
  let wanted: KubeObject | undefined;
  let toStore: KubeObject | undefined;
  try {
    wanted = await transform(await seen(server, operation, current), scope);
    toStore = wanted && (await storageForm(server, operation.definition, wanted));
    await operation.pace.pause();
  } catch (error) {
    await scope.rollback();
    return { kind: 'failed', error };
  }
  if (wanted === undefined || toStore === undefined || isSame(toStore, current.object)) {
    await scope.rollback();
    return { kind: 'unchanged' };
  }
  await operation.pace.pause();
  const bytes = encodeForStore(toStore);
  await operation.pace.pause();
  const written = await seen(server, operation, fromStore(current.key, bytes, current.revision, current.createRevision));
  if (operation.dryRun) return { kind: 'done', result: { stored: unstored(current.key, written.object), deleted: false } };
  if (isFinished(operation, wanted)) {
    const removed = await removeObject(server, operation, current);
    await (removed.ok ? scope.commit() : scope.rollback());
    return removed.ok ? { kind: 'done', result: { stored: written, deleted: true } } : { kind: 'lost', current: removed.current };
  }
  const { namespace } = current.object.metadata;
  const { definition } = operation;
  const write = namespace === undefined ? undefined : { definition, namespace, before: current.object, after: wanted };
  const credit = write && server.quota.expectCredit(write);
  const result = await server.backend.update(current.key, bytes, current.revision).catch(async (error: unknown) => {
    credit?.dropped();
    await scope.rollback();
    throw error;
  });
  if (result.ok) {
    scope.written();
    await credit?.done();
    await settle(server, operation, wanted, current.object, scope);
    await inForce(server, operation, result.revision);
    return {
      kind: 'done',
      result: {
        stored: await seen(server, operation, fromStore(current.key, bytes, result.revision, current.createRevision)),
        deleted: false,
      },
    };
  }
  credit?.dropped();
  await scope.rollback();
  const there = result.current;
  return { kind: 'lost', current: there && fromStore(there.key, there.value, there.revision, there.createRevision) };
}

/** After the commit: what the object no longer holds goes back. A failure here must not hide that the write was done. */
async function settle(
  server: ServerContext,
  operation: Operation,
  wanted: KubeObject,
  old: KubeObject,
  scope: AllocationScope,
): Promise<void> {
  try {
    await operation.definition.strategy?.afterUpdate?.(wanted, old, strategyContext(server, operation, scope));
    await scope.commit();
  } catch (error) {
    server.log.warn({ error: errorText(error), object: wanted.metadata.name }, 'giving back allocations failed');
  }
}

/**
 * Whether nothing is to be written. That somebody set his fields again, to what defaults and normalizing make the same, is no change: only
 * the time of his entry would be another (apiserver fieldmanager IgnoreManagedFieldsTimestampsTransformer).
 */
function isSame(wanted: KubeObject, current: KubeObject): boolean {
  const { resourceVersion, managedFields } = current.metadata;
  if (!sameOwners(wanted.metadata.managedFields, managedFields)) return false;
  return equalJson({ ...wanted, metadata: { ...wanted.metadata, resourceVersion, managedFields } }, current);
}

/** Whether finalizers, in the metadata or where the kind keeps its own, hold a deleted object. */
export const isHeld = ({ definition }: Operation, object: KubeObject): boolean =>
  (object.metadata.finalizers ?? []).length > 0 || definition.strategy?.isHeld?.(object) === true;

/** A deletion that nothing holds up any more (registry store ShouldDeleteDuringUpdate). */
function isFinished(operation: Operation, wanted: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = wanted.metadata;
  return deletionTimestamp !== undefined && (deletionGracePeriodSeconds ?? 0) === 0 && !isHeld(operation, wanted);
}
