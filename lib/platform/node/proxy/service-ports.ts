import { isIPv4 } from 'node:net';
import { connectionsPerClient } from '../../api/core/service/connection-limit.ts';
import type { KubeObject } from '../../api/meta.ts';
import { type Cidr, cidrsOverlap, parseCidr } from '../../../common/cidr.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';
export const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'sctp'];

export interface ServiceEndpoint {
  readonly ip: string;
  readonly port: number;
  /** On this node. */
  readonly local: boolean;
}

/** One port of one Service, with what the kernel needs to know of it. Every address and port is checked. */
export interface ServicePort {
  /** `namespace/name:port/protocol`, unique. */
  readonly key: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly clusterIPs: readonly string[];
  /** spec.externalIPs and the load balancer's addresses. */
  readonly externalIPs: readonly string[];
  readonly nodePort: number | undefined;
  /** externalTrafficPolicy Local: from outside only to endpoints of this node, with the client's own address. */
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
  /** sessionAffinity ClientIP: for so long. */
  readonly affinitySeconds: number | undefined;
  /** TCP connections that one client may have to it. */
  readonly perClient: number | undefined;
  /** Ready ones, sorted, each once. */
  readonly endpoints: readonly ServiceEndpoint[];
}

/** How to tell which endpoints are on this node. */
export interface NodeView {
  readonly podCIDR: string;
  readonly nodeAddresses: readonly string[];
}

const DEFAULT_AFFINITY_SECONDS = 10_800;
const MAX_AFFINITY_SECONDS = 86_400;

/** The service ports that the kernel forwards: not headless ones, not ExternalName, IPv4 only. Sorted by key. */
export function servicePorts(
  services: readonly KubeObject[],
  endpointsOf: (namespace: string, name: string) => KubeObject | undefined,
  node: NodeView,
): ServicePort[] {
  const isLocal = localityOf(node);
  const ports: ServicePort[] = [];
  for (const service of services) {
    const { namespace = '', name = '' } = service.metadata;
    const spec = objectOf(service.spec);
    if (spec.type === 'ExternalName') continue;
    const clusterIPs = addresses(Array.isArray(spec.clusterIPs) ? spec.clusterIPs : [spec.clusterIP]);
    if (clusterIPs.length === 0) continue;
    const balancer = objectOf(objectOf(service.status).loadBalancer).ingress;
    const ingress = Array.isArray(balancer) ? balancer.map((each) => objectOf(each).ip) : [];
    const externalIPs = addresses([...(Array.isArray(spec.externalIPs) ? spec.externalIPs : []), ...ingress]);
    const endpoints = endpointsOf(namespace, name);
    for (const each of Array.isArray(spec.ports) ? spec.ports : []) {
      const port = objectOf(each);
      const protocol = String(port.protocol ?? 'TCP').toLowerCase() as Protocol;
      if (!PROTOCOLS.includes(protocol) || !isPort(port.port)) continue;
      const portName = typeof port.name === 'string' ? port.name : '';
      ports.push({
        key: `${namespace}/${name}:${portName === '' ? String(port.port) : portName}/${protocol}`,
        protocol,
        port: port.port,
        clusterIPs,
        externalIPs,
        nodePort: isPort(port.nodePort) ? port.nodePort : undefined,
        externalLocal: spec.externalTrafficPolicy === 'Local',
        internalLocal: spec.internalTrafficPolicy === 'Local',
        affinitySeconds: affinity(spec),
        perClient: connectionsPerClient(service),
        endpoints: readyEndpoints(endpoints, portName, protocol, isLocal),
      });
    }
  }
  return ports.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function affinity(spec: Record<string, unknown>): number | undefined {
  if (spec.sessionAffinity !== 'ClientIP') return undefined;
  const seconds = objectOf(objectOf(spec.sessionAffinityConfig).clientIP).timeoutSeconds;
  const valid = Number.isInteger(seconds) && (seconds as number) > 0 && (seconds as number) <= MAX_AFFINITY_SECONDS;
  return valid ? (seconds as number) : DEFAULT_AFFINITY_SECONDS;
}

function readyEndpoints(
  object: KubeObject | undefined,
  portName: string,
  protocol: Protocol,
  isLocal: (ip: string) => boolean,
): ServiceEndpoint[] {
  const found = new Map<string, ServiceEndpoint>();
  const subsets: unknown = object?.subsets;
  for (const each of Array.isArray(subsets) ? subsets : []) {
    const subset = objectOf(each);
    for (const candidate of Array.isArray(subset.ports) ? subset.ports : []) {
      const port = objectOf(candidate);
      const sameName = (typeof port.name === 'string' ? port.name : '') === portName;
      const sameProtocol = String(port.protocol ?? 'TCP').toLowerCase() === protocol;
      if (!sameName || !sameProtocol || !isPort(port.port)) continue;
      const ips = Array.isArray(subset.addresses) ? subset.addresses.map((address) => objectOf(address).ip) : [];
      for (const ip of addresses(ips)) found.set(`${ip}:${port.port}`, { ip, port: port.port, local: isLocal(ip) });
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

function localityOf(node: NodeView): (ip: string) => boolean {
  const pods = parseCidr(node.podCIDR);
  return (ip) => node.nodeAddresses.includes(ip) || (pods !== undefined && inCidr(pods, ip));
}

/** Whether an IPv4 address is in the block. */
export function inCidr(cidr: Cidr, ip: string): boolean {
  const address = parseCidr(`${ip}/32`);
  return address !== undefined && cidrsOverlap(cidr, address);
}

/** The IPv4 unicast addresses among the values, each once. Loopback and link-local ones are never a service's. */
function addresses(values: readonly unknown[]): string[] {
  const valid = values.filter(
    (value): value is string =>
      typeof value === 'string' && isIPv4(value) && !/^(0|127|169\.254|22[4-9]|23\d|24\d|25\d)\./.test(value),
  );
  return [...new Set(valid)].sort();
}

const isPort = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65536;

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
