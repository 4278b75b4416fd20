import type { PodGroups, Samples } from './pod-samples.ts';

/** How near is near enough, for going up and for going down (--horizontal-pod-autoscaler-tolerance). */
export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

/** What a metric asks for, and what it is now. Values in thousandths. */
export interface Proposal {
  readonly replicas: number;
  /** The average of a pod, or the value of what is not about pods. */
  readonly value: number;
  /** Percent of what is requested. */
  readonly utilization?: number;
}

export interface PodMetric {
  readonly samples: Samples;
  readonly groups: PodGroups;
  readonly currentReplicas: number;
  readonly tolerances: Tolerances;
}

const within = (ratio: number, { up, down }: Tolerances): boolean => ratio >= 1 - down && ratio <= 1 + up;

/** The measure that a set of samples is of its target: 1 is just right. */
interface Measure {
  readonly ratio: number;
  readonly value: number;
  readonly utilization?: number;
}

/** Replicas for a target in percent of the requests (thousandths by pod). Throws an Error in Kubernetes' words. */
export function replicasForUtilization(metric: PodMetric, target: number, requests: ReadonlyMap<string, number>): Proposal {
  const measure = (samples: ReadonlyMap<string, number>): Measure => {
    let [used, requested, count] = [0, 0, 0];
    for (const [name, value] of samples) {
      const request = requests.get(name);
      if (request === undefined) continue;
      used += value;
      requested += request;
      count++;
    }
    if (requested === 0) throw new Error('no metrics returned matched known pods');
    const utilization = Math.trunc((used * 100) / requested);
    return { ratio: utilization / target, utilization, value: Math.trunc(used / count) };
  };
  return replicasFor(metric, measure, (name) => requests.get(name) ?? 0);
}

/** Replicas for a target that is the average of a pod, in thousandths. Throws an Error in Kubernetes' words. */
export function replicasForAverage(metric: PodMetric, target: number): Proposal {
  const measure = (samples: ReadonlyMap<string, number>): Measure => {
    const total = [...samples.values()].reduce((sum, value) => sum + value, 0);
    const value = Math.trunc(total / samples.size);
    return { ratio: value / target, value };
  };
  return replicasFor(metric, measure, () => target);
}

/**
 * Pods that nothing is known of, and those that start, count as what makes the change smaller: as using all of their share when it goes
 * down, nothing when it goes up. What would turn the direction changes nothing (podautoscaler's ReplicaCalculator).
 */
function replicasFor(
  { samples, groups, currentReplicas, tolerances }: PodMetric,
  measure: (samples: ReadonlyMap<string, number>) => Measure,
  share: (name: string) => number,
): Proposal {
  const { ready, unready, missing, ignored } = groups;
  const counted = new Map(
    [...samples].flatMap(([name, { value }]) => (unready.has(name) || ignored.has(name) ? [] : [[name, value]])),
  );
  if (counted.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  const first = measure(counted);
  const told = { value: first.value, ...(first.utilization === undefined ? {} : { utilization: first.utilization }) };
  const stay = { replicas: currentReplicas, ...told };
  const countUnready = unready.size > 0 && first.ratio > 1;
  if (!countUnready && missing.size === 0)
    return within(first.ratio, tolerances) ? stay : { replicas: Math.ceil(first.ratio * ready), ...told };
  if (first.ratio !== 1) for (const name of missing) counted.set(name, first.ratio < 1 ? share(name) : 0);
  if (countUnready) for (const name of unready) counted.set(name, 0);
  const { ratio } = measure(counted);
  const turns = (first.ratio < 1 && ratio > 1) || (first.ratio > 1 && ratio < 1);
  if (within(ratio, tolerances) || turns) return stay;
  const replicas = Math.ceil(ratio * counted.size);
  if ((ratio < 1 && replicas > currentReplicas) || (ratio > 1 && replicas < currentReplicas)) return stay;
  return { replicas, ...told };
}

/** Replicas for one value that the whole is to have. With no replicas the tolerance does not count: one that is off is started. */
export function replicasForValue({
  value,
  target,
  currentReplicas,
  ready,
  tolerances,
}: {
  readonly value: number;
  readonly target: number;
  readonly currentReplicas: number;
  readonly ready: number;
  readonly tolerances: Tolerances;
}): Proposal {
  const ratio = value / target;
  if (currentReplicas === 0) return { replicas: Math.ceil(ratio), value };
  return { replicas: within(ratio, tolerances) ? currentReplicas : Math.ceil(ratio * ready), value };
}

/** Replicas for one value that is shared by all of them. */
export function replicasForShare({
  value,
  target,
  statusReplicas,
  tolerances,
}: {
  readonly value: number;
  readonly target: number;
  readonly statusReplicas: number;
  readonly tolerances: Tolerances;
}): Proposal {
  const ratio = value / (target * statusReplicas);
  return {
    replicas: within(ratio, tolerances) ? statusReplicas : Math.ceil(value / target),
    value: Math.ceil(value / Math.max(1, statusReplicas)),
  };
}
