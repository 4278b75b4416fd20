import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import type { ApiUnderTest, Reply } from '../apiserver/api-under-test.ts';
import { as, codeQuery, form, VERIFIER, oauthClient } from './oauth-client.ts';
import { basic, startWithOAuth } from './oauth-under-test.ts';

let t: ApiUnderTest;
const folder = mkdtempSync(join(tmpdir(), 'oo-oauth-'));
const [policyFile, logFile] = [join(folder, 'policy.yaml'), join(folder, 'audit.log')];
/** Passwords of a name that begins with `dave` are not looked at before. */
const looking = Promise.withResolvers<void>();
before(async () => {
  writeFileSync(policyFile, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: RequestResponse }]\n');
  const audit = { policyFile, logFile, maxBytes: 1 << 24, maxBackups: 1 };
  t = await startWithOAuth({ audit, beforeLook: (name) => (name.startsWith('dave') ? looking.promise : Promise.resolve()) });
});
after(async () => {
  await t[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const { get, ocLogin, post, self } = oauthClient(() => t);

test('oc login: the challenge, the code, the token; whoami; logout', async () => {
  const token = await ocLogin('alice', 'wonderland');
  const me = await t.call('GET', '/apis/user.openshift.io/v1/users/~', as(token));
  assert.deepEqual([me.code, me.body.metadata.name, me.body.identities], [200, 'alice', ['htpasswd:alice']]);
  const review = await t.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    ...as(token),
    body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
  });
  assert.deepEqual(review.body.status.userInfo.groups, ['system:authenticated', 'system:authenticated:oauth']);
  assert.equal((await t.call('GET', '/api/v1/secrets', as(token))).code, 403);
  const name = `sha256~${createHash('sha256').update(token.slice('sha256~'.length)).digest('base64url')}`;
  const path = `/apis/oauth.openshift.io/v1/oauthaccesstokens/${name}`;
  assert.equal((await t.call('DELETE', path, as(token))).code, 200);
  assert.equal((await t.call('GET', '/apis/user.openshift.io/v1/users/~', as(token))).code, 401);
});

test('the token stands nowhere in what is stored', async () => {
  const token = await ocLogin('alice', 'wonderland');
  for (const plural of ['oauthaccesstokens', 'oauthauthorizetokens']) {
    const { text } = await t.call('GET', `/apis/oauth.openshift.io/v1/${plural}`);
    assert.ok(!text.includes(token.slice('sha256~'.length)));
  }
});

test('a JavaScript client: a token at once, first in the fragment, without a redirect_uri or a CSRF header', async () => {
  const path = '/oauth/authorize?response_type=token&client_id=openshift-challenging-client';
  const { code, headers } = await get(path, { authorization: basic('bob', 'builder') });
  assert.equal(code, 302);
  const token = /#access_token=([^&]+)&/.exec(headers.location!)![1]!;
  const me = await t.call('GET', '/apis/user.openshift.io/v1/users/~', as(token));
  assert.equal(me.body.metadata.name, 'bob');
});

test('a password that is wrong, a name that is unknown, no challenge without the header', async () => {
  const path = '/oauth/authorize?response_type=token&client_id=openshift-challenging-client';
  for (const header of [basic('alice', 'builder'), basic('nobody', 'x'), basic('alice', '')]) {
    const { code, headers } = await get(path, { 'x-csrf-token': '1', authorization: header });
    assert.deepEqual([code, headers.location], [401, undefined]);
  }
  const plain = await get(path);
  assert.deepEqual([plain.code, plain.headers['www-authenticate']], [401, undefined]);
});

test('codes are for who asked: another verifier, another client, another address, none', async () => {
  const redirect_uri = `${self()}/oauth/token/implicit`;
  const query = codeQuery(redirect_uri);
  const newCode = async (): Promise<string> => {
    const { headers } = await get(`/oauth/authorize?${query}`, { authorization: basic('alice', 'wonderland') });
    return new URL(headers.location!).searchParams.get('code')!;
  };
  const attempt = async (changed: Record<string, string>, client = 'openshift-challenging-client'): Promise<string> => {
    const right = { grant_type: 'authorization_code', code: await newCode(), redirect_uri, code_verifier: VERIFIER };
    return (await post('/oauth/token', { ...right, ...changed }, { authorization: basic(client, '') })).body.error as string;
  };
  assert.equal(await attempt({ code_verifier: 'x'.repeat(43) }), 'invalid_grant');
  assert.equal(await attempt({ code_verifier: '' }), 'invalid_grant');
  assert.equal(await attempt({ redirect_uri: `${self()}/oauth/token/display` }), 'invalid_grant');
  assert.equal(await attempt({ code: 'sha256~guess' }), 'invalid_grant');
  assert.equal(await attempt({}, 'openshift-cli-client'), 'invalid_grant');
  assert.equal(await attempt({}, 'stranger'), 'invalid_client');
  assert.equal(await attempt({ grant_type: 'password' }), 'unsupported_grant_type');
  assert.equal(await attempt({}), undefined);
  const unbound = form({ client_id: 'openshift-challenging-client', response_type: 'code', redirect_uri });
  const { headers } = await get(`/oauth/authorize?${unbound}`, { authorization: basic('alice', 'wonderland') });
  const code = new URL(headers.location!).searchParams.get('code')!;
  assert.equal(
    await attempt({ code, code_verifier: '' }),
    'invalid_grant',
    'a code that nothing was bound to, of a client without a secret',
  );
});

test('a user that was deleted and made anew is somebody else; groups count at once', async () => {
  const token = await ocLogin('bob', 'builder');
  const users = '/apis/user.openshift.io/v1/users';
  await t.call('POST', '/apis/user.openshift.io/v1/groups', {
    body: { apiVersion: 'user.openshift.io/v1', kind: 'Group', metadata: { name: 'makers' }, users: ['bob'] },
  });
  assert.deepEqual((await t.call('GET', `${users}/~`, as(token))).body.groups, ['makers']);
  await t.call('DELETE', `${users}/bob`);
  assert.equal((await t.call('GET', `${users}/~`, as(token))).code, 401);
  const made = { apiVersion: 'user.openshift.io/v1', kind: 'User', metadata: { name: 'bob' } };
  await t.call('POST', users, { body: made });
  assert.equal((await t.call('GET', `${users}/~`, as(token))).code, 401);
  const path = '/oauth/authorize?response_type=token&client_id=openshift-challenging-client';
  assert.equal((await get(path, { authorization: basic('bob', 'builder') })).code, 401, 'the new bob is another one');
});

test('of very many tokens of one user the oldest ends, and nobody else’s', async () => {
  const alices = await ocLogin('alice', 'wonderland');
  const path = '/oauth/authorize?response_type=token&client_id=openshift-challenging-client';
  const login = async (): Promise<string> => {
    const { headers } = await get(path, { authorization: basic('erin', 'many') });
    return new URLSearchParams(new URL(headers.location!).hash.slice(1)).get('access_token')!;
  };
  const me = async (token: string) => (await t.call('GET', '/apis/user.openshift.io/v1/users/~', as(token))).code;
  const first = await login();
  const second = await login();
  // As many as there may be, in the names of logins of an hour ago.
  const { userUID } = (await t.call('GET', '/apis/oauth.openshift.io/v1/oauthaccesstokens')).body.items.find(
    (each: { userName: string }) => each.userName === 'erin',
  );
  const token = {
    clientName: 'openshift-challenging-client',
    userName: 'erin',
    userUID,
    scopes: ['user:full'],
    expiresIn: 86_400,
  };
  for (let i = 0; i < 248; i++)
    await t.call('POST', '/apis/oauth.openshift.io/v1/oauthaccesstokens', {
      body: {
        apiVersion: 'oauth.openshift.io/v1',
        kind: 'OAuthAccessToken',
        metadata: { name: `sha256~${i}${'x'.repeat(40)}` },
        ...token,
      },
    });
  assert.deepEqual([await me(first), await me(second), await me(alices)], [200, 200, 200]);
  const third = await login();
  const tokens = (await t.call('GET', '/apis/oauth.openshift.io/v1/oauthaccesstokens')).body.items as { userName: string }[];
  assert.equal(tokens.filter(({ userName }) => userName === 'erin').length, 250);
  assert.deepEqual([await me(third), await me(alices)], [200, 200]);
});

test('guessing becomes slow, for the name alone', async () => {
  const path = '/oauth/authorize?response_type=token&client_id=openshift-challenging-client';
  const codes: number[] = [];
  for (let i = 0; i < 8; i++) codes.push((await get(path, { authorization: basic('carol', `guess${i}`) })).code);
  assert.deepEqual(codes.slice(0, 5), [401, 401, 401, 401, 401]);
  assert.ok(codes.includes(429), codes.join());
  assert.equal((await get(path, { authorization: basic('alice', 'wonderland') })).code, 302);
});

test('many guesses at once are no way around that: of one address only a few are looked at', async () => {
  const path = '/oauth/authorize?response_type=token&client_id=openshift-challenging-client';
  const refused: Reply[] = [];
  const guesses = Array.from({ length: 24 }, async (_each, i) => {
    const reply = await get(path, { authorization: basic(`dave${i}`, 'guess') });
    if (reply.code === 429) refused.push(reply);
    return reply;
  });
  // While the first are looked at, however long that takes.
  await eventually(() => assert.equal(refused.length, 16));
  looking.resolve();
  const replies = await Promise.all(guesses);
  assert.equal(replies.filter(({ code }) => code === 401).length, 8);
  for (const { headers } of refused) assert.equal(headers['retry-after'], '1');
});

test('the audit log tells who tried to log in and whether he got in, and no password, code or token', async () => {
  const path = '/oauth/authorize?response_type=token&client_id=openshift-challenging-client';
  await get(path, { authorization: basic('alice', 'wonderland') });
  const token = await ocLogin('alice', 'wonderland');
  const log = (): string => readFileSync(logFile, 'utf8');
  await eventually(() => assert.ok(log().includes('/oauth/token')));
  type Seen = {
    stage: string;
    user: { username: string };
    annotations?: Record<string, string>;
    responseStatus?: { code: number };
  };
  const seen = log()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Seen)
    .filter(
      ({ stage, annotations = {} }) => stage === 'ResponseComplete' && 'authentication.openshift.io/username' in annotations,
    )
    .map(({ user, annotations = {}, responseStatus }) => [
      user.username,
      annotations['authentication.openshift.io/username'],
      annotations['authentication.openshift.io/decision'],
      responseStatus?.code,
    ]);
  const has = (...event: unknown[]) =>
    assert.ok(
      seen.some((each) => each.join() === event.join()),
      `${event.join()} is in it`,
    );
  has('system:anonymous', 'alice', 'allow', 302);
  has('system:anonymous', 'carol', 'deny', 401);
  has('system:anonymous', 'carol', 'deny', 429);
  for (const secret of ['wonderland', 'guess1', token, VERIFIER]) assert.ok(!log().includes(secret), secret);
});
