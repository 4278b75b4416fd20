import type { ReplicaSet } from '../replica-set-controller.ts';
import { type Deployment, replicasOf, sum } from './deployment-types.ts';
import { allSets, type Sets } from './replica-sets.ts';
import { isRolling, maxSurge, maxUnavailable } from './rollout-limits.ts';

/** One replica set's new size. */
export interface ScaleStep {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

const available = ({ spec, status }: ReplicaSet): number => Math.min(status?.availableReplicas ?? 0, spec.replicas ?? 1);

/** How large the current set may be now (kubernetes deployment/util NewRSNewReplicas). `sets` may lack the current one. */
export function currentSetSize(deployment: Deployment, sets: Sets): number {
  const wanted = replicasOf(deployment);
  if (!isRolling(deployment)) return wanted;
  const size = sets.current === undefined ? 0 : replicasOf(sets.current);
  const room = wanted + maxSurge(deployment) - sum(allSets(sets), replicasOf);
  return room <= 0 ? size : size + Math.min(room, wanted - size);
}

/**
 * The next steps of a rolling update. First the current set grows as far as the surge allows, then old ones shrink as far as
 * enough pods stay available: those that are of no use to anybody first.
 */
export function planRolling(deployment: Deployment, sets: Sets): ScaleStep[] {
  const { current } = sets;
  if (current === undefined) return [];
  const wanted = replicasOf(deployment);
  const size = replicasOf(current) > wanted ? wanted : currentSetSize(deployment, sets);
  if (size !== replicasOf(current)) return [{ set: current, replicas: size }];
  return shrinkOld(deployment, sets, current);
}

function shrinkOld(deployment: Deployment, sets: Sets, current: ReplicaSet): ScaleStep[] {
  const minAvailable = replicasOf(deployment) - maxUnavailable(deployment);
  const all = allSets(sets);
  const notYet = replicasOf(current) - available(current);
  const spare = sum(all, replicasOf) - minAvailable - notYet;
  if (spare <= 0) return [];
  const sizes = new Map(sets.old.map((set) => [set, replicasOf(set)]));
  const take = (from: ReplicaSet, count: number): number => {
    const taken = Math.max(0, Math.min(sizes.get(from)!, count));
    sizes.set(from, sizes.get(from)! - taken);
    return taken;
  };
  let left = spare;
  for (const set of sets.old) left -= take(set, Math.min(left, replicasOf(set) - available(set)));
  let healthy = Math.min(left, sum(all, available) - minAvailable);
  for (const set of sets.old) healthy -= take(set, healthy);
  return [...sizes].filter(([set, replicas]) => replicas !== replicasOf(set)).map(([set, replicas]) => ({ set, replicas }));
}

/** All old pods go before a new one comes. */
export const planRecreateDown = ({ old }: Sets): ScaleStep[] =>
  old.filter((set) => replicasOf(set) > 0).map((set) => ({ set, replicas: 0 }));
