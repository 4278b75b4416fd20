import type { KubeObject } from '../meta.ts';

/** core/v1 ContainerStatus, as far as builds look at it. */
export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
      readonly finishedAt?: string;
    };
  };
}

/** What is told of a container of the pod; undefined while nothing is. */
export const containerStatus = (pod: KubeObject, name: string): ContainerStatus | undefined =>
  ([...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])] as ContainerStatus[]).find(
    (status) => status.name === name,
  );

/** Whether the container runs or has run. */
export function hasStarted(pod: KubeObject, name: string): boolean {
  const state = containerStatus(pod, name)?.state;
  return state?.running !== undefined || state?.terminated !== undefined;
}

/** All containers in the order in which they run. */
export const containersInOrder = (pod: KubeObject): string[] =>
  ([...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])] as { name: string }[]).map(({ name }) => name);

/** Whether none of its containers runs or will be started. */
export const hasEnded = (pod: KubeObject): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
