import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { newUnauthorized } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import { type Authorizer, requireAllowed } from './authorizer.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

export const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Users by connection: the certificate is read once per connection, not once per request. */
const certificateUsers = new WeakMap<Socket, UserInfo | 'invalid' | 'none'>();

/**
 * Finds out who asks: a bearer token, else the client certificate (CN is the user, every O a group), else nobody. Wrong
 * credentials are refused rather than taken for none. Impersonation headers are honoured for those who may.
 */
export async function authenticate(
  request: IncomingMessage,
  tokens: ServiceAccountTokens,
  authorizer: Authorizer,
): Promise<UserInfo> {
  const user = await credentialsOf(request, tokens);
  return impersonated(request, user, authorizer);
}

/** How a browser, which cannot set headers on a WebSocket, sends its token (apiserver authentication/request/websocket). */
const PROTOCOL_TOKEN = 'base64url.bearer.authorization.k8s.io.';

/** The token among the WebSocket's protocols, and the protocols without it. */
export function protocolToken(header: string | undefined): { token: string | undefined; rest: string | undefined } {
  const protocols = (header ?? '').split(',').map((each) => each.trim());
  const found = protocols.find((each) => each.startsWith(PROTOCOL_TOKEN));
  if (found === undefined) return { token: undefined, rest: header };
  const rest = protocols.filter((each) => each !== found);
  return { token: Buffer.from(found.slice(PROTOCOL_TOKEN.length), 'base64url').toString('utf8'), rest: rest.join(', ') };
}

async function credentialsOf(request: IncomingMessage, tokens: ServiceAccountTokens): Promise<UserInfo> {
  const { token: fromProtocol } = protocolToken(request.headers['sec-websocket-protocol']);
  const authorization = request.headers.authorization ?? (fromProtocol === undefined ? undefined : `Bearer ${fromProtocol}`);
  // Clients with a certificate of their own (kubectl --token) mean the certificate only when they send no token.
  if (authorization !== undefined) {
    const token = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
    const user = token === undefined ? undefined : await tokens.authenticate(token);
    if (user === undefined) throw newUnauthorized();
    return user;
  }
  let known = certificateUsers.get(request.socket);
  if (known === undefined) certificateUsers.set(request.socket, (known = certificateUser(request.socket)));
  if (known === 'invalid') throw newUnauthorized();
  return known === 'none' ? ANONYMOUS : known;
}

function certificateUser(socket: Socket): UserInfo | 'invalid' | 'none' {
  if (!(socket instanceof TLSSocket)) return 'none';
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined) return 'none';
  if (!socket.authorized) return 'invalid';
  const { CN, O } = subject as { CN?: string | string[]; O?: string | string[] };
  if (typeof CN !== 'string' || CN === '') return 'invalid';
  return { name: CN, groups: [...(O === undefined ? [] : Array.isArray(O) ? O : [O]), 'system:authenticated'] };
}

function impersonated(request: IncomingMessage, user: UserInfo, authorizer: Authorizer): UserInfo {
  const { headers } = request;
  const name = headers['impersonate-user'] as string | undefined;
  // Told apart, since a group's name may hold a comma.
  const distinct = (header: string): string[] => request.headersDistinct[header] ?? [];
  const groups = distinct('impersonate-group');
  const uid = headers['impersonate-uid'] as string | undefined;
  const extra: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const key of Object.keys(headers))
    if (key.startsWith('impersonate-extra-')) extra[decodeExtraKey(key.slice('impersonate-extra-'.length))] = distinct(key);
  const extras = Object.keys(extra);
  if (name === undefined || name === '') {
    if (groups.length === 0 && uid === undefined && extras.length === 0) return user;
    throw newUnauthorized('requested [' + JSON.stringify({ groups, uid }) + '] without impersonating a user');
  }
  const may = (resource: string, object: string, group = ''): void =>
    requireAllowed(authorizer, { user, verb: 'impersonate', group, version: 'v1', resource, name: object });
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  if (account === null) may('users', name);
  else
    requireAllowed(authorizer, {
      user,
      verb: 'impersonate',
      group: '',
      version: 'v1',
      resource: 'serviceaccounts',
      namespace: account[1]!,
      name: account[2]!,
    });
  for (const group of groups) may('groups', group);
  if (uid !== undefined) may('uids', uid, 'authentication.k8s.io');
  for (const key of extras) may('userextras', key, 'authentication.k8s.io');
  const implied =
    account === null || groups.length > 0 ? groups : ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`];
  const all = name === ANONYMOUS.name ? [...implied, 'system:unauthenticated'] : [...implied, 'system:authenticated'];
  return {
    name,
    groups: [...new Set(all)],
    ...(uid === undefined ? {} : { uid }),
    ...(extras.length === 0 ? {} : { extra: { ...extra } }),
  };
}

/** Header names are percent-encoded where a key holds what a header may not. */
function decodeExtraKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
