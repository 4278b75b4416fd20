import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { newBadRequest } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import { protocolToken } from '../auth/authenticator.ts';
import { FRAMING } from '../http/proxy-headers.ts';

/** What speaks for the client to us, or about our connection to it, and is none of the other server's business. */
const DROPPED = new Set([
  'authorization',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'cookie',
  'expect',
]);
const CONNECTION = new Set(['connection', 'upgrade']);
/** Only we say whom we ask for. */
const SPEAKING = /^(?:impersonate-|x-remote-)/;

/** The client's headers as they go on, without those that end with us. `upgrade`: the connection is to change its protocol. */
export function passedOn(headers: IncomingHttpHeaders, upgrade: boolean): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  const out: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || DROPPED.has(name) || SPEAKING.test(name)) continue;
    // What is to change its protocol has no body.
    if (FRAMING.has(name) ? upgrade : CONNECTION.has(name) ? !upgrade : named.has(name)) continue;
    // Its own chunks have been taken apart; a body of unknown length is sent in chunks again.
    out[name] = name === 'transfer-encoding' ? 'chunked' : value;
  }
  // Not as it came: it could name the headers in which we say who asks, for a proxy on the way to take out.
  if (upgrade) out['connection'] = 'Upgrade';
  const { rest } = protocolToken(headers['sec-websocket-protocol']);
  if (rest !== undefined) out['sec-websocket-protocol'] = rest;
  return out;
}

/** Who asks, in the headers that an extension server takes from a front proxy (client-go's transport.SetAuthProxyHeaders). */
export function userHeaders({ name, uid, groups, extra = {} }: UserInfo): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { 'x-remote-user': bytes(name) };
  if (uid !== undefined && uid !== '') headers['x-remote-uid'] = bytes(uid);
  if (groups.length > 0) headers['x-remote-group'] = groups.map(bytes);
  for (const [key, values] of Object.entries(extra)) {
    const header = `x-remote-extra-${escapedKey(key)}`;
    headers[header] = [...((headers[header] as string[] | undefined) ?? []), ...values.map(bytes)];
  }
  return headers;
}

/** Node writes headers byte for byte; UTF-8 is what the other side reads. */
function bytes(value: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) throw newBadRequest('what is known of the user cannot be sent in a header');
  return Buffer.from(value, 'utf8').toString('latin1');
}

/** Lower case, and percent-encoded where a header's name may not have the byte. */
const escapedKey = (key: string): string =>
  [...Buffer.from(key.toLowerCase(), 'utf8')]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[a-z0-9!#$&'*+.^_`|~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
