import type { KubeObject } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import { keyOf } from '../client/object-store.ts';
import { isAlreadyExists } from './api-errors.ts';
import type { EndpointSlice, EndpointSubset, ServicePort } from './core-types.ts';
import { defineController, type ControllerDefinition, type ReconcileContext } from './define-controller.ts';
import { ENDPOINT_SLICES, ENDPOINTS, NAMESPACES, refTo, SERVICES } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Where the API and the cluster DNS really listen, and the service addresses that lead there. */
export interface ClusterAddresses {
  /** IPv4 address of this machine that pods can reach. */
  readonly nodeIP: string;
  readonly apiPort: number;
  readonly dnsPort: number;
  /** First address of the service CIDR. */
  readonly kubernetesIP: string;
  /** Tenth address of the service CIDR. */
  readonly dnsIP: string;
}

/** What every cluster has from its first second on; without a key of its own it would be nobody's to restore. */
const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'openshift'];

interface SystemService {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly clusterIP: string;
  readonly ports: readonly (ServicePort & { readonly endpointPort: number })[];
}

const systemServices = (addresses: ClusterAddresses): readonly SystemService[] => [
  {
    namespace: 'default',
    name: 'kubernetes',
    labels: { component: 'apiserver', provider: 'kubernetes' },
    clusterIP: addresses.kubernetesIP,
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: addresses.apiPort, endpointPort: addresses.apiPort }],
  },
  {
    namespace: 'kube-system',
    name: 'kube-dns',
    labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
    clusterIP: addresses.dnsIP,
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: addresses.dnsPort, endpointPort: addresses.dnsPort },
      { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: addresses.dnsPort, endpointPort: addresses.dnsPort },
    ],
  },
];

/** Makes the system namespaces and the services of the API and of the cluster DNS, and restores them when they are deleted or changed. */
export function bootstrapController(addresses: ClusterAddresses): ControllerDefinition {
  const services = new Map(systemServices(addresses).map((service) => [`${service.namespace}/${service.name}`, service]));
  const ours = (object: KubeObject): readonly string[] => (services.has(keyOf(object)) ? [keyOf(object)] : []);
  return defineController({
    name: 'bootstrap-controller',
    // Keys of their own: trouble with one must not keep the others from being there.
    seeds: [...SYSTEM_NAMESPACES, ...services.keys()],
    watches: [
      { of: NAMESPACES, map: ({ metadata }) => (SYSTEM_NAMESPACES.includes(metadata.name!) ? [metadata.name!] : []) },
      { of: SERVICES, map: ours },
      { of: ENDPOINTS, map: ours },
      { of: ENDPOINT_SLICES, map: ours },
    ],
    async reconcile(key, context) {
      const service = services.get(key);
      if (service === undefined) {
        await ensure(context, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: key } });
        return;
      }
      await ensureService(context, service);
      await ensureEndpoints(context, service, addresses.nodeIP);
      await ensureSlice(context, service, addresses.nodeIP);
    },
  });
}

/** Creates the object unless the cache has it. A cache that is behind meets AlreadyExists, which is as good. */
async function ensure(
  { client, lister }: ReconcileContext,
  of: GroupVersionResource,
  object: KubeObject,
): Promise<KubeObject | undefined> {
  const { namespace, name } = object.metadata;
  const known = lister(of).get(namespace, name!);
  if (known !== undefined) return known;
  try {
    await client.create(namespace === undefined ? of : { ...of, namespace }, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  return undefined;
}

async function ensureService(context: ReconcileContext, service: SystemService): Promise<void> {
  const { namespace, name, labels, clusterIP } = service;
  const ports = service.ports.map(({ endpointPort: _port, ...port }) => port);
  const spec = { type: 'ClusterIP', clusterIP, sessionAffinity: 'None', ports };
  const known = await ensure(context, SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec,
  });
  if (known === undefined || known.metadata.deletionTimestamp !== undefined) return;
  const seen = (known['spec'].ports as ServicePort[]).map(({ name, protocol, port, targetPort }) => ({
    name,
    protocol,
    port,
    targetPort,
  }));
  if (known['spec'].clusterIP !== clusterIP) {
    // A cluster IP cannot be changed: another service CIDR was configured, or someone made a service of this name before us.
    await context.client.delete(refTo(SERVICES, known), { preconditions: { uid: known.metadata.uid! } });
    return;
  }
  if (!sameJson(seen, ports) || known['spec'].selector !== undefined) {
    const { selector: _selector, ...rest } = known['spec'];
    await context.client.update(refTo(SERVICES, known), { ...known, spec: { ...rest, ports } });
  }
}

const endpointPorts = ({ ports }: SystemService): NonNullable<EndpointSubset['ports']> =>
  ports.map(({ name, protocol, endpointPort }) => ({ name: name!, port: endpointPort, protocol: protocol! }));

async function ensureEndpoints(context: ReconcileContext, service: SystemService, ip: string): Promise<void> {
  const { namespace, name } = service;
  const subsets: EndpointSubset[] = [{ addresses: [{ ip }], ports: endpointPorts(service) }];
  // The slice below says the same: no controller must mirror these.
  const metadata = { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } };
  const known = await ensure(context, ENDPOINTS, { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets });
  if (known === undefined || sameJson(known['subsets'], subsets)) return;
  await context.client.update(refTo(ENDPOINTS, known), { ...known, subsets });
}

/** As Kubernetes' API server keeps it for itself: of the service's own name, with nobody's mark and no owner. */
async function ensureSlice(context: ReconcileContext, service: SystemService, ip: string): Promise<void> {
  const { namespace, name } = service;
  const labels = { 'kubernetes.io/service-name': name };
  const wanted: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: endpointPorts(service),
  };
  const known = await ensure(context, ENDPOINT_SLICES, wanted);
  const facts = ({ metadata, endpoints, ports }: KubeObject): unknown => [metadata.labels, endpoints, ports];
  if (known === undefined || sameJson(facts(known), facts(wanted))) return;
  const { endpoints, ports } = wanted;
  await context.client.update(refTo(ENDPOINT_SLICES, known), {
    ...known,
    metadata: { ...known.metadata, labels },
    endpoints,
    ports,
  });
}
