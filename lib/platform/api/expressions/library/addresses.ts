import { isIPv4, isIPv6 } from 'node:net';
import { doubleTraversal, traversal } from '../../../cel/runtime/cost.ts';
import { fn, type FunctionDeclaration } from '../../../cel/types/declarations.ts';
import { CelError, OpaqueValue, type Value } from '../../../cel/values/value.ts';
import { type Address, addressText, maskOf, parseAddress } from './ip-address.ts';

/** An IP address; costs go by its bytes. */
class IpValue extends OpaqueValue {
  readonly typeName = 'net.IP';
  readonly address: Address;

  constructor(address: Address) {
    super();
    this.address = address;
  }
  override get size(): number {
    return this.address.family === 4 ? 4 : 16;
  }
  equals(other: OpaqueValue): boolean {
    const { family, bits } = this.address;
    return other instanceof IpValue && other.address.family === family && other.address.bits === bits;
  }
}

/** A subnet as it was written: its address may have bits beyond the prefix. */
class CidrValue extends OpaqueValue {
  readonly typeName = 'net.CIDR';
  readonly address: Address;
  readonly prefix: number;

  constructor(address: Address, prefix: number) {
    super();
    this.address = address;
    this.prefix = prefix;
  }
  override get size(): number {
    return Math.ceil(this.prefix / 8);
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof CidrValue && cidrText(other) === cidrText(this);
  }
  holds({ family, bits }: Address): boolean {
    if (family !== this.address.family) return false;
    const mask = maskOf(family, this.prefix);
    return (bits & mask) === (this.address.bits & mask);
  }
}

const cidrText = ({ address, prefix }: CidrValue): string => `${addressText(address)}/${prefix}`;

function readIp(text: string): IpValue | CelError {
  if (text.includes('%') && isIPv6(text))
    return new CelError(`IP address ${JSON.stringify(text)} with zone value is not allowed`);
  const address = isIPv4(text) || isIPv6(text) ? parseAddress(text) : undefined;
  if (address === undefined)
    return new CelError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    );
  if (address.family === 6 && address.bits >> 32n === 0xffffn)
    return new CelError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return new IpValue(address);
}

function readCidr(text: string): CidrValue | CelError {
  const match = /^([^/%]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const ip = match === null ? undefined : readIp(match[1]!);
  const prefix = Number(match?.[2]);
  if (ip instanceof IpValue && prefix <= (ip.address.family === 4 ? 32 : 128)) return new CidrValue(ip.address, prefix);
  if (ip instanceof CelError && ip.message.includes('mapped')) return ip;
  const why = text.includes('/') ? 'unable to parse' : "no '/'";
  return new CelError(
    `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): ${why}`,
  );
}

const is =
  (family: 4 | 6, bits: bigint, prefix: number) =>
  (ip: Address): boolean =>
    ip.family === family && (ip.bits & maskOf(family, prefix)) === bits;
const any =
  (...tests: ((ip: Address) => boolean)[]) =>
  (ip: Address): boolean =>
    tests.some((test) => test(ip));

const unspecified = (ip: Address): boolean => ip.bits === 0n;
const loopback = any(is(4, 0x7f000000n, 8), is(6, 1n, 128));
const linkLocal = any(is(4, 0xa9fe0000n, 16), is(6, 0xfe80n << 112n, 10));
const linkLocalMulticast = any(is(4, 0xe0000000n, 24), (ip) => ip.family === 6 && ((ip.bits >> 112n) & 0xff0fn) === 0xff02n);
const multicast = any(is(4, 0xe0000000n, 4), is(6, 0xffn << 120n, 8));
const broadcast = is(4, 0xffffffffn, 32);
const globalUnicast = (ip: Address): boolean =>
  !unspecified(ip) && !loopback(ip) && !linkLocal(ip) && !multicast(ip) && !broadcast(ip);

const ask = (name: string, test: (ip: Address) => boolean): FunctionDeclaration =>
  fn(`<net.IP>.${name}(): bool`, (_frame, { address }: IpValue) => test(address));

/** Comparing bytes up to the prefix. */
const within = (cidr: CidrValue, other: Value): number =>
  Math.ceil(cidr.size * 0.2) + (typeof other === 'string' ? traversal(other) : 0);
const withinCidr = (cidr: CidrValue, other: Value): number => within(cidr, other) + Math.ceil(cidr.size * 0.1) + 1;

const containsIp = (cidr: CidrValue, ip: IpValue | CelError): Value => (ip instanceof CelError ? ip : cidr.holds(ip.address));
const containsCidr = (cidr: CidrValue, other: CidrValue | CelError): Value =>
  other instanceof CelError ? other : other.prefix >= cidr.prefix && cidr.holds(other.address);

/** IP addresses and subnets (apiserver/pkg/cel/library/ip.go and cidr.go). */
export const ADDRESSES: readonly FunctionDeclaration[] = [
  fn('ip(string): net.IP', (_frame, text: string) => readIp(text), traversal),
  fn('isIP(string): bool', (_frame, text: string) => readIp(text) instanceof IpValue, traversal),
  fn(
    'ip.isCanonical(string): bool',
    (_frame, text: string) => {
      const ip = readIp(text);
      return ip instanceof CelError ? ip : addressText(ip.address) === text;
    },
    doubleTraversal,
  ),
  fn('string(net.IP): string', (_frame, { address }: IpValue) => addressText(address)),
  fn('<net.IP>.family(): int', (_frame, { address }: IpValue) => BigInt(address.family)),
  ask('isUnspecified', unspecified),
  ask('isLoopback', loopback),
  ask('isLinkLocalMulticast', linkLocalMulticast),
  ask('isLinkLocalUnicast', linkLocal),
  ask('isGlobalUnicast', globalUnicast),
  fn('cidr(string): net.CIDR', (_frame, text: string) => readCidr(text), traversal),
  fn('isCIDR(string): bool', (_frame, text: string) => readCidr(text) instanceof CidrValue, traversal),
  fn('string(net.CIDR): string', (_frame, cidr: CidrValue) => cidrText(cidr)),
  fn('<net.CIDR>.containsIP(net.IP): bool', (_frame, cidr: CidrValue, ip: IpValue) => containsIp(cidr, ip), within),
  fn('<net.CIDR>.containsIP(string): bool', (_frame, cidr: CidrValue, text: string) => containsIp(cidr, readIp(text)), within),
  fn('<net.CIDR>.containsCIDR(net.CIDR): bool', (_frame, a: CidrValue, b: CidrValue) => containsCidr(a, b), withinCidr),
  fn(
    '<net.CIDR>.containsCIDR(string): bool',
    (_frame, a: CidrValue, text: string) => containsCidr(a, readCidr(text)),
    withinCidr,
  ),
  fn('<net.CIDR>.ip(): net.IP', (_frame, { address }: CidrValue) => new IpValue(address)),
  fn('<net.CIDR>.masked(): net.CIDR', (_frame, { address, prefix }: CidrValue) => {
    const { family, bits } = address;
    return new CidrValue({ family, bits: bits & maskOf(family, prefix) }, prefix);
  }),
  fn('<net.CIDR>.prefixLength(): int', (_frame, { prefix }: CidrValue) => BigInt(prefix)),
];
