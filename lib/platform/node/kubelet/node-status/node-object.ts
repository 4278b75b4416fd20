import { rfc3339 } from '../../../../common/clock.ts';
import type { KubeObject } from '../../../api/meta.ts';
import { LOCAL_VOLUMES_FOLDER } from '../../../api/storage/local-volumes.ts';
import type { ImageInfo } from '../../../runtime/container-runtime.ts';
import { isRelayName } from '../../builds/relay-name.ts';
import type { NodeCapacity } from '../containers/resource-values.ts';
import { architecture, type Pressures, resourceLists, type SystemInfo } from './node-facts.ts';
import { isPlatformImage } from '../../../runtime/image-reference.ts';

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly lastHeartbeatTime: string;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

export interface NodeFacts {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly podCIDR: string;
  readonly port: number;
  readonly maxPods: number;
  /** Where this node keeps volumes that are folders. */
  readonly volumesDir: string;
  readonly capacity: NodeCapacity;
  readonly system: SystemInfo;
  readonly version: string;
  /** `docker://20.10.24`; undefined while the engine does not answer. */
  readonly runtimeVersion: string | undefined;
  readonly images: readonly ImageInfo[];
  readonly pressures: Pressures;
  /** Why the node is not ready; undefined: it is. */
  readonly notReady: string | undefined;
  readonly now: number;
}

/** The labels that every node has. */
export const nodeLabelsOf = (name: string): Record<string, string> => ({
  'beta.kubernetes.io/arch': architecture(),
  'beta.kubernetes.io/os': 'linux',
  'kubernetes.io/arch': architecture(),
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': 'linux',
});

/** Whoever makes volumes for this node must know where. */
export const nodeAnnotationsOf = ({ volumesDir }: NodeFacts): Record<string, string> => ({ [LOCAL_VOLUMES_FOLDER]: volumesDir });

/** The node as the kubelet registers it, ready or not by its facts. */
export const newNode = (facts: NodeFacts): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: facts.name, labels: nodeLabelsOf(facts.name), annotations: nodeAnnotationsOf(facts) },
  spec: { podCIDR: facts.podCIDR, podCIDRs: [facts.podCIDR] },
  status: nodeStatus(facts, []),
});

/** kubelet: nodeStatusMaxImages, the largest first; but before all of them those of the platform, by which it knows what it can run. */
const MAX_IMAGES = 50;

function imageList(images: readonly ImageInfo[]): { names: string[]; sizeBytes: number }[] {
  const isOwn = ({ names }: { readonly names: readonly string[] }): number => Number(names.some(isPlatformImage));
  return images
    .map(({ tags, digests, size }) => ({ names: [...digests, ...tags].filter((name) => !isRelayName(name)), sizeBytes: size }))
    .filter(({ names }) => names.length > 0)
    .sort((a, b) => isOwn(b) - isOwn(a) || b.sizeBytes - a.sizeBytes)
    .slice(0, MAX_IMAGES);
}

/** The part of `status` that is told again and again; `known` are the conditions that the API has, whose times are kept while nothing changes. */
export function nodeStatus(facts: NodeFacts, known: readonly NodeCondition[]): Record<string, unknown> {
  return {
    ...resourceLists(facts.capacity, facts.maxPods),
    conditions: nodeConditions(facts, known),
    addresses: [
      ...facts.addresses.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: facts.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    nodeInfo: {
      ...facts.system,
      containerRuntimeVersion: facts.runtimeVersion ?? 'docker://unknown',
      kubeletVersion: facts.version,
      kubeProxyVersion: facts.version,
    },
    images: imageList(facts.images),
  };
}

type Verdict = readonly [type: string, status: boolean, reason: string, message: string];

/** kubelet's own conditions, in its words; those of others (NetworkUnavailable) are kept. */
export function nodeConditions(facts: NodeFacts, known: readonly NodeCondition[]): NodeCondition[] {
  const { pressures, notReady, now } = facts;
  const verdicts: Verdict[] = [
    pressures.memory
      ? ['MemoryPressure', true, 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available']
      : ['MemoryPressure', false, 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    pressures.disk
      ? ['DiskPressure', true, 'KubeletHasDiskPressure', 'kubelet has disk pressure']
      : ['DiskPressure', false, 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    pressures.pids
      ? ['PIDPressure', true, 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available']
      : ['PIDPressure', false, 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    notReady === undefined
      ? ['Ready', true, 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', false, 'KubeletNotReady', notReady],
  ];
  const stamp = rfc3339(now);
  const own = verdicts.map(([type, is, reason, message]): NodeCondition => {
    const status = is ? 'True' : 'False';
    const before = known.find((condition) => condition.type === type);
    return {
      type,
      status,
      lastHeartbeatTime: stamp,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : stamp,
      reason,
      message,
    };
  });
  return [...known.filter((condition) => !verdicts.some(([type]) => type === condition.type)), ...own];
}
