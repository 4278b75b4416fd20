import type { KubeObject } from '../../api/meta.ts';
import { LOCAL_VOLUME_FINALIZER } from '../../api/storage/local-volumes.ts';
import { deepEqual } from '../../api/validation/causes.ts';
import type { AdmissionRequest } from './admission-plugin.ts';

export type Refuse = (why: string) => never;

/** Of a claim, a node tells the size that its volume has now, and how resizing goes (noderestriction admitPVCStatus). */
export function checkClaimStatus(
  { operation, ref, old }: AdmissionRequest,
  claim: KubeObject,
  node: string,
  refuse: Refuse,
): void {
  if (operation !== 'UPDATE' || ref.subresource !== 'status') refuse(`unexpected operation "${operation}"`);
  const kept = ({ metadata, spec, status = {} }: KubeObject): unknown => {
    const { capacity: _capacity, conditions: _conditions, allocatedResourceStatuses: _statuses, ...rest } = status;
    return [metadata.labels, metadata.annotations, metadata.finalizers, metadata.ownerReferences, spec, rest];
  };
  if (old !== undefined && !deepEqual(kept(claim), kept(old)))
    refuse(`node "${node}" is not allowed to update fields other than status.quantity and status.conditions`);
}

/** Of a volume whose folder it had, a node tells that the folder is gone, and nothing else. */
export function checkVolume({ operation, ref, old }: AdmissionRequest, volume: KubeObject, node: string, refuse: Refuse): void {
  if (operation !== 'UPDATE' || ref.subresource !== undefined || old === undefined) refuse(`unexpected operation "${operation}"`);
  const before = old!;
  const kept = ({ metadata, spec, status }: KubeObject): unknown => [
    metadata.labels,
    metadata.annotations,
    metadata.ownerReferences,
    (metadata.finalizers ?? []).filter((name) => name !== LOCAL_VOLUME_FINALIZER),
    spec,
    status,
  ];
  const adds = (volume.metadata.finalizers ?? []).length > (before.metadata.finalizers ?? []).length;
  if (before.metadata.deletionTimestamp === undefined || adds || !deepEqual(kept(volume), kept(before)))
    refuse(
      `node "${node}" is only allowed to remove the finalizer "${LOCAL_VOLUME_FINALIZER}" of a volume that is being deleted`,
    );
}
