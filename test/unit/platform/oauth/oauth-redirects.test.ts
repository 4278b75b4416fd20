import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ApiUnderTest } from '../apiserver/api-under-test.ts';
import { form, oauthClient } from './oauth-client.ts';
import { basic, startWithOAuth } from './oauth-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startWithOAuth();
});
after(() => t[Symbol.asyncDispose]());
const { get, self } = oauthClient(() => t);

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
