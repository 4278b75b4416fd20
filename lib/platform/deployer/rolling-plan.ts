import { availableOf, type ReplicationController, sizeOf } from './rollout.ts';

/** How many pods a rollout may have beside what is wanted, and how many must serve all the time. */
export interface Limits {
  readonly desired: number;
  readonly most: number;
  readonly available: number;
}

export interface Step {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** An IntOrString as a number of pods. */
function count(value: number | string | undefined, desired: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return round((Number((value ?? '25%').replace('%', '')) * desired) / 100);
}

/** Percentages that both come to nothing would stop every rollout (kubernetes deployment/util ResolveFenceposts). */
export function limitsOf(
  params: { readonly maxSurge?: number | string; readonly maxUnavailable?: number | string },
  desired: number,
): Limits {
  const surge = count(params.maxSurge, desired, Math.ceil);
  let unavailable = count(params.maxUnavailable, desired, Math.floor);
  if (surge === 0 && unavailable === 0) unavailable = 1;
  return { desired, most: desired + surge, available: Math.max(0, desired - unavailable) };
}

/** Pure. How far the version may grow now, given what the others still have. */
export function planUp(
  current: ReplicationController,
  others: readonly ReplicationController[],
  limits: Limits,
): Step | undefined {
  const from = sizeOf(current);
  const total = others.reduce((sum, each) => sum + sizeOf(each), from);
  const to = from > limits.desired ? limits.desired : from + Math.max(0, Math.min(limits.most - total, limits.desired - from));
  return to === from ? undefined : { name: current.metadata.name!, from, to };
}

/** Pure. How far the others may shrink: pods that serve nobody first, then as many as can be spared. */
export function planDown(current: ReplicationController, others: readonly ReplicationController[], limits: Limits): Step[] {
  let spare = [current, ...others].reduce((sum, each) => sum + availableOf(each), 0) - limits.available;
  return others.flatMap((each) => {
    const from = sizeOf(each);
    const idle = from - availableOf(each);
    const served = Math.max(0, Math.min(spare, from - idle));
    spare -= served;
    const to = from - idle - served;
    return to === from ? [] : [{ name: each.metadata.name!, from, to }];
  });
}
