import { randomInt } from 'node:crypto';

/** A range of values by number, e.g. the addresses of a CIDR or a span of ports. */
export interface ValuePool {
  readonly range: string;
  readonly size: number;
  /** Values that are handed out at random stay behind this many, which are left for those who ask for one by name. */
  readonly reserved: number;
  at(index: number): string;
  /** Whether the value is in the range, written canonically. */
  holds(value: string): boolean;
}

/** The host addresses of an IPv4 CIDR: without the network and the broadcast address. */
export function addressPool(cidr: string): ValuePool {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const bits = match === null ? NaN : Number(match[5]);
  if (match === null || !(bits >= 8 && bits <= 30))
    throw new TypeError(`cluster IP range ${JSON.stringify(cidr)} is no IPv4 CIDR with a prefix of 8 to 30`);
  const base = match.slice(1, 5).reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(base / size) * size + 1;
  const usable = size - 2;
  const at = (index: number): string => {
    const n = first + index;
    return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
  };
  return {
    range: cidr,
    size: usable,
    reserved: Math.min(Math.max(16, Math.floor(size / 16)), 256, usable - 1),
    at,
    holds: (value) => {
      const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(value)?.slice(1).map(Number);
      if (parts === undefined || parts.some((part) => part > 255)) return false;
      const index = parts.reduce((sum, part) => sum * 256 + part, 0) - first;
      return index >= 0 && index < usable && at(index) === value;
    },
  };
}

/** The ports of `FROM-TO`, both included. */
export function portPool(range: string): ValuePool {
  const match = /^(\d+)-(\d+)$/.exec(range);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  if (match === null || !(from >= 1 && to <= 65535 && from <= to))
    throw new TypeError(`node port range ${JSON.stringify(range)} is no FROM-TO`);
  const size = to - from + 1;
  return {
    range,
    size,
    reserved: size < 64 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128),
    at: (index) => String(from + index),
    holds: (value) => /^[1-9]\d{0,4}$/.test(value) && Number(value) >= from && Number(value) <= to,
  };
}

/** The values in the order they should be tried: from a random place behind the reserved band, then the band itself. */
export function* candidates(pool: ValuePool, random: (max: number) => number = randomInt): Generator<string> {
  const free = pool.size - pool.reserved;
  const start = random(free);
  for (let i = 0; i < free; i++) yield pool.at(pool.reserved + ((start + i) % free));
  for (let i = pool.reserved - 1; i >= 0; i--) yield pool.at(i);
}
