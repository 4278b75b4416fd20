import { isIPv4 } from 'node:net';

/** An IPv4 network: its first address and its length, e.g. 172.30.0.0/16. */
export interface Cidr {
  readonly base: number;
  readonly bits: number;
}

const toNumber = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

const toAddress = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** Parses `a.b.c.d/n`; undefined when it is none or when host bits are set. */
export function parseCidr(text: string): Cidr | undefined {
  const [address, length, ...rest] = text.split('/');
  if (rest.length > 0 || address === undefined || length === undefined || !isIPv4(address) || !/^\d{1,2}$/.test(length))
    return undefined;
  const bits = Number(length);
  const base = toNumber(address);
  return bits > 32 || base % 2 ** (32 - bits) !== 0 ? undefined : { base, bits };
}

/** The address `offset` behind the network's first: 1 is the API's in the service network, 10 is DNS. */
export function addressAt(cidr: Cidr, offset: number): string {
  return toAddress(cidr.base + offset);
}

/** The first slice of `bits` in the network: the pods of the only node. */
export function firstSlice(cidr: Cidr, bits: number): string {
  return `${toAddress(cidr.base)}/${Math.max(bits, cidr.bits)}`;
}

/** Whether two networks share an address. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.base / size) === Math.floor(b.base / size);
}
