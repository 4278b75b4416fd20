import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ApiUnderTest, Reply } from '../apiserver/api-under-test.ts';
import { as, form, oauthClient } from './oauth-client.ts';
import { basic, startWithOAuth } from './oauth-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startWithOAuth();
});
after(() => t[Symbol.asyncDispose]());
const { get, post, self } = oauthClient(() => t);

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
