import type { NodePod } from '../server/pod-source.ts';
import type { ContainerUsage, NodeUsage, PodUsage, Usage } from './usage-sampler.ts';

const time = (ms: number): string => new Date(ms).toISOString();

/** The kubelet's stats/v1alpha1 Summary, as far as it is about CPU and memory. `windowNanoSeconds` is ours: over what the rate was counted. */
export function summaryOf(nodeName: string, { node, pods }: NodeUsage): object {
  return { node: { nodeName, ...figures(node) }, pods: pods.map(podSummary) };
}

function podSummary({ pod, containers }: PodUsage): object {
  const { name, namespace, uid } = pod.object.metadata;
  return {
    podRef: { name, namespace, uid },
    startTime: pod.object.status?.startTime,
    containers: containers.map((each) => ({ name: each.name, startTime: startOf(pod, each.name), ...figures(each) })),
    ...(containers.length === 0 ? {} : figures(sum(containers))),
  };
}

function figures({ at, window, cpuNanoCores, cpuNanoseconds, memoryBytes }: Usage): object {
  return {
    cpu: {
      time: time(at),
      usageNanoCores: Math.round(cpuNanoCores),
      usageCoreNanoSeconds: cpuNanoseconds,
      windowNanoSeconds: window * 1e6,
    },
    memory: { time: time(at), workingSetBytes: memoryBytes },
  };
}

/** All of a pod's containers as one. */
export function sum(containers: readonly ContainerUsage[]): Usage {
  const add = (of: (usage: Usage) => number): number => containers.reduce((total, each) => total + of(each), 0);
  return {
    at: Math.max(...containers.map(({ at }) => at)),
    window: Math.max(...containers.map(({ window }) => window)),
    cpuNanoCores: add(({ cpuNanoCores }) => cpuNanoCores),
    cpuNanoseconds: add(({ cpuNanoseconds }) => cpuNanoseconds),
    memoryBytes: add(({ memoryBytes }) => memoryBytes),
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly running?: { readonly startedAt?: string } };
}

/** RFC 3339; undefined where the status does not know. */
export function startOf({ object }: NodePod, container: string): string | undefined {
  const statuses = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].flatMap(
    (list) => (object.status?.[list] ?? []) as ContainerStatus[],
  );
  return statuses.find(({ name }) => name === container)?.state?.running?.startedAt;
}
