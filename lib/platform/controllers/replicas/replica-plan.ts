import type { KubeObject } from '../../api/meta.ts';
import { isActive, type Pod } from '../core-types.ts';
import { inDeletionOrder } from './pod-ranking.ts';

/** What a controller of replicas sees: itself, its wish, and the pods of its namespace. */
export interface ReplicaView {
  readonly owner: KubeObject;
  readonly replicas: number;
  readonly matches: (labels: Readonly<Record<string, string>> | undefined) => boolean;
  readonly pods: readonly Pod[];
}

export interface ReplicaPlan {
  /** Pods without a controller that the selector takes in. */
  readonly adopt: readonly Pod[];
  /** Pods of ours that the selector has lost. */
  readonly release: readonly Pod[];
  /** How many to make. */
  readonly create: number;
  /** Which to delete, the least dear first. */
  readonly remove: readonly Pod[];
  /** Those that are ours and active once adopted: what the status counts. */
  readonly active: readonly Pod[];
}

/** As many as Kubernetes makes or deletes in one go. */
const BURST = 500;

/** Pure. An owner that is being deleted takes nothing in and makes nothing; the garbage collector does the rest. */
export function planReplicas({ owner, replicas, matches, pods }: ReplicaView): ReplicaPlan {
  const leaving = owner.metadata.deletionTimestamp !== undefined;
  const adopt: Pod[] = [];
  const release: Pod[] = [];
  const active: Pod[] = [];
  for (const pod of pods) {
    if (!isActive(pod)) continue;
    const controller = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (controller === undefined) {
      if (leaving || !matches(pod.metadata.labels)) continue;
      adopt.push(pod);
      active.push(pod);
    } else if (controller.uid === owner.metadata.uid) {
      if (matches(pod.metadata.labels)) active.push(pod);
      else if (!leaving) release.push(pod);
    }
  }
  const missing = leaving ? 0 : replicas - active.length;
  return {
    adopt,
    release,
    create: Math.min(BURST, Math.max(0, missing)),
    remove: missing < 0 ? inDeletionOrder(active).slice(0, Math.min(BURST, -missing)) : [],
    active,
  };
}
