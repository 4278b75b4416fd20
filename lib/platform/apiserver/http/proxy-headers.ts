import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { protocolToken } from '../auth/authenticator.ts';

/** What speaks for the client to us, or is about one connection alone (RFC 9110, 7.6.1). */
const DROPPED = new Set(['authorization', 'host', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'trailer']);
const CONNECTION = new Set(['connection', 'upgrade']);
/** Say where a body ends. Whatever the client calls one of its connection's: without them its body would be another request to who reads on. */
export const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);
const SPEAKS_FOR = /^(impersonate-|x-remote-)/;
/** Ours says more about the request. */
const NOT_THEIRS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'audit-id',
  // Which pages of other hosts may read an answer of ours is not for a pod to say (upgradeaware.go, corsRemovingTransport).
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
]);
/** Of this server's own login pages, which answer on the same host. */
const OWN_COOKIE = /^\s*__Host-oo-/i;

const named = (headers: IncomingHttpHeaders): Set<string> => new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));

/** The client's headers for the other server, and where the request came from. `upgrade`: it is to change the protocol. */
export function requestHeaders(request: IncomingMessage, upgrade: boolean): OutgoingHttpHeaders {
  const { headers, socket } = request;
  const hops = named(headers);
  const out: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || DROPPED.has(name) || SPEAKS_FOR.test(name)) continue;
    // What is to change its protocol has no body.
    if (FRAMING.has(name) ? upgrade : CONNECTION.has(name) ? !upgrade : hops.has(name)) continue;
    out[name] = value;
  }
  // Whatever else the client calls one of its connection's, another server on the way would take for itself.
  if (upgrade) out['connection'] = 'Upgrade';
  const cookies = (headers.cookie ?? '').split(';').filter((each) => !OWN_COOKIE.test(each));
  delete out['cookie'];
  if (cookies.join('').trim() !== '') out['cookie'] = cookies.join(';').trim();
  const { rest } = protocolToken(headers['sec-websocket-protocol']);
  delete out['sec-websocket-protocol'];
  if (rest) out['sec-websocket-protocol'] = rest;
  const before = headers['x-forwarded-for'];
  out['x-forwarded-for'] = [before, socket.remoteAddress].filter(Boolean).join(', ');
  out['x-forwarded-host'] = headers.host ?? '';
  out['x-forwarded-proto'] = 'https';
  out['x-forwarded-uri'] = (request.url ?? '').split('?', 1)[0]!;
  return out;
}

/** The other server's headers for the client. */
export function answerHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const hops = named(headers);
  const out: OutgoingHttpHeaders = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_THEIRS.has(name) && !hops.has(name)),
  );
  const cookies = headers['set-cookie']?.filter((each) => !OWN_COOKIE.test(each)) ?? [];
  if (cookies.length > 0) out['set-cookie'] = cookies;
  else delete out['set-cookie'];
  return out;
}
