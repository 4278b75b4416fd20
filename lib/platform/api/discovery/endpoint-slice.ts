import { isIPv4, isIPv6 } from 'node:net';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { duplicate, immutable, invalid, notSupported, oneOf, required, tooMany } from '../validation/causes.ts';
import { isUnusableAddress } from '../validation/ip.ts';
import { dns1123Label, dns1123Subdomain } from '../validation/names.ts';

interface Endpoint {
  addresses?: string[];
  hostname?: string;
  nodeName?: string;
}

interface Port {
  name?: string;
  protocol?: string;
  port?: number;
}

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MAX_ENDPOINTS = 1000;
const MAX_PORTS = 100;
const MAX_ADDRESSES = 100;
/** How many addresses and ports a column shows. */
const SHOWN = 3;

const endpointsOf = (slice: KubeObject): Endpoint[] => slice.endpoints ?? [];
const portsOf = (slice: KubeObject): Port[] => slice.ports ?? [];

function validate(slice: KubeObject): StatusCause[] {
  const causes = oneOf('addressType', slice.addressType, ADDRESS_TYPES);
  if (endpointsOf(slice).length > MAX_ENDPOINTS) causes.push(tooMany('endpoints', endpointsOf(slice).length, MAX_ENDPOINTS));
  else
    for (const [i, endpoint] of endpointsOf(slice).entries())
      causes.push(...validateEndpoint(endpoint, slice, `endpoints[${i}]`));
  return [...causes, ...validatePorts(portsOf(slice))];
}

function validateEndpoint(endpoint: Endpoint, slice: KubeObject, path: string): StatusCause[] {
  const addresses = endpoint.addresses ?? [];
  const causes: StatusCause[] = [];
  if (addresses.length === 0) causes.push(required(`${path}.addresses`, 'must contain at least 1 address'));
  if (addresses.length > MAX_ADDRESSES) causes.push(tooMany(`${path}.addresses`, addresses.length, MAX_ADDRESSES));
  for (const [i, address] of addresses.entries())
    for (const text of addressProblems(address, slice.addressType))
      causes.push(invalid(`${path}.addresses[${i}]`, address, text));
  if (endpoint.hostname !== undefined)
    for (const text of dns1123Label(endpoint.hostname)) causes.push(invalid(`${path}.hostname`, endpoint.hostname, text));
  if (endpoint.nodeName !== undefined)
    for (const text of dns1123Subdomain(endpoint.nodeName)) causes.push(invalid(`${path}.nodeName`, endpoint.nodeName, text));
  return causes;
}

function addressProblems(address: string, type: string): string[] {
  if (type === 'FQDN') return dns1123Subdomain(address);
  if (type === 'IPv4' && !isIPv4(address)) return ['must be an IPv4 address'];
  if (type === 'IPv6' && !isIPv6(address)) return ['must be an IPv6 address'];
  return [isUnusableAddress(address) ?? []].flat();
}

function validatePorts(ports: readonly Port[]): StatusCause[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const causes: StatusCause[] = [];
  const names = new Set<string>();
  for (const [i, { name = '', protocol }] of ports.entries()) {
    if (name !== '') for (const text of dns1123Label(name)) causes.push(invalid(`ports[${i}].name`, name, text));
    if (names.has(name)) causes.push(duplicate(`ports[${i}].name`, name));
    names.add(name);
    if (protocol === undefined) causes.push(required(`ports[${i}].protocol`));
    else if (!PROTOCOLS.includes(protocol)) causes.push(notSupported(`ports[${i}].protocol`, protocol, PROTOCOLS));
  }
  return causes;
}

function listText(all: readonly string[], none: string): string {
  if (all.length === 0) return none;
  return all.length > SHOWN ? `${all.slice(0, SHOWN).join(',')} + ${all.length - SHOWN} more...` : all.join(',');
}

/** A slice of the addresses behind a service: what kubectl describe and today's proxies read. */
export const endpointSlice = defineResource({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  strategy: {
    prepareForCreate: (slice) => {
      slice.metadata.generation = 1;
    },
    validate,
    validateUpdate: (slice, old) => immutable('addressType', slice.addressType, old.addressType),
  },
  columns: [
    nameColumn,
    column('AddressType', (slice) => slice.addressType ?? ''),
    column('Ports', (slice) => {
      const ports = portsOf(slice).map(({ port, name }) => (port === undefined ? (name ?? '') : String(port)));
      return listText(ports, '<unset>');
    }),
    column('Endpoints', (slice) =>
      listText(
        endpointsOf(slice).flatMap((endpoint) => endpoint.addresses ?? []),
        '<unset>',
      ),
    ),
    ageColumn,
  ],
});
