import type { IncomingMessage, ServerResponse } from 'node:http';
import { basicCredentials } from '../../common/basic-credentials.ts';
import type { Visit } from '../api/mount.ts';
import type { OAuthClient } from '../api/oauth/oauth-client.ts';
import { findClient, ownRedirectUris } from './clients.ts';
import { addressOf, answerText, queryOf, readForm, redirect } from './http.ts';
import { issueAccessToken, issueCode } from './issue-tokens.ts';
import { login } from './login.ts';
import { OAuthError, showError } from './oauth-error.ts';
import type { OAuthContext } from './oauth-server.ts';
import { showApproval } from './pages/approval-page.ts';
import { redirectUri } from './redirect-uri.ts';
import { isOwnForm } from './sessions.ts';

export const FULL_SCOPE = 'user:full';
const CHALLENGE = { 'www-authenticate': 'Basic realm="openshift"' };

/** A request for authorization whose client and address are known to belong together. */
interface AuthorizationRequest {
  readonly client: OAuthClient;
  readonly target: string;
  readonly query: URLSearchParams;
}

/**
 * GET /oauth/authorize (RFC 6749, section 4.1 and 4.2): finds out who asks, with a challenge or by the login page, and sends a code or
 * a token to the client. What is wrong before the client's address is known to be its own is told here and sent nowhere.
 */
export async function authorize(
  context: OAuthContext,
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
): Promise<void> {
  await told(request, response, async () => {
    if (request.method !== 'GET') throw new OAuthError('invalid_request', 'the method must be GET', 405);
    const asked = await requestOf(context, request, queryOf(request));
    const problem = problemOf(asked.query);
    if (problem !== undefined) return sendTo(response, asked, { error: problem });
    const user = await whoAsks(context, asked.client, { request, response, visit });
    if (user === undefined) return;
    if (asked.client.grantMethod === 'auto') return grant(context, asked, user, response);
    // Whoever has the password at hand is no browser that could show a page.
    if (asked.client.respondWithChallenges === true) return sendTo(response, asked, { error: 'access_denied' });
    showApproval(response, { client: asked.client.metadata.name!, user: user.name, target: asked.target, request: request.url! });
  });
}

/** POST /oauth/approve: the user has said whether the client may. */
export async function approve(
  context: OAuthContext,
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
): Promise<void> {
  await told(request, response, async () => {
    if (request.method !== 'POST') throw new OAuthError('invalid_request', 'the method must be POST', 405);
    const form = await readForm(request, visit);
    const user = context.sessions.userOf(request);
    if (!isOwnForm(request, form) || user === undefined) throw new OAuthError('invalid_request', 'the form was too old');
    const url = form.get('request') ?? '';
    const asked = await requestOf(context, request, new URLSearchParams(url.slice(url.indexOf('?') + 1)));
    const problem = problemOf(asked.query);
    if (problem !== undefined) return sendTo(response, asked, { error: problem });
    if (form.get('answer') !== 'allow') return sendTo(response, asked, { error: 'access_denied' });
    await grant(context, asked, user, response);
  });
}

async function told(request: IncomingMessage, response: ServerResponse, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    showError(request, response, error);
  }
}

async function requestOf(context: OAuthContext, request: IncomingMessage, query: URLSearchParams): Promise<AuthorizationRequest> {
  const client = await findClient(context.client, query.get('client_id'));
  if (client === undefined) throw new OAuthError('unauthorized_client', 'there is no such client');
  const own = ownRedirectUris(client.metadata.name!, context.address.of(request));
  return { client, target: redirectUri(client, query.get('redirect_uri'), own), query };
}

/** What RFC 6749 calls what is wrong with a request. */
function problemOf(query: URLSearchParams): string | undefined {
  if (!['code', 'token'].includes(query.get('response_type') ?? '')) return 'unsupported_response_type';
  const scope = query.get('scope') ?? '';
  if (scope.split(' ').some((each) => each !== '' && each !== FULL_SCOPE)) return 'invalid_scope';
  const method = query.get('code_challenge_method');
  if (query.get('code_challenge') !== null && method !== null && !['plain', 'S256'].includes(method)) return 'invalid_request';
  return undefined;
}

interface Named {
  readonly name: string;
  readonly uid: string;
}

/** The user, or undefined when the answer asks for more. */
async function whoAsks(
  context: OAuthContext,
  client: OAuthClient,
  { request, response, visit }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly visit: Visit },
): Promise<Named | undefined> {
  if (client.respondWithChallenges !== true) {
    const user = context.sessions.userOf(request);
    if (user === undefined) redirect(response, `/login?${new URLSearchParams({ next: request.url ?? '' }).toString()}`);
    return user;
  }
  const credentials = basicCredentials(request);
  if (credentials === undefined) {
    // A browser asks for a password on any page that challenges it, and remembers it: only a program that says it is one is asked.
    const isProgram = (request.headers['x-csrf-token'] ?? '') !== '';
    const why = isProgram
      ? 'a user name and a password are needed'
      : 'a non-empty X-CSRF-Token header is required to be asked for a password';
    answerText(response, 401, why, isProgram ? CHALLENGE : { warning: `199 OpenShift "${why}"` });
    return undefined;
  }
  const result = await login(context.login, { ...credentials, address: addressOf(request) }, visit);
  if (result.outcome === 'in') return { name: result.user.metadata.name!, uid: result.user.metadata.uid! };
  if (result.outcome === 'wait')
    answerText(response, 429, 'too many wrong passwords, please try again later', { 'retry-after': String(result.seconds) });
  else answerText(response, 401, 'the user name or the password is wrong', CHALLENGE);
  return undefined;
}

async function grant(context: OAuthContext, asked: AuthorizationRequest, user: Named, response: ServerResponse): Promise<void> {
  const { client, target, query } = asked;
  const granted = {
    clientName: client.metadata.name!,
    userName: user.name,
    userUID: user.uid,
    scopes: [FULL_SCOPE],
    redirectURI: target,
  };
  if (query.get('response_type') === 'code') {
    const challenge = query.get('code_challenge');
    const method = query.get('code_challenge_method') ?? 'plain';
    const bound = challenge === null ? {} : { codeChallenge: challenge, codeChallengeMethod: method };
    return sendTo(response, asked, { code: await issueCode(context.client, granted, bound) });
  }
  const expiresIn = client.accessTokenMaxAgeSeconds ?? context.tokenMaxAge;
  const token = await issueAccessToken(context.client, granted, expiresIn);
  // Clients cut the token out of the address: it comes first.
  const fields = { access_token: token, expires_in: String(expiresIn), scope: FULL_SCOPE, token_type: 'Bearer' };
  redirect(response, `${target}#${withState(fields, query)}`);
}

function sendTo(
  response: ServerResponse,
  { target, query }: AuthorizationRequest,
  fields: Readonly<Record<string, string>>,
): void {
  redirect(response, `${target}${target.includes('?') ? '&' : '?'}${withState(fields, query)}`);
}

function withState(fields: Readonly<Record<string, string>>, query: URLSearchParams): string {
  const state = query.get('state');
  // Clients that do not decode what they cut out of an address expect it as Go writes it, which leaves `~` alone.
  return new URLSearchParams({ ...fields, ...(state === null ? {} : { state }) }).toString().replaceAll('%7E', '~');
}
