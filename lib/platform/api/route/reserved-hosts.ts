import { isIPv4 } from 'node:net';
import type { KubeObject } from '../meta.ts';
import type { StrategyContext } from '../strategy.ts';
import { newInvalid } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';

/** Ours, as OpenShift's `routes/custom-host`: no role of a project has it. */
const RIGHT = { verb: 'create', group: 'route.openshift.io', version: 'v1', resource: 'routes', subresource: 'reserved-host' };

const WAY_OUT = 'or ask an administrator for the right to create routes/reserved-host (route.openshift.io)';

/** A host that an object asks for, and where it does. */
export interface AskedHost {
  readonly field: string;
  readonly host: string;
}

/**
 * Keeps hosts that the platform itself answers at from applications. Browsers tell ports of a host apart neither for cookies nor for HSTS, and a client that leaves
 * the API's port out comes to the router: whoever has such a route is sent logins and tokens. An address is never a project's: the API answers at all of this
 * machine's, and those by which others reach it are in no configuration. What an object has already, `had`, stays. Throws 422.
 */
export async function refuseReservedHosts(
  kind: { readonly group: string; readonly kind: string },
  { metadata }: KubeObject,
  asked: readonly AskedHost[],
  had: readonly (string | undefined)[],
  { access, user, settings: { routes } }: StrategyContext,
): Promise<void> {
  const causes = asked
    .filter(({ host }) => !had.includes(host))
    .flatMap(({ field, host }) => {
      if (isIPv4(host)) return [invalid(field, host, `must be a DNS name, not an IP address; name one, ${WAY_OUT}`)];
      if (!routes.reservedHosts.includes(host)) return [];
      const why = 'the platform itself answers at this host and you do not have permission to take it';
      return [invalid(field, host, `${why}: name another, such as one below ${routes.domain}, ${WAY_OUT}`)];
    });
  if (causes.length === 0 || (await access.authorize(user, { ...RIGHT, namespace: metadata.namespace! })).allowed) return;
  throw newInvalid(kind, metadata.name ?? '', causes);
}
