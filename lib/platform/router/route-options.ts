import { parseCidr } from '../../common/cidr.ts';
import { isIPv4, isIPv6 } from 'node:net';
import type { Route } from '../api/route/route-types.ts';
import { UnfitError } from './words.ts';

/** What annotations of a route ask of the router. */
export interface RouteOptions {
  readonly balance?: 'roundrobin' | 'leastconn' | 'source' | 'random';
  /** As HAProxy writes times: `30s`. */
  readonly timeout?: string;
  readonly tunnelTimeout?: string;
  readonly stickiness: boolean;
  readonly cookieName?: string;
  /** Who may come at all, addresses and networks. @default everybody */
  readonly allowed?: readonly string[];
  readonly hsts?: string;
  readonly forwarded: 'append' | 'replace' | 'if-none' | 'never';
}

const OWN = 'haproxy.router.openshift.io/';
const TIME = /^([1-9][0-9]{0,9})(us|ms|s|m|h|d)?$/;
const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** What HAProxy's timers hold. */
const LONGEST = 2_147_483_647;
const HSTS = /^max-age=\d{1,10}(;includeSubDomains)?(;preload)?$/i;
const MOST_ADDRESSES = 200;

/** Reads the annotations. Throws an UnfitError naming the first one that cannot be followed. */
export function routeOptions({ metadata }: Route): RouteOptions {
  const annotations = metadata.annotations ?? {};
  const own = (name: string): string | undefined => annotations[`${OWN}${name}`]?.trim() || undefined;
  const refuse = (name: string, why: string): never => {
    throw new UnfitError(`annotation ${name}: ${why}`);
  };
  const choice = <T extends string>(name: string, of: readonly T[]): T | undefined => {
    const value = own(name);
    if (value === undefined || of.includes(value as T)) return value as T | undefined;
    return refuse(`${OWN}${name}`, `must be one of ${of.join(', ')}`);
  };
  const time = (name: string): string | undefined => {
    const value = own(name);
    if (value === undefined) return undefined;
    const [, count, unit = 'ms'] = TIME.exec(value) ?? [];
    if (count === undefined) return refuse(`${OWN}${name}`, 'must be a number and a unit: us, ms, s, m, h or d, such as 30s');
    return Number(count) * MS[unit]! > LONGEST ? `${LONGEST}ms` : value;
  };
  const cookie = annotations['router.openshift.io/cookie_name']?.trim() || undefined;
  if (cookie !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(cookie))
    refuse('router.openshift.io/cookie_name', 'must be letters, digits, _ and -');
  const hsts = own('hsts_header')?.replaceAll(/\s/g, '');
  if (hsts !== undefined && !HSTS.test(hsts))
    refuse(`${OWN}hsts_header`, 'must be max-age=SECONDS, with ;includeSubDomains and ;preload or without');
  const addresses = (own('ip_allowlist') ?? own('ip_whitelist'))?.split(/\s+/);
  if (addresses !== undefined && (addresses.length > MOST_ADDRESSES || !addresses.every(isSource)))
    refuse(`${OWN}ip_allowlist`, `must be up to ${MOST_ADDRESSES} addresses or networks`);
  const [balance, timeout, tunnelTimeout] = [
    choice('balance', ['roundrobin', 'leastconn', 'source', 'random'] as const),
    time('timeout'),
    time('timeout-tunnel'),
  ];
  return {
    stickiness: !/^(true|1|yes)$/i.test(own('disable_cookies') ?? ''),
    forwarded: choice('set-forwarded-headers', ['append', 'replace', 'if-none', 'never'] as const) ?? 'append',
    ...(balance === undefined ? {} : { balance }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(tunnelTimeout === undefined ? {} : { tunnelTimeout }),
    ...(cookie === undefined ? {} : { cookieName: cookie }),
    ...(addresses === undefined ? {} : { allowed: addresses }),
    ...(hsts === undefined ? {} : { hsts }),
  };
}

const isSource = (text: string): boolean =>
  isIPv4(text) || (isIPv6(text) && !text.includes('%')) || parseCidr(text) !== undefined;
