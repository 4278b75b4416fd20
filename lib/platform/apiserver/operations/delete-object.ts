import { rfc3339 } from '../../../common/clock.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newConflict, newInvalid, type Status } from '../../api/status-error.ts';
import type { DeleteOptions } from '../../api/verbs.ts';
import { admit, type AdmissionRequest, validateAdmission } from '../admission/admission-plugin.ts';
import type { ServerContext } from '../server-context.ts';
import { cloneJson } from '../store/json-value.ts';
import { encodeForStore, fromStore, type StoredObject } from '../store/stored-object.ts';
import { admissionOf } from './create-object.ts';
import { currentObject, guaranteedUpdate, isHeld } from './guaranteed-update.ts';
import { type Operation, qualifiedOf, strategyContext } from './operation.ts';
import { removeObject } from './remove-object.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

export interface DeleteResult {
  /** The object as last seen. */
  readonly stored: StoredObject;
  /** False while its grace period or a finalizer holds it. */
  readonly gone: boolean;
}

/**
 * Deletes, or marks for deletion where the kind grants grace or a finalizer holds the object (registry store Delete,
 * rest.BeforeDelete). A second delete may only shorten the grace.
 */
export async function deleteObject(server: ServerContext, operation: Operation, options: DeleteOptions): Promise<DeleteResult> {
  checkOptions(options);
  const first = await currentObject(server, operation);
  const request: AdmissionRequest = { ...admissionOf(server, operation), operation: 'DELETE', old: first.object };
  await admit(server.admission, request);
  await validateAdmission(server.admission, request);
  for (;;) {
    let immediately = false;
    const { stored, deleted } = await guaranteedUpdate(server, operation, async (current) => {
      checkPreconditions(operation, current, options);
      const marked = mark(server, operation, current.object, options);
      immediately = marked === 'remove';
      return marked === 'remove' || marked === 'wait' ? undefined : marked;
    });
    if (deleted) return { stored, gone: true };
    if (!immediately) return { stored, gone: false };
    if (operation.dryRun) return { stored, gone: true };
    const removed = await removeObject(server, operation, stored);
    if (removed.ok)
      return {
        stored: fromStore(stored.key, encodeForStore(stored.object), removed.revision, stored.createRevision),
        gone: true,
      };
  }
}

/** What a delete makes of the object: it may go, it already waits, or it is to be written with the deletion noted in it. */
function mark(
  server: ServerContext,
  operation: Operation,
  current: KubeObject,
  options: DeleteOptions,
): KubeObject | 'remove' | 'wait' {
  const object = cloneJson(current);
  const { metadata } = object;
  metadata.finalizers = withPropagation(metadata.finalizers ?? [], options.propagationPolicy);
  const changedFinalizers = metadata.finalizers.join() !== (current.metadata.finalizers ?? []).join();
  if (metadata.finalizers.length === 0) delete metadata.finalizers;
  const held = isHeld(operation, object);
  const grace = operation.definition.strategy?.deletionGracePeriod?.(object, options.gracePeriodSeconds) ?? 0;
  if (metadata.deletionTimestamp !== undefined) {
    const pending = metadata.deletionGracePeriodSeconds ?? 0;
    if (pending > 0) {
      // Only a shorter grace than the one that runs may be asked for, and only outright.
      if (options.gracePeriodSeconds === undefined || grace >= pending) return changedFinalizers ? object : 'wait';
      const started = Date.parse(metadata.deletionTimestamp) - pending * 1000;
      metadata.deletionTimestamp = rfc3339(started + grace * 1000);
      metadata.deletionGracePeriodSeconds = grace;
      if (grace === 0 && !held) return 'remove';
      return object;
    }
    if (!held) return 'remove';
    return changedFinalizers ? object : 'wait';
  }
  if (grace <= 0 && !held) return 'remove';
  metadata.deletionTimestamp = rfc3339(server.clock.now() + Math.max(0, grace) * 1000);
  metadata.deletionGracePeriodSeconds = Math.max(0, grace);
  if (metadata.generation !== undefined) metadata.generation++;
  const scope = server.ledger.begin({ key: '', uid: metadata.uid! }, true);
  operation.definition.strategy?.prepareForDelete?.(object, strategyContext(server, operation, scope));
  return object;
}

/** The garbage collector's two finalizers say what is to happen to dependents. No policy: what is there stays. */
function withPropagation(finalizers: readonly string[], policy: DeleteOptions['propagationPolicy']): string[] {
  if (policy === undefined) return [...finalizers];
  const others = finalizers.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  if (policy === 'Orphan') return [...others, ORPHAN];
  return policy === 'Foreground' ? [...others, FOREGROUND] : others;
}

function checkPreconditions(operation: Operation, current: StoredObject, { preconditions }: DeleteOptions): void {
  const { uid, name } = current.object.metadata;
  const failed = (why: string): Error => newConflict(qualifiedOf(operation.definition), name!, `Precondition failed: ${why}`);
  if (preconditions?.uid !== undefined && preconditions.uid !== uid)
    throw failed(`UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`);
  const version = preconditions?.resourceVersion;
  if (version !== undefined && version !== String(current.revision))
    throw failed(`ResourceVersion in precondition: ${version}, ResourceVersion in object meta: ${current.revision}`);
}

const POLICIES = new Set<string>(['Orphan', 'Background', 'Foreground']);

function checkOptions(options: DeleteOptions): void {
  const { propagationPolicy: policy, gracePeriodSeconds: grace } = options;
  if (policy !== undefined && !POLICIES.has(policy))
    throw newInvalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      {
        reason: 'FieldValueNotSupported',
        field: 'propagationPolicy',
        message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
      },
    ]);
  if (grace !== undefined && (!Number.isSafeInteger(grace) || grace < 0))
    throw newInvalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'gracePeriodSeconds',
        message: `Invalid value: ${String(grace)}: must be greater than or equal to 0`,
      },
    ]);
}

/** The answer to a delete that is done (registry store finalizeDelete). */
export function deletedStatus(operation: Operation, object: KubeObject): Status {
  const { definition } = operation;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name!,
      ...(definition.group === '' ? {} : { group: definition.group }),
      kind: definition.plural,
      uid: object.metadata.uid!,
    },
    code: 200,
  };
}
