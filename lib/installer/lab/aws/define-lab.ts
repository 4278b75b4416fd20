import { packUserData } from '../../../stacks/cloud-init/pack-user-data.ts';
import { renderUserData } from '../../../stacks/cloud-init/render-user-data.ts';
import { DOCKER_DEVICE, type LabDefinition, type LabNetwork } from '../../../stacks/lab-definition.ts';
import type { Lab } from '../../config/lab-schema.ts';
import { hostDataOf, type HostPlace } from '../host-data.ts';
import type { LabState } from '../state/lab-state.ts';

/** What a lab on AWS is made in, settled before anything is made. */
export interface LabPlace {
  readonly region: string;
  readonly imageId: string;
  readonly rootDevice: string;
  /** With the operator's own address where lab.yaml says nothing. */
  readonly allow: LabNetwork['allow'];
  /** Where hosts fetch the platform themselves. @default oo-install brings it over SSH */
  readonly install?: HostPlace['install'];
}

/** What the stacks are made from: lab.yaml, what is remembered of the lab, and where it is put. Pure. */
export function defineLab(lab: Lab, state: LabState, place: LabPlace): LabDefinition {
  const known = new Map(state.attendees.map((attendee) => [attendee.name, attendee]));
  const hosts = hostDataOf(lab, state, {
    dockerDevice: DOCKER_DEVICE,
    ...(place.install === undefined ? {} : { install: place.install }),
  });
  return {
    name: lab.name,
    id: state.id,
    region: place.region,
    attendees: lab.attendees.map(({ name }) => {
      const { cohort, key } = known.get(name)!;
      return { name, cohort, publicKey: key.publicKey };
    }),
    hostsPerAttendee: lab.hostsPerAttendee,
    expires: state.expires,
    network: { cidr: lab.aws.cidr, apiPort: lab.settings.port, allow: place.allow },
    host: {
      instanceType: lab.aws.instanceType,
      imageId: place.imageId,
      rootDevice: place.rootDevice,
      rootDisk: lab.aws.rootDisk,
      dockerDisk: lab.aws.dockerDisk,
      userData: Object.fromEntries([...hosts].map(([name, data]) => [name, packUserData(renderUserData(data))])),
      generations: Object.fromEntries(Object.entries(state.generations).filter(([host]) => hosts.has(host))),
    },
    awsAccounts: lab.access.awsAccounts,
    install: lab.aws.install,
  };
}
