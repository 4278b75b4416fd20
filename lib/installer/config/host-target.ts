import { isIPv6 } from 'node:net';
import { defineErrors } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';

/** A server as a person names it on the command line or in a file. */
export interface HostTarget {
  readonly kind: 'local' | 'ssh';
  /** As typed; what a person calls it. */
  readonly name: string;
  /** Without user, port and brackets: a DNS name, an address, or a name of ~/.ssh/config. */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

const targetErrors = defineErrors({
  HOST_INVALID: {
    failure: 'usage',
    message: (name: string, why: string) => `${shown(name)} names no host: ${why}`,
    hint: () =>
      'write host, user@host, host:port, [IPv6 address]:port or ssh://user@host:port; keys, jump hosts and short names go into ~/.ssh/config',
  },
});

const longestTarget = 500;
/** RFC 1035, section 2.3.4. */
const longestHost = 253;
const longestUser = 128;
/** DNS names, IPv4 addresses and the names that people give to hosts in ~/.ssh/config. */
const hostName = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/;
const zoneOfAddress = /^[^%]+(?:%[A-Za-z0-9_.-]{1,64})?$/;
/** Login names, also those of a directory: `user@realm`, `DOMAIN\user`. */
const userName = /^[A-Za-z0-9_.][A-Za-z0-9_.+@\\-]*\$?$/;

/**
 * Reads `[user@]host[:port]`, `[address]:port`, a bare IPv6 address or `ssh://[user@]host[:port]`. `localhost`, exactly so, is this very
 * machine; `127.0.0.1` is reached over SSH. A user may hold an `@`: the last one counts, as in ssh(1).
 * @throws OoError HOST_INVALID
 */
export function parseHostTarget(text: string): HostTarget {
  const refuse = (why: string) => targetErrors.HOST_INVALID(withoutPassword(text), why);
  if (text === 'localhost') return { kind: 'local', name: text, host: text };
  if (text === '') throw refuse('it is empty');
  if (text.length > longestTarget) throw refuse(`it is longer than ${longestTarget} characters`);
  if (/[\s\u0000-\u001f\u007f-\u009f]/.test(text)) throw refuse('it holds white space or control characters');
  const isUri = text.startsWith('ssh://');
  const plain = isUri ? text.slice('ssh://'.length).replace(/\/$/, '') : text;
  if (plain.includes('://')) throw refuse('only ssh:// is known');
  const at = plain.lastIndexOf('@');
  const user = at < 0 ? undefined : userOf(plain.slice(0, at), isUri, refuse);
  const { host, port } = addressOf(plain.slice(at + 1), refuse);
  checkHostName(host, refuse);
  return { kind: 'ssh', name: text, host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
}

/** Refuses what is neither a name nor an address. Also for names that come from a file. @throws what `refuse` makes of the reason */
export function checkHostName(host: string, refuse: (why: string) => Error): void {
  if (host === '') throw refuse('the host is missing');
  if (host.startsWith('-')) throw refuse('a host does not begin with -');
  if (host.includes(':')) {
    if (!isIPv6(host) || !zoneOfAddress.test(host)) throw refuse(`${shown(host)} is no IPv6 address`);
  } else if (host.length > longestHost) throw refuse(`a host has at most ${longestHost} characters`);
  else if (!hostName.test(host)) throw refuse(`${shown(host)} holds characters that no host name has`);
}

/** Refuses what is no login name. @throws what `refuse` makes of the reason */
export function checkUserName(user: string, refuse: (why: string) => Error): void {
  if (user === '') throw refuse('the user before @ is missing');
  if (user.startsWith('-')) throw refuse('a user does not begin with -');
  if (user.length > longestUser) throw refuse(`a user has at most ${longestUser} characters`);
  if (!userName.test(user)) throw refuse(`${shown(user)} holds characters that no user name has`);
}

/** A TCP port in decimal, or undefined. */
export function parsePort(text: string): number | undefined {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port <= 65_535 ? port : undefined;
}

function userOf(text: string, isUri: boolean, refuse: (why: string) => Error): string {
  const user = isUri ? decoded(text) : text;
  if (user === undefined) throw refuse('the user is not percent-encoded properly');
  if (user.includes(':')) throw refuse('a password does not belong there: it is asked for');
  checkUserName(user, refuse);
  return user;
}

function addressOf(text: string, refuse: (why: string) => Error): { host: string; port: number | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const named = bracketed ?? (isIPv6(text) ? null : /^([^:]*):([^:]*)$/.exec(text));
  if (named === null) return { host: text, port: undefined };
  const [, host = '', port] = named;
  if (port === undefined) return { host, port };
  const number = parsePort(port);
  if (number === undefined) throw refuse(`${shown(port)} is no port between 1 and 65535`);
  return { host, port: number };
}

/** What may be a password does not belong into messages. */
function withoutPassword(text: string): string {
  return text.replace(/^((?:\w+:\/\/)?[^:@]*):.*@/s, '$1:***@');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A value in quotes, without what would disturb a terminal, and short. */
function shown(value: string): string {
  return printable(JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value));
}
