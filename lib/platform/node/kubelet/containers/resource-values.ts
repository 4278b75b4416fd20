import type { Container, ResourceFieldSelector } from '../types/container-types.ts';
import type { Pod } from '../types/pod-types.ts';
import type { QosClass } from '../types/pod-status-types.ts';

const SUFFIX: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // prettier-ignore

/** A resource.Quantity as a number: exact enough for cgroups, whose values are far below 2^53. NaN for what is none. */
export function quantityValue(text: string): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text.trim());
  if (match === null) return Number.NaN;
  const [, digits = '', exponent = '', suffix = ''] = match;
  return Number(`${digits}${exponent}`) * (SUFFIX[suffix] ?? Number.NaN);
}

const amount = (values: Readonly<Record<string, string>> | undefined, resource: string): number | undefined => {
  const text = values?.[resource];
  return text === undefined ? undefined : quantityValue(text);
};

/** A request defaults to the limit. */
const requestOf = (container: Container, resource: string): number =>
  amount(container.resources?.requests, resource) ?? amount(container.resources?.limits, resource) ?? 0;

const MIN_SHARES = 2;
const SHARES_PER_CPU = 1024;
/** 100 ms, kubelet's cpuCFSQuotaPeriod; the kernel takes no quota under 1 ms. */
const QUOTA_PERIOD = 100_000;
const MIN_QUOTA = 1000;

export interface CgroupLimits {
  readonly cpuShares: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly memoryBytes?: number;
}

/** What the kernel is told (kubelet: MilliCPUToShares, MilliCPUToQuota). */
export function cgroupLimits(container: Container): CgroupLimits {
  const cpuLimit = amount(container.resources?.limits, 'cpu');
  const memory = amount(container.resources?.limits, 'memory');
  const millis = Math.ceil(requestOf(container, 'cpu') * 1000);
  return {
    cpuShares: Math.max(MIN_SHARES, Math.floor((millis * SHARES_PER_CPU) / 1000)),
    ...(cpuLimit === undefined || cpuLimit === 0
      ? {}
      : {
          cpuQuota: Math.max(MIN_QUOTA, Math.floor(Math.ceil(cpuLimit * 1000) * (QUOTA_PERIOD / 1000))),
          cpuPeriod: QUOTA_PERIOD,
        }),
    ...(memory === undefined || memory === 0 ? {} : { memoryBytes: Math.ceil(memory) }),
  };
}

const COMPUTE = ['cpu', 'memory'] as const;

/** kubelet: qos.ComputePodQOS. */
export function qosClass(pod: Pod): QosClass {
  let any = false;
  let guaranteed = true;
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const resource of COMPUTE) {
      const request = requestOf(container, resource);
      const limit = amount(container.resources?.limits, resource) ?? 0;
      if (request > 0 || limit > 0) any = true;
      if (limit === 0 || request !== limit) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const GUARANTEED_OOM_SCORE = -997;
const BEST_EFFORT_OOM_SCORE = 1000;

/** kubelet: qos.GetContainerOOMScoreAdjust. The more of its memory a container asked for, the later it is killed. */
export function oomScoreAdjust(pod: Pod, container: Container, nodeMemory: number): number {
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return GUARANTEED_OOM_SCORE;
  if (qos === 'BestEffort') return BEST_EFFORT_OOM_SCORE;
  const score = Math.floor(1000 - (1000 * requestOf(container, 'memory')) / nodeMemory);
  if (score < 1000 + GUARANTEED_OOM_SCORE) return 1000 + GUARANTEED_OOM_SCORE;
  return score === BEST_EFFORT_OOM_SCORE ? score - 1 : score;
}

/** What the node has, for containers without a limit: cores, bytes. */
export interface NodeCapacity {
  readonly cpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
}

/** The value of a resourceFieldRef as text, rounded up to the divisor (kubelet: ExtractContainerResourceValue). */
export function resourceFieldValue(
  pod: Pod,
  from: Container | undefined,
  ref: ResourceFieldSelector,
  node: NodeCapacity,
): string {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const container = ref.containerName ? containers.find((one) => one.name === ref.containerName) : from;
  if (container === undefined) throw new Error(`container ${ref.containerName ?? ''} not found`);
  const [kind, resource] = [ref.resource.slice(0, ref.resource.indexOf('.')), ref.resource.slice(ref.resource.indexOf('.') + 1)];
  const capacity: Readonly<Record<string, number>> = {
    cpu: node.cpu,
    memory: node.memory,
    'ephemeral-storage': node.ephemeralStorage,
  };
  const limit = amount(container.resources?.limits, resource) || capacity[resource];
  const value = kind === 'limits' ? limit : kind === 'requests' ? requestOf(container, resource) : undefined;
  if (value === undefined) throw new Error(`unsupported container resource : ${ref.resource}`);
  const divisor = ref.divisor === undefined || ref.divisor === '0' ? 1 : quantityValue(ref.divisor);
  // cpu is counted in millicores, so that a divisor of 1m gives 250 and not 250.00000000000003.
  const scaled = resource === 'cpu' ? Math.ceil(value * 1000) / Math.round(divisor * 1000) : value / divisor;
  return String(Math.ceil(scaled));
}
