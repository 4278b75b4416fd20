import { packUserData } from '../../../stacks/cloud-init/pack-user-data.ts';
import { renderUserData } from '../../../stacks/cloud-init/render-user-data.ts';
import { DOCKER_DEVICE, type LabDefinition } from '../../../stacks/lab-definition.ts';
import { type HostPlace, hostDataOf } from '../host-data.ts';
import type { LabContext } from '../provider.ts';
import type { LabImage } from './lab-image.ts';

export interface DefinitionParts {
  readonly region: string;
  readonly image: LabImage;
  /** Whoever is let in where lab.yaml names nobody: `203.0.113.7/32`. */
  readonly operatorRange: string;
  /** @default oo-install installs over SSH */
  readonly install?: HostPlace['install'] | undefined;
}

/** What the stacks are made from: lab.yaml, the lab's state, and what was asked from AWS. Pure. */
export function definitionOf({ lab, state }: Pick<LabContext, 'lab' | 'state'>, parts: DefinitionParts): LabDefinition {
  const { region, image, operatorRange, install } = parts;
  const data = hostDataOf(lab, state, { dockerDevice: DOCKER_DEVICE, ...(install === undefined ? {} : { install }) });
  const wanted = new Set(lab.attendees.map(({ name }) => name));
  const userData = Object.fromEntries([...data].map(([host, each]) => [host, packUserData(renderUserData(each))]));
  const { ssh, api, apps } = lab.access;
  return {
    name: lab.name,
    id: state.id,
    region,
    attendees: state.attendees
      .filter(({ name }) => wanted.has(name))
      .map(({ name, cohort, key }) => ({ name, cohort, publicKey: key.publicKey })),
    hostsPerAttendee: lab.hostsPerAttendee,
    expires: state.expires,
    network: {
      cidr: lab.aws.cidr,
      apiPort: lab.settings.port,
      allow: { ssh: ssh ?? [operatorRange], api: api ?? [operatorRange], apps: apps ?? [operatorRange] },
    },
    host: {
      instanceType: lab.aws.instanceType,
      imageId: image.imageId,
      rootDevice: image.rootDevice,
      rootDisk: lab.aws.rootDisk,
      dockerDisk: lab.aws.dockerDisk,
      userData,
      generations: Object.fromEntries(Object.entries(state.generations).filter(([host]) => data.has(host))),
    },
    awsAccounts: lab.access.awsAccounts,
    install: lab.aws.install,
  };
}

/** Whether the operator's own address is needed at all. */
export const asksForOwnAddress = ({ lab }: Pick<LabContext, 'lab'>): boolean =>
  Object.values(lab.access).some((ranges) => ranges === undefined);
