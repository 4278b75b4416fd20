import { errorText } from '../../../common/errors.ts';
import type { ServerContext } from '../server-context.ts';
import { fromStore, type StoredObject } from '../store/stored-object.ts';
import { inForce } from './in-force.ts';
import { type Operation, strategyContext } from './operation.ts';

export type RemoveResult =
  { readonly ok: true; readonly revision: number } | { readonly ok: false; readonly current: StoredObject | undefined };

/** Takes the object out of the store when it is still at that revision, then gives back what it had claimed. */
export async function removeObject(server: ServerContext, operation: Operation, object: StoredObject): Promise<RemoveResult> {
  const { namespace } = object.object.metadata;
  const { definition } = operation;
  const credit =
    namespace === undefined ? undefined : server.quota.expectCredit({ definition, namespace, before: object.object });
  const result = await server.backend.delete(object.key, object.revision).catch((error: unknown) => {
    credit?.dropped();
    throw error;
  });
  if (!result.ok) {
    credit?.dropped();
    const there = result.current;
    return { ok: false, current: there && fromStore(there.key, there.value, there.revision, there.createRevision) };
  }
  await credit?.done();
  await inForce(server, operation, result.revision);
  const { strategy } = operation.definition;
  if (strategy?.afterDelete !== undefined) {
    const scope = server.ledger.begin({ key: object.key, uid: object.object.metadata.uid! }, false);
    try {
      await strategy.afterDelete(object.object, strategyContext(server, operation, scope));
      await scope.commit();
    } catch (error) {
      // The object is gone and the client will be told so; the ledger's repair finds what was not given back.
      server.log.warn({ error: errorText(error), key: object.key }, 'giving back allocations failed');
    }
  }
  return result;
}
