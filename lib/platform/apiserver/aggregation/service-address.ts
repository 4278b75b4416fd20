import { randomInt } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { ServiceReference } from '../../api/apiregistration/api-service.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';

const SERVICES = { group: '', plural: 'services', namespaced: true } as const;
const SLICES = { group: 'discovery.k8s.io', plural: 'endpointslices', namespaced: true } as const;
const SERVICE_NAME = 'kubernetes.io/service-name';

/** Where to connect. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

interface Slice {
  readonly endpoints?: readonly { readonly addresses?: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[];
}

/**
 * Where a service answers: one of its ready endpoints, so that this works where no proxy for services runs, or the name that
 * stands outside (apiserver's pkg/util/proxy). Throws an Error that says what is missing.
 */
export function serviceAddress(cache: ObjectCache, { namespace, name, port }: Required<ServiceReference>): Address {
  const service = cache.resource(resourcePrefix(SERVICES)).get(objectKey(SERVICES, namespace, name))?.object;
  if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  if (service.spec?.type === 'ExternalName') return outside(service.spec.externalName ?? '', port);
  const found = ((service.spec?.ports ?? []) as { port?: number; name?: string }[]).find((each) => each.port === port);
  if (found === undefined)
    throw new Error(`no service port ${port} found for service ${JSON.stringify(name)} in ${JSON.stringify(namespace)}`);
  const ready = slicesOf(cache, namespace, name).flatMap((slice) => addresses(slice, found.name ?? ''));
  if (ready.length > 0) return ready[randomInt(ready.length)]!;
  throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
}

function slicesOf(cache: ObjectCache, namespace: string, service: string): Slice[] {
  const slices = cache.resource(resourcePrefix(SLICES));
  return slices
    .snapshot(objectKey(SLICES, namespace, ''))
    .filter(({ object }) => object.metadata.labels?.[SERVICE_NAME] === service)
    .map(({ object }: { readonly object: KubeObject }) => object as unknown as Slice);
}

function addresses({ endpoints = [], ports = [] }: Slice, portName: string): Address[] {
  const port = ports.find((each) => (each.name ?? '') === portName && (each.protocol ?? 'TCP') === 'TCP')?.port;
  if (port === undefined) return [];
  return endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses: [host] = [] }) => (host !== undefined && mayConnect(host) ? [{ host, port }] : []));
}

/** This machine's own services and the cloud's are nobody's extension servers; endpoints may not name them either. */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('127.0.0.0', 8);
FORBIDDEN.addSubnet('169.254.0.0', 16);
FORBIDDEN.addSubnet('0.0.0.0', 8);
FORBIDDEN.addAddress('::1', 'ipv6');
FORBIDDEN.addAddress('::', 'ipv6');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');

/** Whether an address may be connected to for a service. */
export const mayConnect = (address: string): boolean =>
  isIP(address) !== 0 && !FORBIDDEN.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

function outside(host: string, port: number): Address {
  if (host === '') throw new Error('the service names no external name');
  if (isIP(host) !== 0 && !mayConnect(host)) throw new Error(`the external name ${host} may not be connected to`);
  return { host, port };
}
