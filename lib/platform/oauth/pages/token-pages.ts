import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Visit } from '../../api/mount.ts';
import { BROWSER_CLIENT, findClient } from '../clients.ts';
import { queryOf, readForm, redirect } from '../http.ts';
import { issueAccessToken, takeCode } from '../issue-tokens.ts';
import type { OAuthContext } from '../oauth-server.ts';
import { formToken, isOwnForm } from '../sessions.ts';
import { answerPage, html } from './html.ts';

/** GET /oauth/token/request: the way to a token for a command line. */
export async function requestToken(context: OAuthContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const fields = {
    client_id: BROWSER_CLIENT,
    response_type: 'code',
    redirect_uri: `${context.address.of(request)}/oauth/token/display`,
  };
  redirect(response, `/oauth/authorize?${new URLSearchParams(fields).toString()}`);
}

/**
 * GET and POST /oauth/token/display: shows the token once its owner asks for it. Two steps, so that a page loaded again, or by
 * another site, shows nothing.
 */
export async function displayToken(
  context: OAuthContext,
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
): Promise<void> {
  const failed = (text: string): void =>
    answerPage(response, {
      code: 400,
      title: 'No token',
      body: html`<p class="error" role="alert">${text}</p>
        <p><a href="/oauth/token/request">Request a token</a></p>`,
    });
  if (request.method !== 'POST') {
    const query = queryOf(request);
    if (query.get('code') === null) return failed(`The login did not succeed: ${query.get('error') ?? 'there is no code'}.`);
    const token = formToken();
    const body = html`<form method="post" action="/oauth/token/display">
      <input type="hidden" name="code" value="${query.get('code')!}" />
      <input type="hidden" name="csrf" value="${token.value}" />
      <button>Display token</button>
    </form>`;
    return answerPage(response, { title: 'You are logged in', body, headers: { 'set-cookie': token.cookie } });
  }
  const form = await readForm(request, visit);
  if (!isOwnForm(request, form)) return failed('The form was too old.');
  const code = await takeCode(context.client, form.get('code') ?? '', context.clock.now());
  const client = await findClient(context.client, BROWSER_CLIENT);
  if (code?.clientName !== BROWSER_CLIENT || client === undefined) return failed('The code has been used, or it is too old.');
  const { clientName, userName = '', userUID = '', scopes = [], redirectURI = '' } = code;
  const expiresIn = client.accessTokenMaxAgeSeconds ?? context.tokenMaxAge;
  const token = await issueAccessToken(context.client, { clientName, userName, userUID, scopes, redirectURI }, expiresIn);
  const body = html`<p>For ${userName}. It is shown this once.</p>
    <pre>${token}</pre>
    <p>With oc:</p>
    <pre>
oc login --server=${context.address.of(request)} \\
  --token=${token}</pre>
    <p><a href="/oauth/token/request">Request another token</a></p>`;
  answerPage(response, { title: 'Your API token', body });
}

/** GET /oauth/token/implicit: where programs are sent that read their token off the address. */
export async function implicitToken(_context: OAuthContext, _request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = html`<p>This page is where command lines read their tokens.</p>
    <p><a href="/oauth/token/request">Request a token</a></p>`;
  answerPage(response, { title: 'Token', body });
}
