import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

const loopback = blocks(['127.0.0.0', 8, 'ipv4'], ['::1', 128, 'ipv6']);
const linkLocal = blocks(['169.254.0.0', 16, 'ipv4'], ['fe80::', 10, 'ipv6']);
const linkLocalMulticast = blocks(['224.0.0.0', 24, 'ipv4'], ['ff02::', 16, 'ipv6']);

function blocks(...subnets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix, family] of subnets) list.addSubnet(address, prefix, family);
  return list;
}

const within = (list: BlockList, ip: string): boolean => isIP(ip) !== 0 && list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');

/** 127.0.0.0/8 and ::1. */
export const isLoopback = (ip: string): boolean => within(loopback, ip);

/** Why nothing outside of this machine could be reached at an address; undefined when it could. */
export function isUnusableAddress(ip: string): string | undefined {
  if (ip === '0.0.0.0' || ip === '::') return `may not be unspecified (${ip === '::' ? '::' : '0.0.0.0'})`;
  if (isLoopback(ip)) return 'may not be in the loopback range (127.0.0.0/8, ::1/128)';
  if (within(linkLocal, ip)) return 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
  if (within(linkLocalMulticast, ip)) return 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';
  return undefined;
}

/** `10.0.0.0/8`, IPv4 or IPv6. */
export function isCidr(text: string): boolean {
  const parts = /^([^/]+)\/(\d{1,3})$/.exec(text);
  if (parts === null) return false;
  const bits = Number(parts[2]);
  return (isIPv4(parts[1]!) && bits <= 32) || (isIPv6(parts[1]!) && bits <= 128);
}

/** Whether an address is in a subnet; false when either is malformed. */
export function cidrContains(cidr: string, ip: string): boolean {
  if (!isCidr(cidr) || isIP(ip) === 0) return false;
  const [address, prefix] = cidr.split('/') as [string, string];
  return within(blocks([address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4']), ip);
}
