import type { Route } from '../api/route/route-types.ts';
import { keyOf } from '../client/object-store.ts';
import { ROUTER_NAME } from './router-settings.ts';

/** Why a route is not served, in the words of OpenShift's router. */
export interface Refusal {
  readonly reason: 'HostAlreadyClaimed' | 'RouteNotAdmitted' | 'ExtendedValidationFailed';
  readonly message: string;
}

export interface Claims {
  readonly admitted: readonly Route[];
  /** By `namespace/name`. */
  readonly refused: ReadonlyMap<string, Refusal>;
}

/**
 * Who may have which host: the oldest route's project has it, and in a project the oldest route has a path of it. `unfit` are those that cannot
 * be served whatever they claim; they keep nothing from others. (openshift/router: host_admitter, unique_host)
 */
export function judgeClaims(routes: readonly Route[], unfit: (route: Route) => Refusal | undefined): Claims {
  const refused = new Map<string, Refusal>();
  const admitted: Route[] = [];
  const hosts = new Map<string, Route>();
  const places = new Map<string, Route>();
  for (const route of routes.toSorted(byAge)) {
    const { host = '', path = '' } = route.spec;
    const problem = unfit(route);
    const holder = hosts.get(host);
    const place = `${host} ${path.replace(/\/+$/, '')}`;
    const twin = places.get(place);
    if (problem !== undefined) refused.set(keyOf(route), problem);
    else if (holder !== undefined && holder.metadata.namespace !== route.metadata.namespace)
      // Whose it is is nobody else's business.
      refused.set(keyOf(route), claimed(`a route in another namespace holds ${host} and is older than ${route.metadata.name}`));
    else if (twin !== undefined)
      refused.set(keyOf(route), claimed(`route ${twin.metadata.name} already exposes ${host}${path} and is older`));
    else {
      if (holder === undefined) hosts.set(host, route);
      places.set(place, route);
      admitted.push(route);
    }
  }
  return { admitted, refused };
}

const claimed = (message: string): Refusal => ({ reason: 'HostAlreadyClaimed', message });

/** Times of creation are whole seconds: within one, whoever is served goes on being served, and then some order that stays. */
function byAge(a: Route, b: Route): number {
  const [left, right] = [a, b].map(
    (route) => `${route.metadata.creationTimestamp ?? ''} ${isServed(route) ? 0 : 1} ${route.metadata.uid ?? ''}`,
  ) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}

const isServed = ({ spec, status }: Route): boolean =>
  (status?.ingress ?? []).some(
    ({ routerName, host, conditions = [] }) =>
      routerName === ROUTER_NAME &&
      host === spec.host &&
      conditions.some(({ type, status }) => type === 'Admitted' && status === 'True'),
  );
