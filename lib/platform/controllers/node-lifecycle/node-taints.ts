import { conditionOf, type Node, type Taint } from '../core-types.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** Conditions whose truth keeps new pods away. */
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const OURS = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(PRESSURES)]);

/**
 * The taints that the node's conditions call for, among those that others set (kubernetes TaintNodesByCondition).
 * `evict` adds the NoExecute ones. The same list comes back when nothing changes, so that callers can skip the write.
 */
export function taintsFor(node: Node, evict: boolean, now: string): readonly Taint[] {
  const known = node.spec?.taints ?? [];
  const wanted: Omit<Taint, 'timeAdded'>[] = [];
  const ready = conditionOf(node.status?.conditions, 'Ready')?.status;
  const key = ready === 'True' ? undefined : ready === 'False' ? NOT_READY : UNREACHABLE;
  // A node that has never reported is not ready, not lost.
  const readyKey = ready === undefined ? NOT_READY : key;
  if (readyKey !== undefined) {
    wanted.push({ key: readyKey, effect: 'NoSchedule' });
    if (evict) wanted.push({ key: readyKey, effect: 'NoExecute' });
  }
  for (const [type, taint] of Object.entries(PRESSURES))
    if (conditionOf(node.status?.conditions, type)?.status === 'True') wanted.push({ key: taint, effect: 'NoSchedule' });
  if (node.spec?.unschedulable === true) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });

  const same = (a: Omit<Taint, 'timeAdded'>, b: Taint): boolean => a.key === b.key && a.effect === b.effect;
  const kept = known.filter((taint) => !OURS.has(taint.key) || wanted.some((one) => same(one, taint)));
  const added = wanted.filter((one) => !known.some((taint) => same(one, taint))).map((one) => ({ ...one, timeAdded: now }));
  return added.length === 0 && kept.length === known.length ? known : [...kept, ...added];
}
