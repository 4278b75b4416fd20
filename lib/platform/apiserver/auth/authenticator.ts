import type { IncomingMessage } from 'node:http';
import type { TokenAuthenticator } from '../../api/tokens.ts';
import { newUnauthorized } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { certificateHolders } from './certificate-user.ts';
import { frontProxyUser } from './front-proxy.ts';

export const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

export interface Authenticators {
  readonly tokens: TokenAuthenticator;
  readonly certificates: ReturnType<typeof certificateHolders>;
}

/**
 * Finds out who asks: the user that a trusted proxy names, a bearer token's, else the client certificate's (CN is the user,
 * every O a group), else nobody. Wrong credentials are refused rather than taken for none. Impersonation is another matter.
 */
export async function authenticate(request: IncomingMessage, { tokens, certificates }: Authenticators): Promise<UserInfo> {
  const holder = certificates(request.socket);
  const named = holder.is === 'front-proxy' ? frontProxyUser(request) : undefined;
  if (named !== undefined) return named;
  const { token: fromProtocol } = protocolToken(request.headers['sec-websocket-protocol']);
  const authorization = request.headers.authorization ?? (fromProtocol === undefined ? undefined : `Bearer ${fromProtocol}`);
  // Clients with a certificate of their own (kubectl --token) mean the certificate only when they send no token.
  if (authorization !== undefined) {
    const token = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
    const found = token === undefined ? undefined : await tokens(token, []);
    if (found === undefined) throw newUnauthorized();
    return found.user;
  }
  if (holder.is === 'invalid') throw newUnauthorized();
  return holder.is === 'user' ? holder.user : ANONYMOUS;
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
