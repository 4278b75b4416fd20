import { createHash } from 'node:crypto';

/**
 * What the stacks are made from: plain data, all of it settled before synthesis, so that `cdk synth` works offline and gives the same
 * templates twice. lab.yaml and the lab's state are turned into it by lib/installer/lab.
 */
export interface LabDefinition {
  /** A DNS label of at most 20 characters. Every resource is tagged with it. */
  readonly name: string;
  /** Tells this lab from another one of the same name: 12 hexadecimal digits, made once. The second key of every tag pair. */
  readonly id: string;
  readonly region: string;
  readonly attendees: readonly LabAttendee[];
  /** @default 1 */
  readonly hostsPerAttendee?: number;
  /** When the janitor may take the lab away: ISO 8601 in UTC. */
  readonly expires: string;
  readonly network: LabNetwork;
  readonly host: LabHostDefinition;
  /** Temporary access to AWS itself for each attendee, bounded to their own hosts. @default false */
  readonly awsAccounts?: boolean;
  /** How the platform comes onto the hosts. @default 'ssh' */
  readonly install?: 'ssh' | 's3';
}

export interface LabAttendee {
  /** A DNS label of at most 24 characters; also the login name on the hosts. */
  readonly name: string;
  /** Of OpenSSH's format: `ssh-ed25519 AAAA...`. */
  readonly publicKey: string;
  /** The stack of hosts that this attendee's are in, from 0. Settled when the attendee is first seen, and never changed. */
  readonly cohort: number;
}

export interface LabNetwork {
  /** @default '10.90.0.0/16' */
  readonly cidr?: string;
  /** Where the platform's API listens. @default 8443 */
  readonly apiPort?: number;
  /** Who may reach ssh (22), the API and published applications (30000-32767, 80, 443): IPv4 ranges. Nobody else reaches a host. */
  readonly allow: { readonly ssh: readonly string[]; readonly api: readonly string[]; readonly apps: readonly string[] };
}

export interface LabHostDefinition {
  readonly instanceType: string;
  /** An AMI, pinned when the lab was first deployed. */
  readonly imageId: string;
  /** The name of the AMI's root device: what is not named there keeps the AMI's own `deleteOnTermination`. @default '/dev/xvda' */
  readonly rootDevice?: string;
  /** GiB. */
  readonly rootDisk: number;
  /** GiB of the volume that /var/lib/docker is on. */
  readonly dockerDisk: number;
  /** User data for each host by its name: rendered, packed, and in base64 as EC2 takes it. */
  readonly userData: Readonly<Record<string, string>>;
  /** How often each host was replaced: a number that grew gives a new host in place of the old one. @default 0 for each */
  readonly generations?: Readonly<Record<string, number>>;
}

/** `ana-1`: the first host of ana. Hosts are numbered from 1. */
export function hostNames(lab: Pick<LabDefinition, 'attendees' | 'hostsPerAttendee'>): readonly string[] {
  return lab.attendees.flatMap(({ name }) =>
    Array.from({ length: lab.hostsPerAttendee ?? 1 }, (_, index) => hostName(name, index + 1)),
  );
}

/** Of an attendee's host, by its number. */
export function hostName(attendee: string, number: number): string {
  return `${attendee}-${number}`;
}

/** The most attendees of one cohort: one host of each stays far below CloudFormation's 500 resources in a template. */
export const cohortSize = 50;

/** The volume that is put at /var/lib/docker, by the name that EC2 knows it by. */
export const DOCKER_DEVICE = '/dev/sdf';

/** `oo-lab-NAME-network`, `oo-lab-NAME-access`, `oo-lab-NAME-hosts-0`; second and further hosts of a cohort: `oo-lab-NAME-hosts-0-2`. */
export function stackName(
  lab: Pick<LabDefinition, 'name'>,
  part: 'network' | 'access' | 'hosts',
  cohort = 0,
  number = 1,
): string {
  const shard = part !== 'hosts' ? '' : number === 1 ? `-${cohort}` : `-${cohort}-${number}`;
  return `oo-lab-${lab.name}-${part}${shard}`;
}

/**
 * With a part of the key's hash: EC2 cannot give a name another key, so a new key gets a new name. undefined for a kind of key that EC2
 * does not take (ECDSA): that one comes onto the host with its user data alone.
 */
export function keyPairName(
  lab: Pick<LabDefinition, 'name'>,
  attendee: Pick<LabAttendee, 'name' | 'publicKey'>,
): string | undefined {
  if (!/^ssh-(ed25519|rsa) /.test(attendee.publicKey)) return undefined;
  const hash = createHash('sha256').update(attendee.publicKey).digest('hex').slice(0, 8);
  return `oo-lab-${lab.name}-${attendee.name}-${hash}`;
}

/** Roles are known in all regions, so the name holds some of the lab's id. At most 64 characters. */
export function attendeeRoleName(lab: Pick<LabDefinition, 'name' | 'id'>, attendee: string): string {
  return `oo-lab-${lab.name}-${attendee}-${lab.id.slice(0, 8)}`;
}

/** In whose name an attendee's role is asked for; nobody else gets it. STS takes two characters and more, and no attendee's name ends in a hyphen. */
export function attendeeSessionName(attendee: string): string {
  return attendee.padEnd(2, '-');
}

/** Seconds that credentials of an attendee's role last at most: the most that IAM allows. */
export const attendeeSession = 43_200;

/** The most that attendees' roles may do. CloudFormation tags no policies, so both keys of the lab are in its name. */
export function boundaryName({ name, id }: Pick<LabDefinition, 'name' | 'id'>): string {
  return `oo-lab-${name}-boundary-${id}`;
}

/** The bucket of `install: 's3'`. Names of buckets are known in all accounts, so it holds the lab's id. */
export function artifactBucketName(lab: Pick<LabDefinition, 'name' | 'id'>): string {
  return `oo-lab-${lab.name}-${lab.id}`;
}

/** The stack of the janitor: one for each account and region, for all labs in it. */
export const JANITOR_STACK = 'oo-janitor';

/** What that stack and everything in it bears, with the value `true`. */
export const janitorTag = 'oo-install:janitor';

/** Below this name the janitor keeps in SSM what it has to remember of labs from one run to the next. */
export const JANITOR_RECORDS = '/oo-install/janitor/labs';

/** What every resource of a lab carries. The sweep and the audit go by it, each in its own way. */
export const labTags = {
  lab: 'oo-install:lab',
  id: 'oo-install:lab-id',
  expires: 'oo-install:expires',
  attendee: 'oo-install:attendee',
  host: 'oo-install:host',
} as const;
