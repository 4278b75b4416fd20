/** The parts of persistent volumes, claims and storage classes that controllers read and write, and the annotations they speak by. */
import { storageClassOf } from '../../api/core/volume-access.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { NodeSelectorTerm } from '../../api/selectors/node-selector.ts';
import type { Lister } from '../../client/lister.ts';
import type { Condition, LabelSelector } from '../core-types.ts';

export interface Claim extends KubeObject {
  spec: {
    accessModes?: string[];
    selector?: LabelSelector;
    resources?: { requests?: { storage?: string } };
    volumeName?: string;
    storageClassName?: string;
    volumeMode?: string;
    dataSource?: object;
    dataSourceRef?: object;
  };
  status?: {
    phase?: 'Pending' | 'Bound' | 'Lost';
    accessModes?: string[];
    capacity?: { storage?: string };
    conditions?: Condition[];
  };
}

export interface ClaimRef {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
}

export interface Volume extends KubeObject {
  spec: {
    capacity?: { storage?: string };
    accessModes?: string[];
    claimRef?: ClaimRef;
    persistentVolumeReclaimPolicy?: 'Retain' | 'Delete' | 'Recycle';
    storageClassName?: string;
    volumeMode?: string;
    nodeAffinity?: { required?: { nodeSelectorTerms?: NodeSelectorTerm[] } };
    [source: string]: unknown;
  };
  status?: { phase?: VolumePhase; message?: string; reason?: string; lastPhaseTransitionTime?: string };
}

export type VolumePhase = 'Pending' | 'Available' | 'Bound' | 'Released' | 'Failed';

export interface StorageClass extends KubeObject {
  provisioner: string;
  reclaimPolicy?: 'Retain' | 'Delete';
  volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer';
  allowVolumeExpansion?: boolean;
  mountOptions?: string[];
  allowedTopologies?: { matchLabelExpressions?: { key: string; values: string[] }[] }[];
}

/** The binding of a claim is complete: what happens to its volume from now on is a loss (AnnBindCompleted). */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
/** The binding was this controller's choice, not the user's, and may be undone (AnnBoundByController). */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** Asks a provisioner to make a volume for the claim (AnnStorageProvisioner, and its name before 1.23). */
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
export const STORAGE_PROVISIONER_BETA = 'volume.beta.kubernetes.io/storage-provisioner';
/** The node that the scheduler has chosen for a claim's first pod (AnnSelectedNode). */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
/** A class with this provisioner has only volumes that somebody makes by hand. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** The value of an annotation. */
export const annotationOf = ({ metadata }: KubeObject, name: string): string | undefined => metadata.annotations?.[name];

/** Whether the claim has been bound for good. */
export const isFullyBound = (claim: Claim): boolean =>
  Boolean(claim.spec.volumeName) && annotationOf(claim, BIND_COMPLETED) !== undefined;

/** Whether the volume is held by this claim, or kept for one of its name. */
export const isHeldBy = ({ spec: { claimRef } }: Volume, { metadata }: Claim): boolean =>
  claimRef !== undefined &&
  claimRef.name === metadata.name &&
  claimRef.namespace === metadata.namespace &&
  (!claimRef.uid || claimRef.uid === metadata.uid);

/** Claims whose class waits for a pod are bound by the scheduler's choice (IsDelayBindingMode). */
export function waitsForConsumer(claim: Claim, classes: Lister<StorageClass>): boolean {
  const name = storageClassOf(claim);
  return name !== '' && classes.byKey(name)?.volumeBindingMode === 'WaitForFirstConsumer';
}
