import { controllerUid } from '../../client/object-store.ts';
import type { Pod } from '../core-types.ts';
import { untolerated } from '../taints.ts';
import { matchesTerm } from './node-affinity.ts';
import type { NodeInfo } from './node-info.ts';
import { podRequests } from './pod-requests.ts';

/** What a pod without requests is taken to need when nodes are compared, as Kubernetes does: or all would go to one node. */
const ASSUMED: ReadonlyMap<string, number> = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
]);

/** The part of each resource that would be in use, 0 to 1. */
function fractions(pod: Pod, info: NodeInfo): number[] {
  return [...ASSUMED].map(([name, assumed]) => {
    const capacity = info.allocatable.get(name) ?? 0;
    const claimed = (one: Pod): number => podRequests(one).get(name) || assumed;
    const used = info.pods.reduce((sum, other) => sum + claimed(other), claimed(pod));
    return capacity === 0 ? 1 : Math.min(1, used / capacity);
  });
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const leastAllocated = (pod: Pod, info: NodeInfo): number => 100 * (1 - mean(fractions(pod, info)));

/** As little difference as possible between the resources' use, so that none runs out long before the others. */
function balanced(pod: Pod, info: NodeInfo): number {
  const used = fractions(pod, info);
  const average = mean(used);
  return 100 * (1 - Math.sqrt(mean(used.map((part) => (part - average) ** 2))));
}

function preferredAffinity(pod: Pod, { node }: NodeInfo): number {
  const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
}

const avoidedTaints = (pod: Pod, { node }: NodeInfo): number =>
  (node.spec?.taints ?? []).filter((taint) => untolerated([taint], pod.spec.tolerations, ['PreferNoSchedule']) !== undefined)
    .length;

/** Pods of the same controller that are there already. */
function siblings(pod: Pod, info: NodeInfo): number {
  const owner = controllerUid(pod);
  return owner === undefined ? 0 : info.pods.filter((other) => controllerUid(other) === owner).length;
}

/** Scaled so that the best is 100; `fewer` turns it round. All alike are all 100. */
function normalize(values: readonly number[], fewer = false): number[] {
  const most = Math.max(...values);
  if (most === 0) return values.map(() => (fewer ? 100 : 0));
  return values.map((value) => (fewer ? 100 * (1 - value / most) : (100 * value) / most));
}

/** The best of the nodes that passed the filters, weighted as Kubernetes' default profile; ties go to the one with fewer pods. */
export function bestNode(pod: Pod, infos: readonly NodeInfo[]): NodeInfo | undefined {
  if (infos.length < 2) return infos[0];
  const affinity = normalize(infos.map((info) => preferredAffinity(pod, info)));
  const taints = normalize(
    infos.map((info) => avoidedTaints(pod, info)),
    true,
  );
  const spread = normalize(
    infos.map((info) => siblings(pod, info)),
    true,
  );
  const scored = infos.map((info, n) => ({
    info,
    score: leastAllocated(pod, info) + balanced(pod, info) + 2 * affinity[n]! + 3 * taints[n]! + 2 * spread[n]!,
  }));
  scored.sort((a, b) => b.score - a.score || a.info.pods.length - b.info.pods.length);
  return scored[0]!.info;
}
