import type { ApiContainerStatus, PodPhase } from '../types/pod-status-types.ts';
import { isSidecar } from '../pod-containers.ts';
import { restartPolicyOf, type Pod } from '../types/pod-types.ts';

interface Counts {
  pendingInit: number;
  failedInit: number;
  running: number;
  waiting: number;
  stopped: number;
  succeeded: number;
}

function countInit(pod: Pod, statuses: ReadonlyMap<string, ApiContainerStatus>, counts: Counts): void {
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.get(container.name);
    if (isSidecar(container)) {
      if (status?.started !== true && status?.state.terminated === undefined) counts.pendingInit++;
      continue;
    }
    const ended = status?.state.terminated ?? (status?.state.waiting === undefined ? undefined : status.lastState.terminated);
    if (ended === undefined || status?.state.running !== undefined) counts.pendingInit++;
    else if (ended.exitCode !== 0) counts.failedInit++;
    else if (status?.state.terminated === undefined) counts.pendingInit++;
  }
}

function countContainers(pod: Pod, statuses: ReadonlyMap<string, ApiContainerStatus>, counts: Counts): void {
  for (const { name } of pod.spec.containers) {
    const state = statuses.get(name)?.state;
    const last = statuses.get(name)?.lastState;
    if (state?.running !== undefined) counts.running++;
    else if (state?.terminated !== undefined) {
      counts.stopped++;
      if (state.terminated.exitCode === 0) counts.succeeded++;
    } else if (last?.terminated === undefined) counts.waiting++;
    else counts.stopped++;
  }
}

/** kubelet: getPhase. `ended`: the pod was told to go and all its containers have stopped. */
export function podPhase(pod: Pod, list: readonly ApiContainerStatus[], ended: boolean): PodPhase {
  const statuses = new Map(list.map((status) => [status.name, status]));
  const counts: Counts = { pendingInit: 0, failedInit: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  countInit(pod, statuses, counts);
  countContainers(pod, statuses, counts);
  const policy = restartPolicyOf(pod);
  if (counts.failedInit > 0 && policy === 'Never') return 'Failed';
  // Once a container of the pod has run, initialization is behind it, also while a sidecar restarts.
  const mainHasRun = counts.running + counts.stopped > 0;
  if (!ended && counts.pendingInit + counts.failedInit > 0 && !mainHasRun) return 'Pending';
  if (!ended && counts.waiting > 0) return 'Pending';
  if (counts.running > 0) return 'Running';
  if (counts.stopped > 0) {
    if (ended) return counts.stopped === counts.succeeded && counts.waiting === 0 ? 'Succeeded' : 'Failed';
    if (policy === 'Always') return 'Running';
    if (counts.stopped === counts.succeeded) return 'Succeeded';
    return policy === 'Never' ? 'Failed' : 'Running';
  }
  return ended ? 'Failed' : 'Pending';
}
