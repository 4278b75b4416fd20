import { errorText } from '../../../common/errors.ts';
import type { KubeObject } from '../../api/meta.ts';
import { isAlreadyExists, isNotFound } from '../api-errors.ts';
import type { Pod } from '../core-types.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { PERSISTENT_VOLUME_CLAIMS, refTo } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import { claimsOf, ordinalOf } from './stateful-pods.ts';
import { ordinalsOf, type StatefulSet } from './stateful-types.ts';

/** Makes the claims of an ordinal that are not there yet. Those that are stay as they are: they hold what the pod had before. */
export async function ensureClaims(
  set: StatefulSet,
  ordinal: number,
  { client, lister, recorder }: ReconcileContext,
): Promise<void> {
  const known = lister(PERSISTENT_VOLUME_CLAIMS);
  for (const claim of claimsOf(set, ordinal)) {
    const { namespace, name } = claim.metadata;
    if (known.get(namespace, name!) !== undefined) continue;
    const which = `Claim ${name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name}`;
    try {
      await client.create({ ...PERSISTENT_VOLUME_CLAIMS, namespace: namespace! }, claim);
      recorder.event(set, 'Normal', 'SuccessfulCreate', `create ${which} success`);
    } catch (error) {
      if (isAlreadyExists(error)) continue;
      recorder.event(set, 'Warning', 'FailedCreate', `create ${which} failed error: ${errorText(error)}`);
      throw error;
    }
  }
}

/**
 * Lets the claims go with the set, or with a pod that is scaled away, where the retention policy says so: they are owned by whom they
 * are to go with, and the garbage collector does the rest.
 */
export async function settleRetention(
  set: StatefulSet,
  pods: readonly Pod[],
  { client, lister }: ReconcileContext,
): Promise<void> {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if ((set.spec.volumeClaimTemplates ?? []).length === 0) return;
  const { start, end } = ordinalsOf(set);
  const known = lister(PERSISTENT_VOLUME_CLAIMS);
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod)!;
    const condemned = ordinal < start || ordinal >= end;
    const owner = condemned && whenScaled === 'Delete' ? pod : whenDeleted === 'Delete' ? set : undefined;
    for (const { metadata } of claimsOf(set, ordinal)) {
      const claim = known.get(metadata.namespace, metadata.name!);
      if (claim !== undefined) await setOwner(claim, owner, [set, pod], client);
    }
  }
}

async function setOwner(
  claim: KubeObject,
  owner: KubeObject | undefined,
  candidates: readonly KubeObject[],
  client: ReconcileContext['client'],
): Promise<void> {
  const known = claim.metadata.ownerReferences ?? [];
  const others = known.filter(({ kind, uid }) => kind !== 'Pod' && !candidates.some(({ metadata }) => metadata.uid === uid));
  const { apiVersion, kind, metadata } = owner ?? claim;
  const next = owner === undefined ? others : [...others, { apiVersion, kind, name: metadata.name!, uid: metadata.uid! }];
  if (sameJson(known, next)) return;
  const { uid, resourceVersion } = claim.metadata;
  const body = { metadata: { uid, resourceVersion, ownerReferences: next } };
  try {
    await client.patch(refTo(PERSISTENT_VOLUME_CLAIMS, claim), 'application/merge-patch+json', body);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
