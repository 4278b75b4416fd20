import type { ReplicaSet } from '../replica-set-controller.ts';
import { type Deployment, replicasOf, sum } from './deployment-types.ts';
import { allSets, olderFirst, type Sets } from './replica-sets.ts';
import { desiredReplicas, maxReplicas } from './revision-annotations.ts';
import type { ScaleStep } from './rolling-plan.ts';
import { isRolling, maxSurge } from './rollout-limits.ts';

/** Whether the deployment's size has changed since its replica sets were sized. */
export const isScaled = (deployment: Deployment, sets: Sets): boolean =>
  allSets(sets).some((set) => {
    const desired = replicasOf(set) > 0 ? desiredReplicas(set) : undefined;
    return desired !== undefined && desired !== replicasOf(deployment);
  });

/**
 * Shares a change of size out: to the one set that has pods, to the current one when it is whole, else to all in proportion, so that a
 * rollout that is paused or stuck loses no more of its pods than it must (kubernetes deployment controller scale).
 */
export function planScale(deployment: Deployment, sets: Sets): ScaleStep[] {
  const wanted = replicasOf(deployment);
  const active = allSets(sets).filter((set) => replicasOf(set) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? sets.current ?? sets.old.at(-1);
    return only === undefined ? [] : [{ set: only, replicas: wanted }];
  }
  const { current } = sets;
  if (current !== undefined && isSaturated(current, wanted))
    return active.filter((set) => set !== current).map((set) => ({ set, replicas: 0 }));
  return isRolling(deployment) ? proportional(deployment, active) : [];
}

const isSaturated = (set: ReplicaSet, wanted: number): boolean =>
  desiredReplicas(set) === wanted && replicasOf(set) === wanted && (set.status?.availableReplicas ?? 0) === wanted;

function proportional(deployment: Deployment, active: readonly ReplicaSet[]): ScaleStep[] {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const change = allowed - sum(active, replicasOf);
  // The largest has the most to give or take; among equals the newer grows, the older shrinks.
  const bySize = active.toSorted((a, b) => replicasOf(b) - replicasOf(a) || (change > 0 ? olderFirst(b, a) : olderFirst(a, b)));
  let left = change;
  const sizes = bySize.map((set) => {
    const share = fraction(deployment, set);
    const part = change > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
    left -= part;
    return replicasOf(set) + part;
  });
  return bySize.map((set, n) => ({ set, replicas: n === 0 ? Math.max(0, sizes[0]! + left) : sizes[n]! }));
}

function fraction(deployment: Deployment, set: ReplicaSet): number {
  const wanted = replicasOf(deployment);
  if (wanted === 0) return -replicasOf(set);
  const before = maxReplicas(set) ?? deployment.status?.replicas ?? 0;
  return before === 0 ? 0 : Math.round((replicasOf(set) * (wanted + maxSurge(deployment))) / before) - replicasOf(set);
}
