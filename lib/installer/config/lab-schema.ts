import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { parseCidr } from '../../common/cidr.ts';
import { systemNames } from '../../common/system-names.ts';
import { field, number, text } from './fields.ts';
import { imageChoice } from './image-choice.ts';
import { isDnsLabel } from './text-forms.ts';

/** An IPv4 range in its own canonical form: `10.90.0.0/16`, and not `10.90.3.1/16`. */
const isRange = (value: unknown): boolean => typeof value === 'string' && parseCidr(value) !== undefined;
const range = field<string>(isRange, 'is no IPv4 range such as 203.0.113.0/24');
const ranges = field<readonly string[]>(
  (value) => Array.isArray(value) && value.every(isRange),
  'is no list of IPv4 ranges such as 203.0.113.0/24',
);
const label = (longest: number) =>
  text(
    (value) => value.length <= longest && isDnsLabel(value),
    `is no name of lower-case letters, digits and -, at most ${longest}`,
  );

const attendee = z.strictObject({
  /** Also the login name. */
  name: text(
    (value) =>
      value.length <= 24 && isDnsLabel(value) && /^[a-z]/.test(value) && !systemNames.has(value) && value !== 'oo-install',
    'is no login name of lower-case letters, digits and - that begins with a letter, at most 24, and none that hosts have already',
  ),
  /** An own public key; @default a pair is made, and its private half handed out */
  publicKey: text(
    (value) => /^(ssh-ed25519|ecdsa-sha2-nistp\d{3}|ssh-rsa) [A-Za-z0-9+/]+={0,2}( [^\n\r]*)?$/.test(value),
    'is no public key of OpenSSH',
  ).optional(),
});

/** `8h`, `90m`, `3d`: how long, in milliseconds. @throws never: undefined for what is no duration */
export function durationOf(value: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,3})([mhd])$/.exec(value) ?? [];
  return count === undefined ? undefined : Number(count) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'm' | 'h' | 'd'];
}
const fourWeeks = 28 * 86_400_000;

/** Everything that lab.yaml can say. docs/lab-file.md lists it, and is tested against this. */
export const labSchema = z.strictObject({
  /** Tells labs apart; part of every name. */
  name: label(20),
  /** @default local */
  provider: z.enum(['local', 'aws'], 'is neither local nor aws').optional(),
  /** How many, called a1, a2 ..., or who. */
  attendees: z.union(
    [
      number(1, 500, 'is no number from 1 to 500'),
      z
        .array(
          z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), attendee),
          'is no list of attendees',
        )
        .min(1, 'names nobody')
        .max(500, 'names more than 500 attendees'),
    ],
    'is neither a number from 1 to 500 nor a list of names',
  ),
  /** @default 1 */
  hostsPerAttendee: number(1, 10, 'is no number from 1 to 10').optional(),
  /** From `lab up` to the end. @default 8h */
  lifetime: text(
    (value) => (durationOf(value) ?? Infinity) <= fourWeeks,
    'is no time such as 90m, 8h or 3d, at most 28d',
  ).optional(),
  /** What the handout tells to read: files beside lab.yaml, or addresses of pages. */
  guides: z
    .array(
      text((value) => !/[\u0000-\u001f\u007f]/.test(value), 'is no file or address of a page'),
      'is no list of files and addresses of pages',
    )
    .max(20, 'names more than 20 guides')
    .optional(),
  /** References of images that Docker pulls before anybody logs in. */
  images: z
    .array(
      text((value) => /^[a-z0-9][a-zA-Z0-9._:/@-]{0,254}$/.test(value), 'is no reference of an image'),
      'is no list of images',
    )
    .max(50, 'names more than 50 images')
    .optional(),
  /** Settings of the platform on every host. */
  settings: z
    .strictObject({
      port: number(1, 65_535, 'is not a port from 1 to 65535').optional(),
      /** Which of the platform's own images each host gets: without them there are no builds, no routes and no registry. @default none */
      images: imageChoice.optional(),
    })
    .optional(),
  access: z
    .strictObject({
      /** Who may reach ssh, the API and what attendees publish. Nobody but the machine that runs `lab up` is the default on AWS. */
      ssh: ranges.optional(),
      api: ranges.optional(),
      apps: ranges.optional(),
      /** Temporary credentials for AWS for each attendee, bounded to their own hosts. @default false */
      awsAccounts: z.boolean('is neither true nor false').optional(),
    })
    .optional(),
  aws: z
    .strictObject({
      region: text((value) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(value), 'is no region such as eu-central-1').optional(),
      /** @default t3.medium */
      instanceType: text(
        (value) => /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(value),
        'is no instance type such as t3.medium',
      ).optional(),
      /** An AMI with cloud-init. @default Amazon Linux 2023, the newest when the lab is first put up */
      image: text((value) => /^ami-[0-9a-f]{8,17}$/.test(value), 'is no AMI such as ami-0123456789abcdef0').optional(),
      /** GiB. @default 20 */
      rootDisk: number(8, 1_000, 'is no size from 8 to 1000 GiB').optional(),
      /** GiB. @default 30 */
      dockerDisk: number(8, 1_000, 'is no size from 8 to 1000 GiB').optional(),
      /** Of the lab's own VPC. @default 10.90.0.0/16 */
      cidr: range.optional(),
      /** Whether the account has what takes labs away whose time is over. @default true */
      janitor: z.boolean('is neither true nor false').optional(),
      /** @default ssh */
      install: z.enum(['ssh', 's3'], 'is neither ssh nor s3').optional(),
    })
    .optional(),
  local: z
    .strictObject({
      /** Where the hosts' ports are published: this machine alone, or an address of it that others reach. @default 127.0.0.1 */
      listen: text((value) => isIPv4(value), 'is no IPv4 address').optional(),
      /** The first of the ports that are taken: two for each host. @default 20000 */
      firstPort: number(1_024, 60_000, 'is no port from 1024 to 60000').optional(),
      /** MiB for each host. @default no limit */
      memory: number(512, 1_000_000, 'is no size of at least 512 MiB').optional(),
      /** The distribution of the hosts. @default bookworm */
      release: z.enum(['bookworm', 'trixie'], 'is neither bookworm nor trixie').optional(),
    })
    .optional(),
});
/** lab.yaml as it is written. */
export type LabFile = z.infer<typeof labSchema>;

