import { rfc3339 } from '../../../../common/clock.ts';
import type { ContainerState } from '../../../runtime/container-runtime.ts';
import { actualResources } from '../allocation/container-resources.ts';
import { attemptOf } from '../container-labels.ts';
import { type ObservedPod } from '../observed-pod.ts';
import { shouldRestart } from '../plan.ts';
import type { ApiContainerState, ApiContainerStatus } from '../types/pod-status-types.ts';
import type { Container } from '../types/container-types.ts';
import type { Pod } from '../types/pod-types.ts';
import { roleOf } from '../pod-containers.ts';

/** Why a container waits, as the last attempt to start it left it. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerFacts {
  /** By container name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** Last words of ended containers, by id. */
  readonly terminationMessages: ReadonlyMap<string, string>;
  /** `docker-pullable://...` or `docker://sha256:...`, by the engine's image id. */
  readonly imageIds: ReadonlyMap<string, string>;
  /** Readiness and startup of running containers, by id. */
  readonly isReady: (id: string) => boolean;
  readonly isStarted: (id: string) => boolean;
}

/** A container's id as a pod's status has it. */
export const dockerId = (id: string): string => `docker://${id}`;

/** `busybox` is shown as `busybox:latest`, as the engine names it. */
function imageWithTag(image: string): string {
  if (image.includes('@')) return image;
  return image.lastIndexOf(':') > image.lastIndexOf('/') ? image : `${image}:latest`;
}

const stamp = (ms: number | undefined): string | null => (ms === undefined ? null : rfc3339(ms));

/** dockershim: ContainerStatus. */
function terminatedReason(state: ContainerState): string {
  if (state.oomKilled) return 'OOMKilled';
  if (state.error !== undefined) return 'ContainerCannotRun';
  return state.exitCode === 0 ? 'Completed' : 'Error';
}

function apiContainerState(state: ContainerState, facts: ContainerFacts): ApiContainerState {
  if (state.status === 'running') return { running: { startedAt: stamp(state.startedAt) } };
  if (state.status === 'created') return { waiting: { reason: 'ContainerCreating' } };
  const message = facts.terminationMessages.get(state.id) || state.error;
  return {
    terminated: {
      exitCode: state.exitCode ?? 0,
      reason: terminatedReason(state),
      ...(message === undefined ? {} : { message }),
      startedAt: stamp(state.startedAt),
      finishedAt: stamp(state.finishedAt),
      containerID: dockerId(state.id),
    },
  };
}

/** Before its first container: as the API last had it, or waiting. */
function withoutContainer(
  pod: Pod,
  container: Container,
  old: ApiContainerStatus | undefined,
  facts: ContainerFacts,
): ApiContainerStatus {
  const reason = (pod.spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const why = facts.waiting.get(container.name);
  const waiting =
    why === undefined ? { reason } : { reason: why.reason, ...(why.message === '' ? {} : { message: why.message }) };
  const ended = old?.state.terminated;
  return {
    name: container.name,
    // An ended container that has been cleaned up is still what became of it.
    state: ended === undefined || why !== undefined ? { waiting } : { terminated: ended },
    lastState: old?.lastState ?? {},
    ready: false,
    restartCount: old?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: old?.imageID ?? '',
    ...(old?.containerID === undefined ? {} : { containerID: old.containerID }),
    ...startedField(pod, container, false),
    ...(old?.allocatedResources === undefined ? {} : { allocatedResources: old.allocatedResources }),
    ...(old?.resources === undefined ? {} : { resources: old.resources }),
  };
}

/** kubelet: convertToAPIContainerStatuses, for one container. */
export function apiContainerStatus(
  pod: Pod,
  container: Container,
  observed: ObservedPod,
  old: ApiContainerStatus | undefined,
  facts: ContainerFacts,
): ApiContainerStatus {
  const [current, previous] = observed.containers.get(container.name) ?? [];
  if (current === undefined) return withoutContainer(pod, container, old, facts);
  let state = apiContainerState(current, facts);
  let lastState = previous?.status === 'exited' ? apiContainerState(previous, facts) : (old?.lastState ?? {});
  const why = facts.waiting.get(container.name);
  if (
    state.running === undefined &&
    why !== undefined &&
    (state.terminated === undefined || shouldRestart(pod, container, current))
  ) {
    if (state.terminated !== undefined) lastState = { terminated: state.terminated };
    state = { waiting: { reason: why.reason, ...(why.message === '' ? {} : { message: why.message }) } };
  }
  const running = state.running !== undefined;
  return {
    name: container.name,
    state,
    lastState,
    ready: readiness(pod, container, current, running, facts),
    restartCount: attemptOf(current),
    image: imageWithTag(current.image.startsWith('sha256:') ? (container.image ?? current.image) : current.image),
    imageID: facts.imageIds.get(current.imageId) ?? dockerId(current.imageId),
    containerID: dockerId(current.id),
    ...startedField(pod, container, running && facts.isStarted(current.id)),
    ...resourceFields(pod, container, running ? current : undefined),
  };
}

/** What a container has been allocated, and what of it is in force. `running`: as the engine runs it. */
function resourceFields(
  pod: Pod,
  container: Container,
  running: ContainerState | undefined,
): Pick<ApiContainerStatus, 'allocatedResources' | 'resources'> {
  if (roleOf(pod, container.name) === 'ephemeral') return {};
  const requests = container.resources?.requests;
  return {
    ...(requests === undefined ? {} : { allocatedResources: requests }),
    resources: running === undefined ? (container.resources ?? {}) : actualResources(container, running.limits),
  };
}

/** Nobody waits for an ephemeral container: it is never ready, and whether it has started is not told. */
const startedField = (pod: Pod, { name }: Container, started: boolean): { started?: boolean } =>
  roleOf(pod, name) === 'ephemeral' ? {} : { started };

/** An init container is ready once it has done its work; one that keeps running is judged as a container is. */
function readiness(pod: Pod, container: Container, current: ContainerState, running: boolean, facts: ContainerFacts): boolean {
  const role = roleOf(pod, container.name);
  if (role === 'ephemeral') return false;
  if (role === 'init' && container.restartPolicy !== 'Always') return current.status === 'exited' && current.exitCode === 0;
  return running && facts.isReady(current.id);
}
