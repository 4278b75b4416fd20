import { isIPv4 } from 'node:net';
import { z } from 'zod';

const value = <T>(is: (value: unknown) => boolean, message: string) => z.custom<T>(is, message);
const text = (pattern: RegExp, message: string) => value<string>((it) => typeof it === 'string' && pattern.test(it), message);
const whole = (from: number, to: number, message: string) =>
  value<number>((it) => Number.isInteger(it) && Number(it) >= from && Number(it) <= to, message);

const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const name = (longest: number) =>
  text(new RegExp(`^(?=.{1,${longest}}$)${label}$`), `is no DNS label of at most ${longest} characters`);
const hostName = `^${label}-[1-9][0-9]*$`;

/** `10.90.0.0/16`: address and length of a prefix, with no bits behind it. */
function isRange(it: unknown): it is string {
  const [address = '', length = '', ...rest] = typeof it === 'string' ? it.split('/') : [];
  if (rest.length > 0 || !isIPv4(address) || !/^(\d|[12]\d|3[012])$/.test(length)) return false;
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return bits % 2 ** (32 - Number(length)) === 0;
}
const ranges = z.array(value<string>(isRange, 'is no IPv4 range such as 203.0.113.0/24'));

/** A canonical instant: what another spelling of the same time would do to a template is a change. */
const isInstant = (it: unknown) =>
  typeof it === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(it) && !Number.isNaN(Date.parse(it));

/** What a definition holds, each member by itself; check-definition.ts holds them against each other. */
export const labDefinitionSchema = z.strictObject({
  name: name(20),
  id: text(/^[0-9a-f]{12}$/, 'is no id of 12 hexadecimal digits'),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is no region such as eu-central-1'),
  attendees: z
    .array(
      z.strictObject({
        name: name(24),
        publicKey: text(
          /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d{3}) [A-Za-z0-9+/]+={0,2}( [\x20-\x7e]*)?$/,
          'is no public key of OpenSSH',
        ),
        cohort: whole(0, 999, 'is no number of a cohort, from 0'),
      }),
    )
    .min(1, 'names nobody')
    .max(500, 'names more than 500'),
  hostsPerAttendee: whole(1, 10, 'is no number from 1 to 10').optional(),
  expires: value<string>(isInstant, 'is no time in UTC such as 2026-11-27T17:00:00Z'),
  network: z.strictObject({
    cidr: value<string>(
      (it) => isRange(it) && Number(it.split('/')[1]) >= 16 && Number(it.split('/')[1]) <= 27,
      'is no IPv4 range of a VPC, from /16 to /27',
    ).optional(),
    apiPort: whole(1, 65_535, 'is no port').optional(),
    allow: z.strictObject({ ssh: ranges, api: ranges, apps: ranges }),
  }),
  host: z.strictObject({
    instanceType: text(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'is no instance type such as t3.medium'),
    imageId: text(/^ami-[0-9a-f]{8}([0-9a-f]{9})?$/, 'is no AMI such as ami-0123456789abcdef0'),
    rootDevice: text(/^\/dev\/(sd|xvd)a1?$/, 'is no root device such as /dev/xvda').optional(),
    rootDisk: whole(8, 1_000, 'is no size from 8 to 1000 GiB'),
    dockerDisk: whole(8, 1_000, 'is no size from 8 to 1000 GiB'),
    userData: z.record(
      text(new RegExp(hostName), 'is no name of a host such as ana-1'),
      text(/^[A-Za-z0-9+/]+={0,2}$/, 'is not in base64'),
    ),
    generations: z
      .record(text(new RegExp(hostName), 'is no name of a host such as ana-1'), whole(0, 9_999, 'is no number from 0'))
      .optional(),
  }),
  awsAccounts: value<boolean>((it) => typeof it === 'boolean', 'is neither true nor false').optional(),
  install: value<'ssh' | 's3'>((it) => it === 'ssh' || it === 's3', 'is neither ssh nor s3').optional(),
});