/** lab.yaml with every default in its place. */
export interface Lab {
  readonly name: string;
  readonly provider: 'local' | 'aws';
  readonly attendees: readonly { readonly name: string; readonly publicKey?: string | undefined }[];
  readonly hostsPerAttendee: number;
  /** ms */
  readonly lifetime: number;
  /** Absolute paths, or addresses of pages. */
  readonly guides: readonly string[];
  readonly images: readonly string[];
  readonly settings: { readonly port: number; readonly images: readonly string[] };
  /** undefined: the provider's default (on AWS the operator's own address; local hosts go by `local.listen`). */
  readonly access: {
    readonly ssh: readonly string[] | undefined;
    readonly api: readonly string[] | undefined;
    readonly apps: readonly string[] | undefined;
    readonly awsAccounts: boolean;
  };
  readonly aws: {
    /** undefined: that of the environment or the profile. */
    readonly region: string | undefined;
    readonly instanceType: string;
    readonly image: string | undefined;
    readonly rootDisk: number;
    readonly dockerDisk: number;
    readonly cidr: string;
    readonly install: 'ssh' | 's3';
    readonly janitor: boolean;
  };
  readonly local: {
    readonly listen: string;
    readonly firstPort: number;
    readonly memory: number | undefined;
    readonly release: 'bookworm' | 'trixie';
  };
}

/** A guide that is an address of a page; the others are files. */
export const isPage = (guide: string): boolean => /^https?:\/\//.test(guide);

/** What the file says, with everything that it leaves open filled in. `pathOf` makes its paths absolute. */
export function withDefaults(file: LabFile, pathOf: (path: string) => string): Lab {
  const { access = {}, aws = {}, local = {} } = file;
  return {
    name: file.name,
    provider: file.provider ?? 'local',
    attendees:
      typeof file.attendees === 'number'
        ? Array.from({ length: file.attendees }, (_, index) => ({ name: `a${index + 1}` }))
        : file.attendees,
    hostsPerAttendee: file.hostsPerAttendee ?? 1,
    lifetime: durationOf(file.lifetime ?? '8h')!,
    guides: (file.guides ?? []).map((guide) => (isPage(guide) ? guide : pathOf(guide))),
    images: file.images ?? [],
    settings: { port: file.settings?.port ?? 8443, images: file.settings?.images ?? [] },
    access: { ssh: access.ssh, api: access.api, apps: access.apps, awsAccounts: access.awsAccounts ?? false },
    aws: {
      region: aws.region,
      instanceType: aws.instanceType ?? 't3.medium',
      image: aws.image,
      rootDisk: aws.rootDisk ?? 20,
      dockerDisk: aws.dockerDisk ?? 30,
      cidr: aws.cidr ?? '10.90.0.0/16',
      install: aws.install ?? 'ssh',
      janitor: aws.janitor ?? true,
    },
    local: {
      listen: local.listen ?? '127.0.0.1',
      firstPort: local.firstPort ?? 20_000,
      memory: local.memory,
      release: local.release ?? 'bookworm',
    },
  };
}
