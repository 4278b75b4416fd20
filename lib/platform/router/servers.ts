import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { KubeObject } from '../api/meta.ts';
import type { Route, RouteTarget } from '../api/route/route-types.ts';

/** One pod behind a route. */
export interface Server {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** 0 to 256, against the other servers. */
  readonly weight: number;
  /** What a cookie says to come back here. */
  readonly mark: string;
}

interface Slice extends KubeObject {
  readonly addressType?: string;
  readonly endpoints?: readonly { readonly addresses: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[];
}

/** The endpoint slices of a service. */
export type SlicesOf = (namespace: string, service: string) => readonly KubeObject[];

const HEAVIEST = 256;

/**
 * The pods behind a route. Weights are of services, however many pods they have: each pod gets its part, and the heaviest 256
 * (openshift/router: calculateServiceWeights).
 */
export function serversOf(route: Route, slicesOf: SlicesOf): Server[] {
  const { to, alternateBackends = [], port } = route.spec;
  const parts = [to, ...alternateBackends].map((target) => ({
    target,
    pods: podsOf(route.metadata.namespace!, target, port?.targetPort, slicesOf),
  }));
  const shares = parts.map(({ target: { weight = 100 }, pods }) => (pods.length === 0 ? 0 : weight / pods.length));
  const most = Math.max(...shares);
  return parts.flatMap(({ target, pods }, i) => {
    const weight = shares[i] === 0 ? 0 : Math.max(1, Math.round((shares[i]! * HEAVIEST) / most));
    return pods.map(({ address, port: number }) => ({
      name: `pod:${target.name}:${address}:${number}`,
      address,
      port: number,
      weight,
      mark: createHash('sha256').update(`${route.metadata.uid} ${target.name} ${address}:${number}`).digest('hex').slice(0, 32),
    }));
  });
}

function podsOf(
  namespace: string,
  { name }: RouteTarget,
  targetPort: string | number | undefined,
  slicesOf: SlicesOf,
): { readonly address: string; readonly port: number }[] {
  const found = new Map<string, { address: string; port: number }>();
  for (const slice of slicesOf(namespace, name) as readonly Slice[]) {
    const ports = (slice.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP');
    const number = portOf(ports, targetPort);
    if (slice.addressType !== 'IPv4' || number === undefined) continue;
    for (const { addresses, conditions } of slice.endpoints ?? [])
      for (const address of addresses)
        if (conditions?.ready !== false && isOutside(address)) found.set(`${address}:${number}`, { address, port: number });
  }
  return [...found.values()].sort((a, b) => (`${a.address}:${a.port}` < `${b.address}:${b.port}` ? -1 : 1));
}

/** A route names a port of the service, or the pods' number of one; the first one otherwise. */
function portOf(ports: NonNullable<Slice['ports']>, wanted: string | number | undefined): number | undefined {
  const found =
    wanted === undefined
      ? ports[0]
      : (ports.find(({ name }) => name === wanted) ?? ports.find(({ port }) => String(port) === String(wanted)));
  return found?.port;
}

/** Slices are their writers': an address must not lead the router to itself or to its machine's metadata. */
const isOutside = (address: string): boolean => isIPv4(address) && !/^(0|127|169\.254|2(2[4-9]|[3-5]\d))\./.test(address);
