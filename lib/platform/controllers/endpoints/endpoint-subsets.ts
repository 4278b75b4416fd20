import { isIPv6 } from 'node:net';
import {
  type EndpointAddress,
  type EndpointPort,
  type EndpointSubset,
  isFinished,
  isReady,
  type Pod,
  type Service,
  type ServicePort,
} from '../core-types.ts';

/** Kubernetes truncates behind that many addresses: the object must stay of a size that every node can watch. */
const MAX_ADDRESSES = 1000;

interface Target {
  readonly address: EndpointAddress;
  readonly ready: boolean;
}

/** The subsets of a service's Endpoints, in one canonical order (kubernetes pkg/controller/endpoint and RepackSubsets). */
export function endpointSubsets(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const publishAll = service.spec.publishNotReadyAddresses === true;
  const targets = pods.flatMap((pod) => {
    const address = addressOf(pod, service, publishAll);
    return address === undefined ? [] : [{ pod, target: { address, ready: publishAll || isReady(pod) } }];
  });
  targets.sort((a, b) => order(a.target.address, b.target.address));
  // Each port with the pods that offer it; a named target port may be another number in every pod.
  const byPort = new Map<string, { port: EndpointPort | undefined; targets: Target[] }>();
  for (const { pod, target } of targets)
    for (const port of portsOf(pod, service)) {
      const key = port === undefined ? '' : portKey(port);
      const entry = byPort.get(key);
      if (entry === undefined) byPort.set(key, { port, targets: [target] });
      else entry.targets.push(target);
    }
  return repack([...byPort.values()]);
}

/** Ports that have the same addresses behind them share a subset. */
function repack(entries: readonly { port: EndpointPort | undefined; targets: Target[] }[]): EndpointSubset[] {
  const subsets = new Map<string, { ports: EndpointPort[]; targets: Target[] }>();
  for (const { port, targets } of entries) {
    const key = JSON.stringify(targets.map(({ address, ready }) => [address.ip, address.targetRef?.uid, ready]));
    const subset = subsets.get(key) ?? { ports: [], targets };
    if (port !== undefined) subset.ports.push(port);
    subsets.set(key, subset);
  }
  const made = [...subsets.values()].map(({ ports, targets }) => {
    const addresses = targets.filter(({ ready }) => ready).map(({ address }) => address);
    const notReadyAddresses = targets.filter(({ ready }) => !ready).map(({ address }) => address);
    ports.sort((a, b) => compareText(portKey(a), portKey(b)));
    return {
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
      ...(ports.length === 0 ? {} : { ports }),
    };
  });
  return made.sort((a, b) => compareText(JSON.stringify(a.ports ?? []), JSON.stringify(b.ports ?? [])));
}

function addressOf(pod: Pod, service: Service, publishAll: boolean): EndpointAddress | undefined {
  if (isFinished(pod) || (pod.metadata.deletionTimestamp !== undefined && !publishAll)) return undefined;
  // Endpoints hold the service's first family only.
  const ip = ipOf(pod, service.spec.ipFamilies?.[0] ?? 'IPv4');
  return ip === undefined ? undefined : { ip, ...identityOf(pod, service) };
}

/** What an address tells of the pod behind it: its node, itself, and the name it has below a headless service. */
export function identityOf(pod: Pod, service: Service): Omit<EndpointAddress, 'ip'> {
  const { name, namespace, uid } = pod.metadata;
  const { hostname, subdomain, nodeName } = pod.spec;
  return {
    ...(hostname !== undefined && hostname !== '' && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace: namespace!, name: name!, uid: uid! },
  };
}

/** The pod's address of a family, `IPv4` or `IPv6`. */
export function ipOf(pod: Pod, family: string): string | undefined {
  const ips = [...(pod.status?.podIPs ?? []).map(({ ip }) => ip), pod.status?.podIP ?? ''].filter((ip) => ip !== '');
  return ips.find((ip) => isIPv6(ip) === (family === 'IPv6'));
}

/** `undefined` stands for the address itself: a headless service needs no ports. */
function portsOf(pod: Pod, { spec }: Service): (EndpointPort | undefined)[] {
  const ports = spec.ports ?? [];
  if (ports.length === 0) return spec.clusterIP === 'None' ? [undefined] : [];
  return servedPorts(pod, ports);
}

/** The service's ports as the pod has them: those whose named target it does not have are left out. */
export function servedPorts(pod: Pod, ports: readonly ServicePort[]): EndpointPort[] {
  return ports.flatMap((servicePort) => {
    const port = targetPort(pod, servicePort);
    if (port === undefined) return [];
    const { name, appProtocol, protocol = 'TCP' } = servicePort;
    return [{ ...(name ? { name } : {}), port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function targetPort(pod: Pod, { targetPort, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort === 0 ? port : targetPort;
  if (targetPort === undefined || targetPort === '') return port;
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars])
    for (const one of container.ports ?? [])
      if (one.name === targetPort && (one.protocol ?? 'TCP') === protocol) return one.containerPort;
  return undefined;
}

/** The subsets cut to the size that Kubernetes allows, ready addresses first; the same when they fit. */
export function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const total = subsets.reduce(
    (sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length,
    0,
  );
  if (total <= MAX_ADDRESSES) return { subsets, truncated: false };
  let left = MAX_ADDRESSES;
  const take = (addresses: EndpointAddress[] | undefined): EndpointAddress[] => {
    const taken = (addresses ?? []).slice(0, left);
    left -= taken.length;
    return taken;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const notReady = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  const cut = subsets.map(({ ports }, n) => ({
    ...(ready[n]!.length === 0 ? {} : { addresses: ready[n]! }),
    ...(notReady[n]!.length === 0 ? {} : { notReadyAddresses: notReady[n]! }),
    ...(ports === undefined ? {} : { ports }),
  }));
  return {
    subsets: cut.filter((subset) => subset.addresses !== undefined || subset.notReadyAddresses !== undefined),
    truncated: true,
  };
}

const portKey = ({ name = '', protocol = '', port, appProtocol = '' }: EndpointPort): string =>
  `${name}\0${protocol}\0${String(port).padStart(5, '0')}\0${appProtocol}`;
const order = (a: EndpointAddress, b: EndpointAddress): number =>
  compareText(a.ip, b.ip) || compareText(a.targetRef?.uid ?? '', b.targetRef?.uid ?? '');
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
