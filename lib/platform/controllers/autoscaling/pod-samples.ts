import type { Pod } from '../core-types.ts';

/** What a metric says of a pod: its value in thousandths, and when and over what time (ms) it was measured. */
export interface Sample {
  readonly value: number;
  readonly at: number;
  readonly window: number;
}

/** By the pod's name. */
export type Samples = ReadonlyMap<string, Sample>;

export interface PodGroups {
  /** Those that count, with a sample. */
  readonly ready: number;
  /** They will count: they are starting. */
  readonly unready: ReadonlySet<string>;
  /** They run, and nothing is known of what they use. */
  readonly missing: ReadonlySet<string>;
  /** They are going. */
  readonly ignored: ReadonlySet<string>;
}

/** kube-controller-manager's --horizontal-pod-autoscaler-cpu-initialization-period and -initial-readiness-delay, in ms. */
const CPU_INITIALIZATION = 300_000;
const READINESS_DELAY = 30_000;

/** Which pods count, and as what (podautoscaler's groupPods). `resource` is empty for metrics that are no resource's. */
export function groupPods(pods: readonly Pod[], samples: Samples, resource: string, now: number): PodGroups {
  let ready = 0;
  const groups = { unready: new Set<string>(), missing: new Set<string>(), ignored: new Set<string>() };
  for (const pod of pods) {
    const name = pod.metadata.name!;
    const sample = samples.get(name);
    if (pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === 'Failed') groups.ignored.add(name);
    else if (pod.status?.phase === 'Pending') groups.unready.add(name);
    else if (sample === undefined) groups.missing.add(name);
    else if (resource === 'cpu' && isStarting(pod, sample, now)) groups.unready.add(name);
    else ready++;
  }
  return { ready, ...groups };
}

/** A start takes more CPU than the work that follows: such samples say nothing. */
function isStarting(pod: Pod, sample: Sample, now: number): boolean {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const startTime = (pod.status as { startTime?: string } | undefined)?.startTime;
  if (condition === undefined || startTime === undefined) return true;
  const [started, changed] = [Date.parse(startTime), Date.parse(condition.lastTransitionTime ?? startTime)];
  const unready = condition.status === 'False';
  if (started + CPU_INITIALIZATION > now) return unready || sample.at < changed + sample.window;
  // Unready, and never ready before.
  return unready && started + READINESS_DELAY > changed;
}

/** Whether it counts for metrics that are about the whole. */
export const isReadyPod = ({ status }: Pod): boolean =>
  status?.phase === 'Running' && status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
