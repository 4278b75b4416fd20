import type { Container } from './types/container-types.ts';
import type { Pod } from './types/pod-types.ts';

/** All containers of the spec, init containers first, ephemeral ones last. */
export const allContainers = (pod: Pod): readonly Container[] => [
  ...(pod.spec.initContainers ?? []),
  ...pod.spec.containers,
  ...(pod.spec.ephemeralContainers ?? []),
];

/** The list of the spec that a container stands in. */
export type ContainerRole = 'init' | 'main' | 'ephemeral';

/** Which list of the spec a container stands in, by its name. */
export function roleOf(pod: Pod, name: string): ContainerRole {
  const named = (container: Container): boolean => container.name === name;
  if ((pod.spec.initContainers ?? []).some(named)) return 'init';
  return (pod.spec.ephemeralContainers ?? []).some(named) ? 'ephemeral' : 'main';
}

const LISTS: Readonly<Record<ContainerRole, string>> = {
  init: 'initContainers',
  main: 'containers',
  ephemeral: 'ephemeralContainers',
};

/** Where a container stands in the spec, as events name it (core/v1 ObjectReference.fieldPath). */
export const containerFieldPath = (pod: Pod, name: string): string => `spec.${LISTS[roleOf(pod, name)]}{${name}}`;

/** An init container that keeps running beside the pod's containers. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';
