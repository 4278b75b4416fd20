import { hostName } from '../../stacks/lab-definition.ts';
import type { HostData } from '../../stacks/cloud-init/host-data.ts';
import type { Lab } from '../config/lab-schema.ts';
import type { LabState } from './state/lab-state.ts';

/** The account that oo-install logs in to on every host. */
export const operatorName = 'oo-install';

/** What differs between providers. */
export type HostPlace = Pick<HostData, 'dockerDevice' | 'install'>;

/**
 * What the user data of each host of a lab says, by the host's name. It depends on lab.yaml and on what never changes of the state: a host
 * whose user data changed is another host.
 */
export function hostDataOf(lab: Lab, state: LabState, place: HostPlace = {}): ReadonlyMap<string, HostData> {
  const keys = new Map(state.attendees.map(({ name, key }) => [name, key.publicKey]));
  const hosts = lab.attendees.flatMap(({ name }) =>
    Array.from({ length: lab.hostsPerAttendee }, (_, index): [string, HostData] => {
      const hostname = hostName(name, index + 1);
      const data: HostData = {
        hostname,
        lab: lab.name,
        expires: state.firstExpires,
        attendee: { name, publicKey: keys.get(name)!, accountExpires: accountEnd(state.firstExpires) },
        operator: { name: operatorName, publicKey: state.operator.publicKey },
        images: lab.images,
        settings: { port: lab.settings.port },
        ...place,
      };
      return [hostname, data];
    }),
  );
  return new Map(hosts);
}

/** The day on which an attendee's login is closed: the one after the lab's end, in UTC, so that it is never too early. */
export function accountEnd(expires: string): string {
  return new Date(Date.parse(expires) + 86_400_000).toISOString().slice(0, 10);
}
