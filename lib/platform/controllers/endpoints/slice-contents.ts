import { isIPv6 } from 'node:net';
import {
  type EndpointAddress,
  type EndpointPort,
  type Endpoints,
  type EndpointSlice,
  isFinished,
  isReady,
  type Pod,
  type Service,
  type SliceEndpoint,
} from '../core-types.ts';
import { identityOf, ipOf, servedPorts } from './endpoint-subsets.ts';

/** What a slice holds besides its metadata. */
export type SliceContents = Pick<EndpointSlice, 'addressType' | 'endpoints'> & { ports: EndpointPort[] };

/** Behind that many addresses of one subset Kubernetes mirrors no more. */
const MAX_MIRRORED = 1000;

/**
 * All endpoints of a service, those with the same ports together, in as many parts as there are combinations of ports
 * (kubernetes pkg/endpointslice). Pods on their way out stay, as not ready, for those who want to finish with them. Never
 * empty: a service without pods has one slice that says so.
 */
export function podContents(service: Service, pods: readonly Pod[]): SliceContents[] {
  return (service.spec.ipFamilies ?? ['IPv4']).flatMap((addressType) => {
    const found = pods.flatMap((pod) => {
      const ip = isFinished(pod) ? undefined : ipOf(pod, addressType);
      if (ip === undefined) return [];
      const ports = servedPorts(pod, service.spec.ports ?? []).map(completePort);
      return [{ addressType, ports, endpoints: [podEndpoint(pod, service, ip)] }];
    });
    return found.length === 0 ? [{ addressType, ports: [], endpoints: [] }] : joined(found);
  });
}

/** The endpoints that someone wrote into a service's Endpoints by hand (kubernetes pkg/controller/endpointslicemirroring). */
export function mirroredContents({ subsets = [] }: Endpoints): SliceContents[] {
  return joined(
    subsets.flatMap((subset) => {
      const ports = (subset.ports ?? []).map(completePort);
      const all = [
        ...(subset.addresses ?? []).map((address) => mirroredEndpoint(address, true)),
        ...(subset.notReadyAddresses ?? []).map((address) => mirroredEndpoint(address, false)),
      ];
      return all.slice(0, MAX_MIRRORED).map((endpoint) => ({
        addressType: isIPv6(endpoint.addresses[0]!) ? 'IPv6' : 'IPv4',
        ports,
        endpoints: [endpoint],
      }));
    }),
  );
}

/** Contents with the same key can share slices. */
export const contentsKey = ({ addressType, ports = [] }: Pick<EndpointSlice, 'addressType' | 'ports'>): string =>
  JSON.stringify([addressType, ...ports.map(portKey).toSorted()]);

/** The same for the same pod, or hand-written address, whatever state it is in. */
export const endpointKey = ({ addresses, targetRef }: SliceEndpoint): string =>
  JSON.stringify([addresses, targetRef?.uid ?? targetRef?.name]);

const portKey = ({ name = '', protocol = 'TCP', port, appProtocol = '' }: EndpointPort): string =>
  JSON.stringify([name, protocol, port, appProtocol]);

/** In slices the name is always there, empty for the only port: kubectl describe looks ports up by it. */
const completePort = ({ name = '', protocol = 'TCP', port, appProtocol }: EndpointPort): EndpointPort => ({
  name,
  port,
  protocol,
  ...(appProtocol === undefined ? {} : { appProtocol }),
});

function podEndpoint(pod: Pod, service: Service, ip: string): SliceEndpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  return { addresses: [ip], conditions: { ready, serving, terminating }, ...identityOf(pod, service) };
}

const mirroredEndpoint = ({ ip, ...identity }: EndpointAddress, ready: boolean): SliceEndpoint => ({
  addresses: [ip],
  conditions: { ready, serving: ready, terminating: false },
  ...identity,
});

function joined(parts: readonly SliceContents[]): SliceContents[] {
  const byKey = new Map<string, SliceContents>();
  for (const part of parts) {
    const key = contentsKey(part);
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, { ...part, endpoints: [...part.endpoints] });
    else known.endpoints.push(...part.endpoints);
  }
  return [...byKey.values()];
}
