import { runningSandbox } from './observed-pod.ts';
import type { PodWorker } from './pod-worker.ts';
import type { NodeContainer, NodePod } from './server/pod-source.ts';

/** A worker's pod as the node server sees it. */
export function podView(worker: PodWorker): NodePod {
  const { memory, current } = worker;
  const sandbox = runningSandbox(memory.observed);
  const containers = new Map<string, NodeContainer>();
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = current.status ?? {};
  const statuses = [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
  for (const { name, state } of statuses) {
    const [newest, before] = memory.observed.containers.get(name) ?? [];
    const waiting = state.waiting !== undefined;
    containers.set(name, {
      state: waiting ? 'waiting' : state.running === undefined ? 'terminated' : 'running',
      reason: state.waiting?.reason ?? '',
      id: newest?.id,
      // One that waits for its restart is itself the previous instance of the one to come.
      previousId: waiting && newest?.status === 'exited' ? newest.id : before?.id,
    });
  }
  return {
    object: current,
    sandbox: sandbox === undefined ? undefined : { id: sandbox.id, pid: sandbox.pid, netns: `/proc/${sandbox.pid}/ns/net` },
    podIP: memory.podIPs(current)[0],
    containers,
  };
}
