import { rfc3339 } from '../../../common/clock.ts';
import { type Condition, conditionOf, hasLabels, isReady, type Pod } from '../core-types.ts';

export interface ReplicaStatus {
  readonly replicas: number;
  readonly fullyLabeledReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly observedGeneration: number;
  readonly conditions?: readonly Condition[];
}

export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** When a ready pod has been so for `minReadySeconds`, in ms since the epoch; undefined when it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = Date.parse(conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '');
  return Number.isNaN(since) ? undefined : since + minReadySeconds * 1000;
}

/** What the owner's status is to say, by its pods. `now` in ms. */
export function replicaStatus(
  active: readonly Pod[],
  of: { generation: number; templateLabels: Readonly<Record<string, string>>; minReadySeconds: number },
  now: number,
  known: { conditions?: readonly Condition[] } | undefined,
  failure: ReplicaFailure | undefined,
): ReplicaStatus {
  const others = (known?.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure');
  const old = conditionOf(known?.conditions as Condition[] | undefined, 'ReplicaFailure');
  // Kubernetes keeps the first failure until a success: the text does not flicker, the time is that of its beginning.
  const failed: Condition | undefined =
    failure && (old ?? { type: 'ReplicaFailure', status: 'True', lastTransitionTime: rfc3339(now), ...failure });
  const conditions = failed === undefined ? others : [...others, failed];
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => hasLabels(pod.metadata.labels, of.templateLabels)).length,
    readyReplicas: active.filter((pod) => isReady(pod)).length,
    availableReplicas: active.filter((pod) => (availableAt(pod, of.minReadySeconds) ?? Infinity) <= now).length,
    observedGeneration: of.generation,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** How long until a pod that is ready now counts as available, in ms. */
export function nextAvailable(active: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  const waits = active.flatMap((pod) => availableAt(pod, minReadySeconds) ?? []).filter((at) => at > now);
  return waits.length === 0 ? undefined : Math.min(...waits) - now;
}
