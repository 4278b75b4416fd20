import type { KubeObject } from '../../api/meta.ts';
import type { Informer } from '../../client/informer.ts';

/** A service as its names need it. */
export interface ServiceRecord {
  /** undefined for a headless service. */
  readonly clusterIP: string | undefined;
  readonly externalName: string | undefined;
  readonly ports: readonly NamedPort[];
  /** Ready ones, or all where the service publishes them. */
  readonly endpoints: readonly ServiceEndpoint[];
}

export interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

export interface ServiceEndpoint {
  readonly address: string;
  readonly hostname: string | undefined;
  readonly ports: readonly NamedPort[];
}

/** Whose name an address has: a service's own, or an endpoint's below it. */
export interface AddressOwner {
  readonly namespace: string;
  readonly service: string;
  readonly endpoint: ServiceEndpoint | undefined;
}

/** The services and their endpoints, by name and by address; always as new as the informers. */
export interface ServiceRecords {
  get(namespace: string, service: string): ServiceRecord | undefined;
  /** Whether the namespace has a service: without one nobody has a name in it. */
  hasNamespace(namespace: string): boolean;
  namesOf(address: string): readonly AddressOwner[];
}

interface EndpointSubset {
  addresses?: { ip: string; hostname?: string }[];
  ports?: { name?: string; port: number; protocol?: string }[];
}

type Source = Pick<Informer, 'lister' | 'addHandler'>;

/** Follows the informers. Records are made when asked for: most services are never asked for by most names. */
export function serviceRecords(services: Source, endpoints: Source): ServiceRecords {
  const namespaces = new Map<string, number>();
  const owners = new AddressIndex();
  const get = (namespace: string, name: string): ServiceRecord | undefined => {
    const service = services.lister.get(namespace, name);
    return service === undefined ? undefined : recordOf(service, endpoints.lister.get(namespace, name));
  };
  const index = ({ metadata }: KubeObject): void => {
    const [namespace, name] = [metadata.namespace!, metadata.name!];
    owners.set(namespace, name, get(namespace, name));
  };
  services.addHandler({
    added(service) {
      namespaces.set(service.metadata.namespace!, (namespaces.get(service.metadata.namespace!) ?? 0) + 1);
      index(service);
    },
    updated: index,
    deleted(service) {
      const left = (namespaces.get(service.metadata.namespace!) ?? 1) - 1;
      if (left > 0) namespaces.set(service.metadata.namespace!, left);
      else namespaces.delete(service.metadata.namespace!);
      index(service);
    },
  });
  endpoints.addHandler({ added: index, updated: index, deleted: index });
  return { get, hasNamespace: (namespace) => namespaces.has(namespace), namesOf: (address) => owners.of(address) };
}

function recordOf({ spec }: KubeObject, endpoints: KubeObject | undefined): ServiceRecord {
  const clusterIP: unknown = spec.clusterIP;
  const subsets = (endpoints?.subsets ?? []) as EndpointSubset[];
  return {
    clusterIP: typeof clusterIP === 'string' && clusterIP !== '' && clusterIP !== 'None' ? clusterIP : undefined,
    externalName: spec.type === 'ExternalName' ? (spec.externalName as string) : undefined,
    ports: namedPorts(spec.ports as EndpointSubset['ports']),
    endpoints: subsets.flatMap((subset) => {
      const ports = namedPorts(subset.ports);
      return (subset.addresses ?? []).map(({ ip, hostname }) => ({ address: ip, hostname, ports }));
    }),
  };
}

const namedPorts = (ports: EndpointSubset['ports']): NamedPort[] =>
  (ports ?? []).map(({ name, port, protocol }) => ({ name: name ?? '', port, protocol: protocol ?? 'TCP' }));

/** Addresses to the names that lead there, and back, so that a change takes exactly its own entries away. */
class AddressIndex {
  readonly #owners = new Map<string, AddressOwner[]>();
  readonly #addresses = new Map<string, readonly string[]>();

  of(address: string): readonly AddressOwner[] {
    return this.#owners.get(address) ?? [];
  }

  set(namespace: string, service: string, record: ServiceRecord | undefined): void {
    const key = `${namespace}/${service}`;
    for (const address of this.#addresses.get(key) ?? []) {
      const left = this.of(address).filter((owner) => owner.namespace !== namespace || owner.service !== service);
      if (left.length > 0) this.#owners.set(address, left);
      else this.#owners.delete(address);
    }
    const entries = record === undefined || record.externalName !== undefined ? [] : addressesOf(record);
    for (const { address, endpoint } of entries)
      this.#owners.set(address, [...this.of(address), { namespace, service, endpoint }]);
    if (entries.length > 0)
      this.#addresses.set(
        key,
        entries.map(({ address }) => address),
      );
    else this.#addresses.delete(key);
  }
}

function addressesOf({ clusterIP, endpoints }: ServiceRecord): { address: string; endpoint: ServiceEndpoint | undefined }[] {
  if (clusterIP !== undefined) return [{ address: clusterIP, endpoint: undefined }];
  return endpoints.map((endpoint) => ({ address: endpoint.address, endpoint }));
}
