import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { clusterSettings } from './cluster-settings.ts';
import { number, passes, someOf, text } from './fields.ts';
import { isDnsName, isFingerprint, isTlsSAN } from './text-forms.ts';
import { checkUserName, parseHostTarget } from './host-target.ts';

const host = text((value) => passes(() => parseHostTarget(value)), 'is no [user@]host[:port]');
const user = text((value) => passes(() => checkUserName(value, (why) => new Error(why))), 'is no user name');
const port = number(1, 65_535, 'is not a port from 1 to 65535');
const identity = someOf((value) => typeof value === 'string' && value !== '', 'is no path of a private key, nor a list of them');
const jump = text((value) => !/\s/.test(value), 'is no host to jump over, nor several with commas in between');

/** How a host is reached, for each one or for all. */
const reach = { user: user.optional(), port: port.optional(), identity: identity.optional(), jump: jump.optional() };

const hostEntry = z.strictObject({
  /** What it is called: in what is told, for --limit, and in ssh's configuration. */
  name: host,
  /** Where it is reached. @default its name */
  address: host.optional(),
  ...reach,
  /** What it must show when it is not in known_hosts yet. */
  hostKey: someOf(isFingerprint, 'is no fingerprint such as SHA256:..., nor a list of them').optional(),
  /** Name of its Node object. @default its host name */
  nodeName: text(isDnsName, 'is no DNS name in lower case').optional(),
  /** Address at which others reach it. @default that of its default route */
  advertiseAddress: text((value) => isIPv4(value) && value !== '0.0.0.0', 'is no IPv4 address').optional(),
  /** More names and addresses that others reach its API by. */
  tlsSANs: someOf(isTlsSAN, 'is no DNS name in lower case nor an address, nor a list of them').optional(),
});

/** Everything that cluster.yaml can say. docs/cluster-file.md lists it, and is tested against this. */
export const clusterSchema = z.strictObject({
  /** A text is a host with that name and nothing else. */
  hosts: z
    .array(
      z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), hostEntry),
      'is no list of hosts',
    )
    .min(1, 'names no host')
    .max(1_000, 'names more than 1000 hosts'),
  /** For hosts that do not say it themselves. */
  defaults: z.strictObject(reach).optional(),
  settings: clusterSettings.optional(),
  /** Hosts that are worked on at once. @default 10 */
  parallel: number(1, 100, 'is not a number from 1 to 100').optional(),
});
export type Cluster = z.infer<typeof clusterSchema>;
