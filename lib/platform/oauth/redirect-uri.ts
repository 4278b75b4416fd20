import type { OAuthClient } from '../api/oauth/oauth-client.ts';
import { OAuthError } from './oauth-error.ts';

/** What is sent on as it came: parsers leave out or change anything else, each in its own way, and no header takes all of it. */
const PLAIN = /^[\x21-\x7e]+$/;
/** What the answer says behind it: said twice, clients may read the wrong one. */
const ANSWERS = ['code', 'state', 'error', 'access_token'];

/** Addresses of programs on the user's own machine, which take whatever port is free (RFC 8252, section 7.3). */
const LOOPBACK = new Set(['127.0.0.1', '[::1]']);

/**
 * Where an answer goes: what was asked for when the client has registered it or something above it, else the first that it has.
 * `own`: further ones that it has on the address by which the request came. Throws an OAuthError.
 */
export function redirectUri(client: OAuthClient, asked: string | null, own: readonly string[] = []): string {
  const registered = [...own, ...(client.redirectURIs ?? [])];
  if (asked === null || asked === '') {
    if (registered[0] === undefined) throw new OAuthError('invalid_request', 'the client has no redirect_uri');
    return registered[0];
  }
  if (registered.some((uri) => isBelow(asked, uri))) return asked;
  throw new OAuthError('invalid_request', 'the redirect_uri is none of the client');
}

function isBelow(asked: string, registered: string): boolean {
  if (!PLAIN.test(asked) || asked.includes('#')) return false;
  if (!URL.canParse(asked) || !URL.canParse(registered)) return false;
  const [a, r] = [new URL(asked), new URL(registered)];
  if (a.protocol !== r.protocol || a.username !== '' || a.password !== '') return false;
  if (ANSWERS.some((name) => a.searchParams.has(name))) return false;
  if (a.hostname !== r.hostname) return false;
  if (a.port !== r.port && !(LOOPBACK.has(r.hostname) && r.port === '')) return false;
  // The parser has resolved dots; an encoded one or a backslash is somebody's attempt at more.
  if (/%2e|%2f|%5c|\\/i.test(asked)) return false;
  const path = r.pathname.endsWith('/') ? r.pathname : `${r.pathname}/`;
  return a.pathname === r.pathname || a.pathname.startsWith(path);
}
