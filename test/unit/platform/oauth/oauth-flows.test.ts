import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import type { ApiUnderTest, Reply } from '../apiserver/api-under-test.ts';
import { basic, startWithOAuth } from './oauth-under-test.ts';

let t: ApiUnderTest;
const folder = mkdtempSync(join(tmpdir(), 'oo-oauth-'));
const [policyFile, logFile] = [join(folder, 'policy.yaml'), join(folder, 'audit.log')];
before(async () => {
  writeFileSync(policyFile, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: RequestResponse }]\n');
  t = await startWithOAuth({ audit: { policyFile, logFile, maxBytes: 1 << 24, maxBackups: 1 } });
});
after(async () => {
  await t[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
const self = (): string => `https://127.0.0.1:${t.port}`;
const get = (path: string, headers: Record<string, string> = {}): Promise<Reply> => t.call('GET', path, { as: null, headers });
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> =>
  t.call('POST', path, { as: null, body: form(fields), headers: { ...FORM, ...headers } });
const as = (token: string) => ({ as: null, headers: { authorization: `Bearer ${token}` } });

/** What `oc login -u` does, to the token. */
async function ocLogin(name: string, password: string): Promise<string> {
  const { body: metadata } = await get('/.well-known/oauth-authorization-server');
  const redirect_uri = `${metadata.issuer}/oauth/token/implicit`;
  const query = form({
    client_id: 'openshift-challenging-client',
    response_type: 'code',
    redirect_uri,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
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
  const query = form({
    client_id: 'openshift-challenging-client',
    response_type: 'code',
    redirect_uri,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
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

test('nothing is sent to an address that is none of the client', async () => {
  for (const redirect_uri of [
    'https://evil.example/oauth/token/implicit',
    `${self()}/oauth/token/implicit/%2e%2e/%2e%2e/evil`,
    `${self()}.evil.example/oauth/token/implicit`,
    `https://user@127.0.0.1:${t.port}/oauth/token/implicit`,
    'javascript:alert(1)',
    // Each reader makes something else of these: browsers, our parser, a header.
    `${self()}/oauth/token/implicit/\r\nSet-Cookie: a=b`,
    `https://127.0.0.1\t:${t.port}/oauth/token/implicit`,
    `https://127。0。0。1:${t.port}/oauth/token/implicit`,
    `${self()}/oauth/token/implicit/ж`,
    ` ${self()}/oauth/token/implicit`,
    `${self()}/oauth/token/implicit#`,
    // Whoever reads the first of two would take somebody else's.
    `${self()}/oauth/token/implicit?code=sha256~another`,
    `${self()}/oauth/token/implicit?a=b&state=another`,
  ]) {
    const query = form({ client_id: 'openshift-challenging-client', response_type: 'token', redirect_uri });
    const { code, headers } = await get(`/oauth/authorize?${query}`, { authorization: basic('alice', 'wonderland') });
    assert.deepEqual([code, headers.location], [400, undefined], redirect_uri);
  }
  for (const redirect_uri of [`${self()}/oauth/token/implicit`, `${self()}/oauth/token/implicit?tab=code`]) {
    const query = form({ client_id: 'openshift-challenging-client', response_type: 'code', redirect_uri });
    const { code, headers } = await get(`/oauth/authorize?${query}`, { authorization: basic('alice', 'wonderland') });
    assert.equal(code, 302);
    assert.ok(headers.location!.startsWith(redirect_uri), String(headers.location));
  }
  // A program is told in JSON, somebody with a browser on a page.
  const unknown = `/oauth/authorize?${form({ client_id: '<b>', response_type: 'code' })}`;
  assert.deepEqual((await get(unknown)).body, { error: 'unauthorized_client', error_description: 'there is no such client' });
  const page = await get(unknown, { accept: 'text/html,application/xhtml+xml' });
  assert.deepEqual([page.code, page.headers['content-type']], [400, 'text/html; charset=utf-8']);
  assert.match(page.text, /there is no such client \(unauthorized_client\)/);
  const cli = form({ client_id: 'openshift-cli-client', response_type: 'code', redirect_uri: 'http://127.0.0.1:41234/callback' });
  assert.match((await get(`/oauth/authorize?${cli}`)).headers.location!, /^\/login\?next=/);
});

test('a host that is not the server is not believed: tokens go where the server is', async () => {
  const query = form({ client_id: 'openshift-challenging-client', response_type: 'token' });
  const advertised = 'https://127.0.0.1:8443';
  for (const [host, expected] of [
    [`127.0.0.1:${t.port}`, self()],
    ['localhost:18443', 'https://localhost:18443'],
    ['[::1]:18443', 'https://[::1]:18443'],
    ['evil.example', advertised],
    ['evil.example:8443', advertised],
    ['192.0.2.66:8443', advertised],
    ['localhost.evil.example', advertised],
    ['localhost@evil.example', advertised],
  ] as const) {
    const authorized = await get(`/oauth/authorize?${query}`, { host, authorization: basic('alice', 'wonderland') });
    assert.equal(authorized.code, 302, host);
    assert.equal(new URL(authorized.headers.location!).origin, expected, host);
    assert.equal((await get('/.well-known/oauth-authorization-server', { host })).body.issuer, expected);
    const request = await get('/oauth/token/request', { host });
    const { searchParams } = new URL(request.headers.location!, expected);
    assert.equal(searchParams.get('redirect_uri'), `${expected}/oauth/token/display`);
  }
});

test('the pages: log in with a form, see the token once; a form of another site is refused', async () => {
  const cookieOf = ({ headers }: Reply): string => String(headers['set-cookie']).split(';', 1)[0]!;
  const fieldOf = ({ text }: Reply, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)![1]!;
  const start = await get('/oauth/token/request');
  const asked = await get(start.headers.location!);
  const page = await get(asked.headers.location!);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
  const next = fieldOf(page, 'next').replaceAll('&amp;', '&');
  const fields = { next, csrf: fieldOf(page, 'csrf'), username: 'alice', password: 'wonderland' };
  assert.equal((await post('/login', fields)).code, 403);
  const hostile = { ...fields, username: '"><b>alice', password: 'x' };
  const wrong = await post('/login', hostile, { cookie: cookieOf(page) });
  assert.equal(wrong.code, 401);
  assert.match(wrong.text, /value="&quot;&gt;&lt;b&gt;alice"/, 'the name need not be typed again');
  // An application on a host beside this one cannot set a cookie of this prefix for it.
  for (const { headers } of [page, await post('/login', fields, { cookie: cookieOf(page) })])
    assert.match(String(headers['set-cookie']), /^__Host-[^;]+; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=\w+$/);
  for (const wrong of [
    '//evil.example/',
    '/oauth/authorize?a\r\nSet-Cookie: a=b',
    '/oauth/authorize?ж',
    '/oauth/authorize\n?a',
  ]) {
    const elsewhere = await post('/login', { ...fields, next: wrong }, { cookie: cookieOf(page) });
    assert.deepEqual([elsewhere.code, elsewhere.headers.location], [302, '/oauth/token/request'], wrong);
  }
  const loggedIn = await post('/login', fields, { cookie: cookieOf(page) });
  assert.equal(loggedIn.headers.location, next);
  const granted = await get(next, { cookie: cookieOf(loggedIn) });
  const display = new URL(granted.headers.location!);
  assert.equal(display.origin, self());
  const shown = await get(display.pathname + display.search);
  const submit = { code: fieldOf(shown, 'code'), csrf: fieldOf(shown, 'csrf') };
  const token = /<pre>(sha256~[^<]+)<\/pre>/.exec(
    (await post('/oauth/token/display', submit, { cookie: cookieOf(shown) })).text,
  )![1]!;
  assert.equal((await t.call('GET', '/apis/user.openshift.io/v1/users/~', as(token))).body.metadata.name, 'alice');
  assert.match((await post('/oauth/token/display', submit, { cookie: cookieOf(shown) })).text, /has been used/);
  assert.equal((await get(next, { cookie: `${cookieOf(loggedIn)}x` })).headers.location!.startsWith('/login'), true);
});

test('a client of somebody else: its user is asked, and may say no', async () => {
  const client = {
    metadata: { name: 'wiki' },
    secret: 's3cret',
    redirectURIs: ['https://wiki.example/back'],
    grantMethod: 'prompt',
  };
  await t.call('POST', '/apis/oauth.openshift.io/v1/oauthclients', {
    body: { apiVersion: 'oauth.openshift.io/v1', kind: 'OAuthClient', ...client },
  });
  const cookieOf = ({ headers }: Reply): string => String(headers['set-cookie']).split(';', 1)[0]!;
  const fieldOf = ({ text }: Reply, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)![1]!;
  const next = `/oauth/authorize?${form({ client_id: 'wiki', response_type: 'code', state: 'a&b' })}`;
  const page = await get(`/login?${form({ next })}`);
  const fields = { next, csrf: fieldOf(page, 'csrf'), username: 'alice', password: 'wonderland' };
  const session = cookieOf(await post('/login', fields, { cookie: cookieOf(page) }));
  const asked = await get(next, { cookie: session });
  assert.equal(asked.code, 200);
  assert.match(asked.text, /wiki.*alice/s);
  const approval = { request: fieldOf(asked, 'request').replaceAll('&amp;', '&'), csrf: fieldOf(asked, 'csrf') };
  const cookies = `${session}; ${cookieOf(asked)}`;
  assert.equal((await post('/oauth/approve', { ...approval, answer: 'allow' }, { cookie: session })).code, 400, 'another site');
  const denied = await post('/oauth/approve', { ...approval, answer: 'deny' }, { cookie: cookies });
  assert.equal(denied.headers.location, 'https://wiki.example/back?error=access_denied&state=a%26b');
  const allowed = new URL(
    (await post('/oauth/approve', { ...approval, answer: 'allow' }, { cookie: cookies })).headers.location!,
  );
  const exchange = { grant_type: 'authorization_code', code: allowed.searchParams.get('code')! };
  assert.equal((await post('/oauth/token', exchange, { authorization: basic('wiki', 'guess') })).body.error, 'invalid_client');
  const exchanged = await post('/oauth/token', exchange, { authorization: basic('wiki', 's3cret') });
  assert.match(exchanged.body.access_token, /^sha256~/);
});

test('what is said in a link comes back as text', async () => {
  const { text } = await get(`/oauth/token/display?${form({ error: '<script>alert(1)</script>' })}`);
  assert.ok(text.includes('&lt;script&gt;'));
  assert.ok(!text.includes('<script>'));
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
  const guesses = Array.from({ length: 24 }, (_each, i) => get(path, { authorization: basic(`dave${i}`, 'guess') }));
  const replies = await Promise.all(guesses);
  const looked = replies.filter(({ code }) => code === 401).length;
  assert.ok(looked >= 8 && looked <= 16, `${looked} were looked at`);
  for (const { code, headers } of replies) if (code !== 401) assert.deepEqual([code, headers['retry-after']], [429, '1']);
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
