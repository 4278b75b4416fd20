import { rfc3339 } from '../../../../common/clock.ts';
import type { ResizeState } from '../allocation/resize-state.ts';
import { qosClass } from '../containers/resource-values.ts';
import { type ObservedPod, runningSandbox } from '../observed-pod.ts';
import type { ApiContainerStatus, PodStatus } from '../types/pod-status-types.ts';
import type { Container } from '../types/container-types.ts';
import type { Pod } from '../types/pod-types.ts';
import { apiContainerStatus, type ContainerFacts } from './container-status.ts';
import { podConditions } from './pod-conditions.ts';
import { podPhase } from './pod-phase.ts';

/** A verdict of the kubelet itself, such as DeadlineExceeded: the pod has failed, whatever its containers do. */
export interface PodFailure {
  readonly reason: string;
  readonly message: string;
  /** The node never took the pod: nothing is said of its containers. */
  readonly rejected?: boolean;
}

export interface StatusInput extends ContainerFacts {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  readonly now: number;
  /** The pod was told to go, and nothing of it runs any more. */
  readonly ended: boolean;
  readonly resize: ResizeState;
  readonly failure: PodFailure | undefined;
}

/** What the API is told about a pod, with what it has been allocated: everything the kubelet knows, in kubelet's words. Pure. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, observed, now } = input;
  const known = pod.status ?? {};
  const untouched = observed.sandboxes.length === 0 && known.containerStatuses === undefined;
  if (input.failure?.rejected === true && untouched) {
    const { reason, message } = input.failure;
    const startTime = known.startTime ?? rfc3339(now);
    return { phase: 'Failed', reason, message, startTime, qosClass: known.qosClass ?? qosClass(pod) };
  }
  const statusesOf = (containers: readonly Container[], old: readonly ApiContainerStatus[] | undefined): ApiContainerStatus[] =>
    containers.map((container) =>
      apiContainerStatus(
        pod,
        container,
        observed,
        old?.find((status) => status.name === container.name),
        input,
      ),
    );
  const init = statusesOf(pod.spec.initContainers ?? [], known.initContainerStatuses);
  const main = statusesOf(pod.spec.containers, known.containerStatuses);
  const ephemeral = statusesOf(pod.spec.ephemeralContainers ?? [], known.ephemeralContainerStatuses);
  // What has ended stays ended, whatever becomes of its containers.
  const final = known.phase === 'Succeeded' || known.phase === 'Failed' ? known.phase : undefined;
  const phase = final ?? (input.failure === undefined ? podPhase(pod, [...init, ...main], input.ended) : 'Failed');
  const reason = input.failure?.reason ?? (final === undefined ? undefined : known.reason);
  const message = input.failure?.message ?? (final === undefined ? undefined : known.message);
  const { hostIPs } = input;
  // A pod that has ended keeps the address it had.
  const podIPs = input.podIPs.length > 0 ? input.podIPs : (known.podIPs ?? []).map(({ ip }) => ip);
  return {
    phase,
    conditions: podConditions({
      pod,
      phase,
      statuses: [...init, ...main],
      hasSandbox: runningSandbox(observed) !== undefined && input.podIPs.length > 0,
      known: known.conditions ?? [],
      resize: input.resize,
      now,
    }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(hostIPs[0] === undefined ? {} : { hostIP: hostIPs[0], hostIPs: hostIPs.map((ip) => ({ ip })) }),
    ...(podIPs[0] === undefined ? {} : { podIP: podIPs[0], podIPs: podIPs.map((ip) => ({ ip })) }),
    startTime: known.startTime ?? rfc3339(now),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: main,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    qosClass: known.qosClass ?? qosClass(pod),
  };
}
