import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basicCredentials } from '../../common/basic-credentials.ts';
import type { Visit } from '../api/mount.ts';
import type { OAuthClient } from '../api/oauth/oauth-client.ts';
import type { OAuthAuthorizeToken } from '../api/oauth/oauth-tokens.ts';
import { findClient } from './clients.ts';
import { answerJson, readForm } from './http.ts';
import { issueAccessToken, takeCode } from './issue-tokens.ts';
import { answerError, OAuthError } from './oauth-error.ts';
import type { OAuthContext } from './oauth-server.ts';

/** POST /oauth/token (RFC 6749, section 4.1.3; RFC 7636): a code for an access token, once. */
export async function exchangeCode(
  context: OAuthContext,
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
): Promise<void> {
  try {
    if (request.method !== 'POST') throw new OAuthError('invalid_request', 'the method must be POST', 405);
    const form = await readForm(request, visit);
    if (form.get('grant_type') !== 'authorization_code')
      throw new OAuthError('unsupported_grant_type', 'grant_type must be authorization_code');
    const client = await authenticatedClient(context, request, form);
    const code = await takeCode(context.client, form.get('code') ?? '', context.clock.now());
    if (code === undefined || code.clientName !== client.metadata.name)
      throw new OAuthError('invalid_grant', 'the code is none, or no longer');
    if ((form.get('redirect_uri') ?? code.redirectURI) !== code.redirectURI)
      throw new OAuthError('invalid_grant', 'the redirect_uri is another than before');
    if (!isProven(code, form.get('code_verifier'), secretsOf(client).length > 0))
      throw new OAuthError('invalid_grant', 'the code_verifier does not fit');
    const { clientName = '', userName = '', userUID = '', scopes = [], redirectURI = '' } = code;
    const expiresIn = client.accessTokenMaxAgeSeconds ?? context.tokenMaxAge;
    const token = await issueAccessToken(context.client, { clientName, userName, userUID, scopes, redirectURI }, expiresIn);
    answerJson(response, 200, { access_token: token, expires_in: expiresIn, scope: scopes.join(' '), token_type: 'Bearer' });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    answerError(response, error);
  }
}

/** The client by its id, and by its secret where it has one. */
async function authenticatedClient(context: OAuthContext, request: IncomingMessage, form: URLSearchParams): Promise<OAuthClient> {
  const basic = basicCredentials(request);
  const client = await findClient(context.client, basic?.name ?? form.get('client_id'));
  if (client === undefined) throw new OAuthError('invalid_client', 'there is no such client', 401);
  const secrets = secretsOf(client);
  const said = basic?.password ?? form.get('client_secret') ?? '';
  if (secrets.length > 0 && !secrets.some((secret) => sameText(secret, said)))
    throw new OAuthError('invalid_client', 'the secret is wrong', 401);
  return client;
}

const secretsOf = ({ secret = '', additionalSecrets = [] }: OAuthClient): string[] =>
  [secret, ...additionalSecrets].filter((each) => each !== '');

/** Whether who exchanges the code is who asked for it. A client that anybody may be has no other proof, so its codes need one. */
function isProven(
  { codeChallenge, codeChallengeMethod }: OAuthAuthorizeToken,
  verifier: string | null,
  hasSecret: boolean,
): boolean {
  if (codeChallenge === undefined || codeChallenge === '') return hasSecret && (verifier === null || verifier === '');
  if (verifier === null) return false;
  const shown = codeChallengeMethod === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
  return sameText(shown, codeChallenge);
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(left, right);
}
