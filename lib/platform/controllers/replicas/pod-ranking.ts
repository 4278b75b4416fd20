import { conditionOf, isReady, type Pod } from '../core-types.ts';

/** Numbers that say how dear a pod is, most significant first: the pod whose first difference is lower goes first. */
type Rank = readonly number[];

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * The pods in the order in which they are given up (kubernetes pkg/controller ActivePodsWithRanks): without a node,
 * pending, not ready, cheap by annotation, doubled on a node, ready for less long, restarted more often, younger.
 */
export function inDeletionOrder(pods: readonly Pod[]): Pod[] {
  const perNode = new Map<string, number>();
  for (const { spec } of pods) if (spec.nodeName) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
  const ranked = pods.map((pod) => ({ pod, rank: rankOf(pod, perNode.get(pod.spec.nodeName ?? '') ?? 0) }));
  return ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ pod }) => pod);
}

function rankOf(pod: Pod, onSameNode: number): Rank {
  const ready = isReady(pod);
  const readySince = ready ? Date.parse(conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '') : Number.NaN;
  const restarts = (pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount ?? 0);
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASES[pod.status?.phase ?? 'Pending'] ?? 0,
    ready ? 1 : 0,
    deletionCost(pod),
    -onSameNode,
    -orLatest(readySince),
    -Math.max(0, ...restarts),
    -orLatest(Date.parse(pod.metadata.creationTimestamp ?? '')),
  ];
}

/** Ready, or created, at an unknown time counts as just now. */
const orLatest = (ms: number): number => (Number.isNaN(ms) ? Number.MAX_SAFE_INTEGER : ms);

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '0';
  return /^-?\d{1,10}$/.test(text) ? Number(text) : 0;
}

function compare(a: Rank, b: Rank): number {
  for (const [n, value] of a.entries()) if (value !== b[n]!) return value - b[n]!;
  return 0;
}
