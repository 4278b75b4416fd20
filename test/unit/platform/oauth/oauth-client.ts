import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ApiUnderTest, Reply } from '../apiserver/api-under-test.ts';
import { basic } from './oauth-under-test.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
export const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
/** What `oc login` asks for: a code that only who has the verifier can use. */
export const codeQuery = (redirect_uri: string): string =>
  form({
    client_id: 'openshift-challenging-client',
    response_type: 'code',
    redirect_uri,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
export const as = (token: string) => ({ as: null, headers: { authorization: `Bearer ${token}` } });

/** What comes to an OAuth server from outside: requests of nobody's, and whole logins. */
export function oauthClient(api: () => ApiUnderTest) {
  const get = (path: string, headers: Record<string, string> = {}): Promise<Reply> =>
    api().call('GET', path, { as: null, headers });
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> =>
    api().call('POST', path, { as: null, body: form(fields), headers: { ...FORM, ...headers } });

  /** What `oc login -u` does, to the token. */
  async function ocLogin(name: string, password: string): Promise<string> {
    const { body: metadata } = await get('/.well-known/oauth-authorization-server');
    const redirect_uri = `${metadata.issuer}/oauth/token/implicit`;
    const query = codeQuery(redirect_uri);
    const path = `/oauth/authorize?${query}`;
    const asked = await get(path, { 'x-csrf-token': '1' });
    assert.equal(asked.code, 401);
    assert.match(String(asked.headers['www-authenticate']), /^Basic realm=/);
    const answered = await get(path, { 'x-csrf-token': '1', authorization: basic(name, password) });
    assert.equal(answered.code, 302, answered.text);
    const target = new URL(answered.headers.location!);
    assert.equal(target.origin + target.pathname, redirect_uri);
    const code = target.searchParams.get('code')!;
    const fields = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: VERIFIER };
    const client = { authorization: basic('openshift-challenging-client', '') };
    const exchanged = await post('/oauth/token', fields, client);
    assert.equal(exchanged.code, 200, exchanged.text);
    assert.equal((await post('/oauth/token', fields, client)).body.error, 'invalid_grant', 'a code is good once');
    assert.equal(exchanged.body.token_type, 'Bearer');
    return exchanged.body.access_token as string;
  }

  return { get, post, ocLogin, self: (): string => `https://127.0.0.1:${api().port}` };
}
