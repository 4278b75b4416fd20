import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Kept, WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

const CHALLENGING = 'openshift-challenging-client';
export const VERIFIER = 'a-verifier-of-more-than-forty-three-characters-0123456789';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

const challenge = ({ metadata }: Kept): string =>
  `${metadata.authorization_endpoint}?${new URLSearchParams({
    client_id: CHALLENGING,
    code_challenge: sha256(VERIFIER),
    code_challenge_method: 'S256',
    redirect_uri: `${metadata.issuer}/oauth/token/implicit`,
    response_type: 'code',
  })}`;

export const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

/** What all logins begin with: where tokens come from is kept as `metadata`. */
export const findServer: readonly WireStep[] = [
  // HTML here would make oc take the server for a console.
  { call: 'HEAD /', anonymous: true, status: 403, check: ({ headers }) => !String(headers['content-type']).includes('html') },
  { call: 'GET /version', anonymous: true, status: 200, reads: { major: '1' } },
  {
    call: 'GET /.well-known/oauth-authorization-server',
    anonymous: true,
    status: 200,
    check: ({ object }) => (object.code_challenge_methods_supported as string[]).includes('S256'),
    keep: ({ object }) => ({ metadata: object }),
  },
];

const discover: WireFlow['steps'] = [
  ...findServer,
  (kept) => ({
    call: `GET ${challenge(kept)}`,
    anonymous: true,
    headers: { 'x-csrf-token': '1' },
    status: 401,
    check: ({ headers }) => assert.match(String(headers['www-authenticate']), /^Basic realm="?[^"]+"?$/),
  }),
];

const whoami = (name: string): WireStep => ({
  call: 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews',
  accept: 'typed',
  protobuf: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} },
  status: 201,
  reads: { kind: 'SelfSubjectReview', status: { userInfo: { username: name } } },
});

/** `oc login` up to its token, which is kept as `token`. */
export const login = (name: string, password: string): WireFlow => ({
  command: `oc login -u ${name}`,
  steps: [
    ...discover,
    (kept) => ({
      call: `GET ${challenge(kept)}`,
      anonymous: true,
      headers: { 'x-csrf-token': '1', ...basic(name, password) },
      status: 302,
      check: ({ headers }) => String(headers.location).startsWith(`${kept.metadata.issuer}/oauth/token/implicit?`),
      keep: ({ headers }) => ({ code: new URL(String(headers.location)).searchParams.get('code') }),
    }),
    ({ metadata, code }) => ({
      call: `POST ${metadata.token_endpoint}`,
      anonymous: true,
      headers: basic(CHALLENGING, ''),
      form: {
        code,
        code_verifier: VERIFIER,
        grant_type: 'authorization_code',
        redirect_uri: `${metadata.issuer}/oauth/token/implicit`,
      },
      status: 200,
      reads: { token_type: 'Bearer' },
      check: ({ object }) => object.expires_in > 0,
      keep: ({ object }) => ({ token: object.access_token }),
    }),
  ],
});

/** What oc asks once it has a token, and of `oc whoami`. */
export const loggedIn = (name: string): WireFlow => ({
  command: 'oc whoami',
  steps: [
    whoami(name),
    { call: 'GET /apis/user.openshift.io/v1/users/~', status: 200, reads: { kind: 'User', metadata: { name } } },
    { call: 'GET /apis/project.openshift.io/v1/projects', status: 200, reads: { kind: 'ProjectList' } },
    {
      call: 'GET /api/v1/namespaces/openshift/configmaps/motd',
      accept: 'typed',
      status: 403,
      reads: { kind: 'Status', reason: 'Forbidden' },
    },
  ],
});

export const wrongPassword: WireFlow = {
  command: 'oc login -u alice -p wrong',
  steps: [
    ...discover,
    (kept) => ({
      call: `GET ${challenge(kept)}`,
      anonymous: true,
      headers: { 'x-csrf-token': '1', ...basic('alice', 'wrong') },
      status: 401,
    }),
  ],
};

/** Ends the login of `token`: it removes what the token's hash names. */
export const logout = (token: string): WireFlow => ({
  command: 'oc logout',
  steps: [
    {
      call: `DELETE /apis/oauth.openshift.io/v1/oauthaccesstokens/sha256~${sha256(token.replace('sha256~', ''))}`,
      status: 200,
    },
    { ...whoami(''), status: 401, reads: { kind: 'Status', reason: 'Unauthorized' } },
  ],
});
