import type { KubeObject } from '../../api/meta.ts';
import { isActive, type Pod } from '../core-types.ts';
import { type Claims, planClaims } from '../ownership/claims.ts';
import { inDeletionOrder } from './pod-ranking.ts';

/** What a controller of replicas sees: itself, its wish, and the pods of its namespace. */
export interface ReplicaView {
  readonly owner: KubeObject;
  readonly replicas: number;
  readonly matches: (labels: Readonly<Record<string, string>> | undefined) => boolean;
  readonly pods: readonly Pod[];
}

export interface ReplicaPlan extends Pick<Claims<Pod>, 'adopt' | 'release'> {
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
  const { adopt, release, owned } = planClaims(
    owner,
    (pod) => matches(pod.metadata.labels),
    pods.filter((pod) => isActive(pod)),
  );
  const missing = owner.metadata.deletionTimestamp === undefined ? replicas - owned.length : 0;
  return {
    adopt,
    release,
    create: Math.min(BURST, Math.max(0, missing)),
    remove: missing < 0 ? inDeletionOrder(owned).slice(0, Math.min(BURST, -missing)) : [],
    active: owned,
  };
}
