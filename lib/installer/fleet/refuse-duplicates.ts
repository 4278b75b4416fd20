import { fleetErrors } from './fleet-errors.ts';
import type { FleetHost } from './fleet-host.ts';

/** Two names of one server would have two runs at work on it. @throws OoError HOST_TWICE */
export function refuseDuplicates(hosts: readonly Pick<FleetHost, 'name' | 'route'>[]): void {
  const byRoute = new Map<string, string>();
  for (const { name, route } of hosts) {
    const other = byRoute.get(route) ?? hosts.find((host) => host.name === name && host.route !== route)?.name;
    if (other !== undefined) throw fleetErrors.HOST_TWICE(other, name, route);
    byRoute.set(route, name);
  }
}
