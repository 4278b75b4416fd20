/** What single settings of the daemon can be; each says in its message what it must be. */
import { isIPv4 } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { parseCidr } from '../../common/cidr.ts';

export const port = z.int().min(1).max(65535);
export const absolutePath = z.string().refine(isAbsolute, 'must be an absolute path');
/** Others reach this machine at it. */
export const address = z.string().refine((text) => isIPv4(text) && text !== '0.0.0.0', 'must be an IPv4 address of this machine');
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
export const dnsName = z
  .string()
  .max(253)
  .refine(
    (text) => text.split('.').every((label) => label.length <= 63 && dnsLabel.test(label)),
    'must be a lower-case DNS name',
  );

/** What a certificate may be for. */
export const tlsSAN = z.union([z.ipv4(), z.ipv6(), dnsName], 'must be a lower-case DNS name or an address');

/** Within these lengths of its prefix. */
export const cidr = (shortest: number, longest: number) =>
  z.string().refine((text) => {
    const parsed = parseCidr(text);
    return parsed !== undefined && parsed.bits >= shortest && parsed.bits <= longest;
  }, `must be an IPv4 network with a prefix of /${shortest} to /${longest} and no host bits, such as 10.128.0.0/14`);

/** Linux limits interface names to 15 characters; ours also become part of table names. */
export const interfaceName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,14}$/, 'must be an interface name: lower-case letters, digits and -, 15 at most');

/** An address of this machine, or 0.0.0.0 for all of them, and a port. */
export const listen = z.string().refine((text) => {
  const match = /^([0-9.]+):(\d{1,5})$/.exec(text);
  return match !== null && isIPv4(match[1]!) && Number(match[2]) >= 1 && Number(match[2]) <= 65535;
}, 'must be ADDRESS:PORT, such as 0.0.0.0:8443');

/** Nothing in it means anything to a shell. */
export const proxyUrl = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== '' && !/[\s'"\\]/.test(text);
}, 'must be the URL of a proxy, such as http://proxy.example.com:3128');

export const namespacedName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    'must be NAMESPACE/NAME, such as openshift/project-request',
  );

export const sysctlPattern = z
  .string()
  .regex(
    /^(?:kernel[./](?:shm|msg)[^*]*\*?|kernel[./]sem|fs[./]mqueue[./][^*]*\*?|net[./][^*]*\*?)$/,
    'must be a sysctl that pods have to themselves (kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*, net.*), or the beginning of such names with a * at its end',
  );

/** First and last, both of it. */
export const nodePortRange = z.string().refine((text) => {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= Number(match[2]) && Number(match[2]) <= 65535;
}, 'must be FIRST-LAST, such as 30000-32767');
