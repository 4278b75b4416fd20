import { createHash } from 'node:crypto';
import type { ContainerState } from '../../runtime/container-runtime.ts';
import type { Container } from './types/container-types.ts';
import type { Pod } from './types/pod-types.ts';

/** Labels on the engine's containers, named as dockershim named them. They are all that a restarted kubelet knows. */
export const LABEL = {
  type: 'io.kubernetes.docker.type',
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
  sandboxId: 'io.kubernetes.sandbox.id',
  restartCount: 'annotation.io.kubernetes.container.restartCount',
  hash: 'annotation.io.kubernetes.container.hash',
  terminationMessagePath: 'annotation.io.kubernetes.container.terminationMessagePath',
  gracePeriod: 'annotation.io.kubernetes.pod.terminationGracePeriod',
  hostNetwork: 'io.openshift.sandbox.host-network',
  terminationLog: 'io.openshift.container.termination-log',
  node: 'io.openshift.node',
} as const;

const SANDBOX = 'podsandbox';
const CONTAINER = 'container';

/** What the engine shows for all containers of this node's pods. */
export const nodeLabels = (nodeName: string): Record<string, string> => ({ [LABEL.node]: nodeName });

/** Labels of all containers of a pod, by which the node finds them again. */
export const podLabels = (nodeName: string, uid: string): Record<string, string> => ({
  [LABEL.node]: nodeName,
  [LABEL.podUid]: uid,
});

const identity = (nodeName: string, pod: Pod): Record<string, string> => ({
  [LABEL.node]: nodeName,
  [LABEL.podName]: pod.metadata.name,
  [LABEL.podNamespace]: pod.metadata.namespace,
  [LABEL.podUid]: pod.metadata.uid,
});

/** By which a sandbox is known again. */
export function sandboxLabels(nodeName: string, pod: Pod, attempt: number): Record<string, string> {
  return {
    ...identity(nodeName, pod),
    [LABEL.type]: SANDBOX,
    // dockershim's name for the sandbox's own container.
    [LABEL.containerName]: 'POD',
    [LABEL.restartCount]: String(attempt),
    [LABEL.hostNetwork]: String(pod.spec.hostNetwork === true),
    [LABEL.gracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
  };
}

export interface ContainerLabelInput {
  readonly nodeName: string;
  readonly pod: Pod;
  readonly container: Container;
  readonly sandboxId: string;
  readonly attempt: number;
  /** File on this machine that the container writes its last words to. */
  readonly terminationLog: string | undefined;
}

/** By which a container is known again. */
export function containerLabels(input: ContainerLabelInput): Record<string, string> {
  const { nodeName, pod, container, sandboxId, attempt } = input;
  return {
    ...identity(nodeName, pod),
    [LABEL.type]: CONTAINER,
    [LABEL.containerName]: container.name,
    [LABEL.sandboxId]: sandboxId,
    [LABEL.restartCount]: String(attempt),
    [LABEL.hash]: containerHash(container),
    [LABEL.gracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    ...(input.terminationLog === undefined ? {} : { [LABEL.terminationLog]: input.terminationLog }),
  };
}

/** A running container whose hash differs from its spec's is replaced. Only the image of a running pod may change (kubelet, HashContainer). */
export function containerHash(container: Container): string {
  return createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 12);
}

/** `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`; the sandbox's container is `POD`. */
export const engineName = (pod: Pod, container: string, attempt: number): string =>
  ['k8s', container, pod.metadata.name, pod.metadata.namespace, pod.metadata.uid, attempt].join('_');

type Labelled = Pick<ContainerState, 'labels'>;

/** What a container's labels say of it. */
export const isSandbox = (state: Labelled): boolean => state.labels[LABEL.type] === SANDBOX;
export const containerNameOf = (state: Labelled): string => state.labels[LABEL.containerName] ?? '';
export const podUidOf = (state: Labelled): string => state.labels[LABEL.podUid] ?? '';
export const sandboxIdOf = (state: Labelled): string => state.labels[LABEL.sandboxId] ?? '';
export const attemptOf = (state: Labelled): number => Number.parseInt(state.labels[LABEL.restartCount] ?? '0', 10) || 0;
export const isHostNetwork = (state: Labelled): boolean => state.labels[LABEL.hostNetwork] === 'true';
/** Seconds. */
export const gracePeriodOf = (state: Labelled): number => Number.parseInt(state.labels[LABEL.gracePeriod] ?? '30', 10) || 0;
