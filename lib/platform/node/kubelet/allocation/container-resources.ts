import type { ContainerLimits } from '../../../runtime/container-runtime.ts';
import { cgroupLimits, quantityValue } from '../containers/resource-values.ts';
import type { Container, ResourceRequirements } from '../types/container-types.ts';
import { isSidecar } from '../pod-containers.ts';
import type { Pod } from '../types/pod-types.ts';

/** The resources that change while a container runs. */
const RESIZABLE = ['cpu', 'memory'] as const;
export type Resizable = (typeof RESIZABLE)[number];

/** By container name. */
export type PodResources = ReadonlyMap<string, ResourceRequirements>;

/** The containers that may be resized: all that run side by side. */
export const resizableContainers = ({ spec }: Pod): readonly Container[] => [
  ...(spec.initContainers ?? []).filter(isSidecar),
  ...spec.containers,
];

/** What each container that can be resized asks for. */
export const resourcesOf = (pod: Pod): PodResources =>
  new Map(resizableContainers(pod).map(({ name, resources = {} }) => [name, resources]));

/** The pod with what its containers have been allocated in place of what its spec asks for. */
export function withResources(pod: Pod, resources: PodResources): Pod {
  const allocated = (container: Container): Container => {
    const own = resources.get(container.name);
    return own === undefined || own === container.resources ? container : { ...container, resources: own };
  };
  const { containers, initContainers } = pod.spec;
  const spec = { ...pod.spec, containers: containers.map(allocated) };
  return { ...pod, spec: initContainers === undefined ? spec : { ...spec, initContainers: initContainers.map(allocated) } };
}

/** Whether two ask for the same, however it is written. */
export const sameResources = (a: ResourceRequirements, b: ResourceRequirements): boolean =>
  (['requests', 'limits'] as const).every((list) =>
    RESIZABLE.every((name) => valueOf(a[list]?.[name]) === valueOf(b[list]?.[name])),
  );

const valueOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : quantityValue(text));

/** What of a running container's limits is not what its container in the spec is to have. */
export function limitsToChange(container: Container, actual: ContainerLimits): readonly Resizable[] {
  const wanted = cgroupLimits(container);
  const cpu = wanted.cpuShares !== actual.cpuShares || (wanted.cpuQuota ?? 0) !== actual.cpuQuota;
  const memory = (wanted.memoryBytes ?? 0) !== actual.memoryBytes;
  return [...(cpu ? (['cpu'] as const) : []), ...(memory ? (['memory'] as const) : [])];
}

/**
 * What a running container has, for its status (kubelet: convertContainerStatusResources): what the engine shows, in the words of the spec
 * where they say the same. The engine knows no memory request: it is the allocated one.
 */
export function actualResources(container: Container, actual: ContainerLimits): ResourceRequirements {
  const { resources = {} } = container;
  const changed = new Set(limitsToChange(container, actual));
  if (changed.size === 0) return resources;
  const wanted = cgroupLimits(container);
  const requests = { ...resources.requests };
  const limits = { ...resources.limits };
  if (changed.has('cpu')) {
    if (wanted.cpuShares !== actual.cpuShares)
      setAmount(requests, 'cpu', actual.cpuShares > 2, millicores(actual.cpuShares / 1024));
    setAmount(limits, 'cpu', actual.cpuQuota > 0, millicores(actual.cpuQuota / actual.cpuPeriod));
  }
  if (changed.has('memory')) setAmount(limits, 'memory', actual.memoryBytes > 0, String(actual.memoryBytes));
  return { ...(Object.keys(limits).length === 0 ? {} : { limits }), ...(Object.keys(requests).length === 0 ? {} : { requests }) };
}

const millicores = (cores: number): string => `${Math.round(cores * 1000)}m`;

function setAmount(amounts: Record<string, string>, name: Resizable, has: boolean, amount: string): void {
  if (has) amounts[name] = amount;
  else delete amounts[name];
}
