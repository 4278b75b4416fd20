import type { KubeObject } from '../api/meta.ts';
import { ROUTER_PUBLIC } from '../api/route/router-public.ts';
import { isNotFound, isReason } from '../api/status-error.ts';
import type { Client } from './client.ts';

/** What a route's address is read from. */
export interface AddressedRoute extends KubeObject {
  spec: { host?: string; path?: string; tls?: object };
  status?: { ingress?: { host?: string; conditions?: { type: string; status: string }[] }[] };
}

/** The router's ports on its machine, as URLs have them: '' where a scheme implies it. */
export interface RouterPorts {
  readonly http: string;
  readonly https: string;
}

/** Of the ConfigMap that the router's controller writes for everybody; a platform whose router tells nothing has the usual ones. */
export async function routerPorts(client: Pick<Client, 'get'>): Promise<RouterPorts> {
  const ref = { group: '', version: 'v1', resource: 'configmaps', ...ROUTER_PUBLIC };
  const { data = {} } = await client.get<KubeObject & { data?: Record<string, string> }>(ref).catch((error: unknown) => {
    if (isNotFound(error) || isReason(error, 'Forbidden')) return { data: {} };
    throw error;
  });
  const told = (scheme: 'http' | 'https', usual: string): string => {
    const port = (data as Record<string, string>)[scheme];
    return port === undefined || port === usual || !/^\d{1,5}$/.test(port) ? '' : `:${port}`;
  };
  return { http: told('http', '80'), https: told('https', '443') };
}

/** Where a browser finds what is behind the route; undefined while no router has admitted it. */
export function routeUrl(route: AddressedRoute | undefined, ports: RouterPorts): string | undefined {
  const admitted = route?.status?.ingress?.find(({ conditions }) =>
    conditions?.some(({ type, status }) => type === 'Admitted' && status === 'True'),
  );
  if (route === undefined || admitted?.host === undefined) return undefined;
  const scheme = route.spec.tls === undefined ? 'http' : 'https';
  return `${scheme}://${admitted.host}${ports[scheme]}${route.spec.path ?? '/'}`;
}
