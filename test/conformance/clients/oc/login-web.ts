import assert from 'node:assert/strict';
import type { WireFlow } from '../../../support/wire/wire-flow.ts';
import { basic, findServer, sha256, VERIFIER } from './login.ts';

const CLIENT = 'openshift-cli-client';
/** Where oc listens while the browser is at work. */
const CALLBACK = 'http://127.0.0.1:41234/callback';
const STATE = 'a-state-of-its-own';

const cookieOf = (setCookie: string | string[] | undefined): string => String(setCookie).split(';', 1)[0]!;
const fieldOf = (page: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(page)![1]!.replaceAll('&amp;', '&');

/** Half of it is the browser's: the page with the form, and the way back to oc. */
export const loginWeb = (name: string, password: string): WireFlow => ({
  command: 'oc login --web',
  steps: [
    ...findServer,
    ({ metadata }) => ({
      call: `GET ${metadata.authorization_endpoint}?${new URLSearchParams({
        client_id: CLIENT,
        code_challenge: sha256(VERIFIER),
        code_challenge_method: 'S256',
        redirect_uri: CALLBACK,
        response_type: 'code',
        state: STATE,
      })}`,
      anonymous: true,
      status: 302,
      check: ({ headers }) => String(headers.location).startsWith('/login?'),
      keep: ({ headers }) => ({ page: headers.location }),
    }),
    ({ page }) => ({
      call: `GET ${page}`,
      anonymous: true,
      status: 200,
      keep: ({ headers, text }) => ({
        cookie: cookieOf(headers['set-cookie']),
        form: { csrf: fieldOf(text, 'csrf'), next: fieldOf(text, 'next') },
      }),
    }),
    ({ cookie, form }) => ({
      call: 'POST /login',
      anonymous: true,
      headers: { cookie },
      form: { ...form, username: name, password },
      status: 302,
      keep: ({ headers }) => ({ cookie: cookieOf(headers['set-cookie']), next: headers.location }),
    }),
    ({ cookie, next }) => ({
      call: `GET ${next}`,
      anonymous: true,
      headers: { cookie },
      status: 302,
      check: ({ headers }) => {
        const back = new URL(String(headers.location));
        assert.equal(`${back.origin}${back.pathname}`, CALLBACK);
        assert.equal(back.searchParams.get('state'), STATE);
      },
      keep: ({ headers }) => ({ code: new URL(String(headers.location)).searchParams.get('code') }),
    }),
    ({ metadata, code }) => ({
      call: `POST ${metadata.token_endpoint}`,
      anonymous: true,
      headers: basic(CLIENT, ''),
      form: { code, code_verifier: VERIFIER, grant_type: 'authorization_code', redirect_uri: CALLBACK },
      status: 200,
      reads: { token_type: 'Bearer' },
      keep: ({ object }) => ({ token: object.access_token }),
    }),
    ({ metadata, code }) => ({
      call: `POST ${metadata.token_endpoint}`,
      anonymous: true,
      headers: basic(CLIENT, ''),
      form: { code, code_verifier: VERIFIER, grant_type: 'authorization_code', redirect_uri: CALLBACK },
      status: 400,
      reads: { error: 'invalid_grant' },
    }),
  ],
});
