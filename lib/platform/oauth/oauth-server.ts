import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../common/clock.ts';
import type { Mount, Visit } from '../api/mount.ts';
import type { Client } from '../client/client.ts';
import { approve, authorize, FULL_SCOPE } from './authorize-endpoint.ts';
import { ensureClients } from './clients.ts';
import { answerJson, LARGEST_FORM } from './http.ts';
import type { IdentityProvider, LoginOptions } from './login.ts';
import { OwnAddress } from './own-address.ts';
import { loginPage } from './pages/login-page.ts';
import { displayToken, implicitToken, requestToken } from './pages/token-pages.ts';
import { LoginThrottle } from './passwords/login-throttle.ts';
import { PasswordJudge } from './passwords/password-judge.ts';
import { Sessions } from './sessions.ts';
import { exchangeCode } from './token-endpoint.ts';

/** Seconds that a token lasts: a day, as OpenShift's. */
const TOKEN_MAX_AGE = 86_400;

export interface OAuthServerOptions {
  /** As somebody who may write users, identities and tokens. */
  readonly client: Client;
  /** Where clients find the API: `https://192.0.2.7:8443`. */
  readonly url: string;
  /** The server's: which hosts are its own. */
  readonly certificatePem: string;
  readonly providers: readonly IdentityProvider[];
  readonly clock: Clock;
  /** Seconds; 0 for tokens without an end. @default 86400 */
  readonly tokenMaxAge?: number;
}

/** What the endpoints work with. */
export interface OAuthContext {
  readonly client: Client;
  readonly address: OwnAddress;
  readonly clock: Clock;
  readonly tokenMaxAge: number;
  readonly sessions: Sessions;
  readonly login: LoginOptions;
}

export interface OAuthServer extends Disposable {
  readonly endpoints: readonly Mount[];
  /** Registers OpenShift's own clients. Again: changes nothing. */
  ensureClients(): Promise<void>;
}

type Handler = (context: OAuthContext, request: IncomingMessage, response: ServerResponse, visit: Visit) => Promise<void>;

/** OpenShift's OAuth server: who knows a password gets a token (RFC 6749, 7636, 8414). It has no state but the API's objects. */
export function createOAuthServer(options: OAuthServerOptions): OAuthServer {
  const { client, url, clock, providers, tokenMaxAge = TOKEN_MAX_AGE } = options;
  const judge = new PasswordJudge();
  const context: OAuthContext = {
    client,
    address: new OwnAddress(url, options.certificatePem),
    clock,
    tokenMaxAge,
    sessions: new Sessions(clock),
    login: { client, providers, judge, throttle: new LoginThrottle(clock) },
  };
  const handlers: Readonly<Record<string, Handler>> = {
    '/.well-known/oauth-authorization-server': tellMetadata,
    '/login': loginPage,
    '/oauth/approve': approve,
    '/oauth/authorize': authorize,
    '/oauth/token': exchangeCode,
    '/oauth/token/display': displayToken,
    '/oauth/token/implicit': implicitToken,
    '/oauth/token/request': requestToken,
  };
  return {
    endpoints: Object.entries(handlers).map(([path, handler]) => ({
      path,
      credentials: 'own',
      largestBody: LARGEST_FORM,
      handle: (request, response, visit) => handler(context, request, response, visit),
    })),
    ensureClients: () => ensureClients(client, url),
    [Symbol.dispose]: () => judge[Symbol.dispose](),
  };
}

/** RFC 8414. */
async function tellMetadata(context: OAuthContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = context.address.of(request);
  answerJson(response, 200, {
    issuer: url,
    authorization_endpoint: `${url}/oauth/authorize`,
    token_endpoint: `${url}/oauth/token`,
    scopes_supported: [FULL_SCOPE],
    response_types_supported: ['code', 'token'],
    grant_types_supported: ['authorization_code', 'implicit'],
    code_challenge_methods_supported: ['plain', 'S256'],
  });
}
