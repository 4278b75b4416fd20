import { isIPv4 } from 'node:net';
import type { KubeObject } from '../../api/meta.ts';
import { projectNetworks } from '../../api/network/project-networks.ts';
import { parseCidr } from '../../../common/cidr.ts';
import { inCidr, PROTOCOLS, type Protocol } from '../proxy/service-ports.ts';

/** A pod of this node that has an address of its own. */
export interface NetworkPod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ip: string;
  readonly ports: readonly { readonly name: string; readonly protocol: Protocol; readonly port: number }[];
}

/** What the namespaces say of who may reach whom. */
export interface NamespaceView {
  labelsOf(namespace: string): Readonly<Record<string, string>>;
  /** See projectNetworks. */
  networkOf(namespace: string): string;
}

/** Phases of pods whose addresses are free again. */
export const FINISHED: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

/** Of two pods that claim an address, the younger one has it: the other's end has not been heard of yet. */
export function networkPods(pods: readonly KubeObject[], podCIDR: string): NetworkPod[] {
  const cidr = parseCidr(podCIDR);
  const byAddress = new Map<string, KubeObject>();
  for (const pod of pods) {
    const ip: unknown = pod.status?.podIP;
    if (typeof ip !== 'string' || !isIPv4(ip) || cidr === undefined || !inCidr(cidr, ip)) continue;
    if (pod.spec?.hostNetwork === true || FINISHED.has(pod.status?.phase as string)) continue;
    const other = byAddress.get(ip);
    if (other === undefined || age(other) < age(pod)) byAddress.set(ip, pod);
  }
  return [...byAddress].sort(([a], [b]) => (a < b ? -1 : 1)).map(([ip, pod]) => networkPod(pod, ip));
}

const age = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '';

function networkPod({ metadata, spec }: KubeObject, ip: string): NetworkPod {
  const containers = (spec?.containers ?? []) as { ports?: { name?: string; protocol?: string; containerPort?: number }[] }[];
  const ports = containers
    .flatMap((container) => container.ports ?? [])
    .map(({ name = '', protocol = 'TCP', containerPort = 0 }) => ({ name, protocol: protocolOf(protocol), port: containerPort }))
    .filter((port): port is NetworkPod['ports'][number] => port.name !== '' && port.protocol !== undefined && port.port > 0);
  return { namespace: metadata.namespace ?? '', labels: metadata.labels ?? {}, ip, ports };
}

/** Undefined for one that the kernel is not asked about. */
export const protocolOf = (name: string): Protocol | undefined => PROTOCOLS.find((each) => each === name.toLowerCase());

/** What policies ask about namespaces. */
export function namespaceView(namespaces: readonly KubeObject[]): NamespaceView {
  const labels = new Map(namespaces.map(({ metadata }) => [metadata.name!, metadata.labels]));
  return { labelsOf: (name) => labels.get(name) ?? {}, networkOf: projectNetworks(namespaces) };
}

/** An address block of a policy as nft reads it; undefined for what is no block of IPv4 addresses. */
export function ipv4Block(text: unknown): string | undefined {
  const [address = '', bits = '', ...rest] = typeof text === 'string' ? text.split('/') : [];
  if (rest.length > 0 || !isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  return `${address}/${Number(bits)}`;
}
