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
  /** Who may reach ssh (22), the API (8443) and published applications (30000-32767, 80, 443): IPv4 or IPv6 ranges. */
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
  /** User data, rendered and packed, for each host by its name. */
  readonly userData: Readonly<Record<string, string>>;
}

/** `ana-1`: the first host of ana. Hosts are numbered from 1. */
export function hostNames(lab: Pick<LabDefinition, 'attendees' | 'hostsPerAttendee'>): readonly string[] {
  return lab.attendees.flatMap(({ name }) =>
    Array.from({ length: lab.hostsPerAttendee ?? 1 }, (_, index) => hostName(name, index + 1)),
  );
}

export function hostName(attendee: string, number: number): string {
  return `${attendee}-${number}`;
}

/** What every resource of a lab carries. The sweep and the audit go by it, each in its own way. */
export const labTags = {
  lab: 'oo-install:lab',
  id: 'oo-install:lab-id',
  expires: 'oo-install:expires',
  attendee: 'oo-install:attendee',
  host: 'oo-install:host',
} as const;
