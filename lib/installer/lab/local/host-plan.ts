import type { FoundHost } from './found-hosts.ts';
import type { WantedHost } from './host-ports.ts';

/** What is to be done about one host. */
export type HostStep =
  | { readonly do: 'create' | 'replace'; readonly host: PlannedHost }
  | { readonly do: 'keep' | 'start'; readonly host: PlannedHost; readonly id: string }
  | { readonly do: 'remove'; readonly name: string };

/** A wanted host, with the hash of what its container is made of. */
export interface PlannedHost extends WantedHost {
  readonly made: string;
}

/**
 * What has to be done so that what was found becomes what is wanted. A container that was never started is made anew: it was cut off before it
 * had its seed. One that was made of something else cannot be changed, and is replaced.
 */
export function planHosts(wanted: readonly PlannedHost[], found: readonly FoundHost[]): readonly HostStep[] {
  const byName = new Map(found.map((host) => [host.name, host]));
  const steps = wanted.map((host): HostStep => {
    const there = byName.get(host.name);
    if (there === undefined || there.state === 'created') return { do: 'create', host };
    if (there.made !== host.made) return { do: 'replace', host };
    return { do: there.state === 'running' ? 'keep' : 'start', host, id: there.id };
  });
  const names = new Set(wanted.map(({ name }) => name));
  const extra = [...byName.keys()].filter((name) => !names.has(name)).map((name): HostStep => ({ do: 'remove', name }));
  return [...steps, ...extra];
}

/** Names of the hosts that one of these is to be done about. */
export function namesFor(steps: readonly HostStep[], ...what: readonly HostStep['do'][]): readonly string[] {
  return steps.filter((step) => what.includes(step.do)).map((step) => ('host' in step ? step.host.name : step.name));
}
