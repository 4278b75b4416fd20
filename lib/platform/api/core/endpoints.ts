import { isIP } from 'node:net';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notSupported, required } from '../validation/causes.ts';
import { dns1123Label, dns1123Subdomain, portNumber } from '../validation/names.ts';
import { isLoopback, isUnusableAddress } from '../validation/ip.ts';

interface Subset {
  addresses?: Address[];
  notReadyAddresses?: Address[];
  ports?: { name?: string; port: number; protocol?: string }[];
}

interface Address {
  ip: string;
  hostname?: string;
  nodeName?: string;
}

const subsetsOf = (object: KubeObject): Subset[] => object.subsets ?? [];

function validate(object: KubeObject): StatusCause[] {
  return subsetsOf(object).flatMap((subset, i) => {
    const path = `subsets[${i}]`;
    const causes: StatusCause[] = [];
    if (!subset.addresses?.length && !subset.notReadyAddresses?.length)
      causes.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
    for (const list of ['addresses', 'notReadyAddresses'] as const)
      for (const [j, address] of (subset[list] ?? []).entries())
        causes.push(...validateAddress(address, `${path}.${list}[${j}]`));
    const needsNames = (subset.ports?.length ?? 0) > 1;
    for (const [j, port] of (subset.ports ?? []).entries()) {
      const at = `${path}.ports[${j}]`;
      if (port.name) for (const text of dns1123Label(port.name)) causes.push(invalid(`${at}.name`, port.name, text));
      else if (needsNames) causes.push(required(`${at}.name`));
      for (const text of portNumber(port.port)) causes.push(invalid(`${at}.port`, port.port, text));
      if (!['TCP', 'UDP', 'SCTP'].includes(port.protocol ?? ''))
        causes.push(notSupported(`${at}.protocol`, port.protocol ?? '', ['SCTP', 'TCP', 'UDP']));
    }
    return causes;
  });
}

function validateAddress(address: Address, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (isIP(address.ip ?? '') === 0)
    causes.push(invalid(`${path}.ip`, address.ip ?? '', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
  else if (isLoopback(address.ip))
    causes.push(invalid(`${path}.ip`, address.ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  else if (isUnusableAddress(address.ip) !== undefined)
    causes.push(invalid(`${path}.ip`, address.ip, isUnusableAddress(address.ip)!));
  if (address.hostname)
    for (const text of dns1123Label(address.hostname)) causes.push(invalid(`${path}.hostname`, address.hostname, text));
  if (address.nodeName)
    for (const text of dns1123Subdomain(address.nodeName)) causes.push(invalid(`${path}.nodeName`, address.nodeName, text));
  return causes;
}

/** At most three, then how many more. */
function endpointsText(object: KubeObject): string {
  const all = subsetsOf(object).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`))),
  );
  if (all.length === 0) return '<none>';
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',');
}

export const endpoints = defineResource({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Endpoints',
  strategy: { validate },
  columns: [nameColumn, column('Endpoints', endpointsText), ageColumn],
});
