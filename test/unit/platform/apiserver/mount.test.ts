import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mount, MountCredentials } from '../../../../lib/platform/api/mount.ts';
import { newBadRequest } from '../../../../lib/platform/api/status-error.ts';
import { mountOf } from '../../../../lib/platform/apiserver/http/mount.ts';
import { startApi } from './api-under-test.ts';

const says = (path: string, text: string): Mount => ({
  path,
  credentials: 'own',
  handle: async (_request, response) => void response.end(text),
});

test('a mount takes what is below its path, one without a slash only itself; the longest wins', () => {
  const [pages, login, exact] = [says('/oauth/', 'pages'), says('/oauth/login/', 'login'), says('/.well-known/x', 'exact')];
  const found = (path: string) => mountOf([pages, login, exact], path);
  assert.equal(found('/oauth/token'), pages);
  assert.equal(found('/oauth/login/'), login);
  assert.equal(found('/.well-known/x'), exact);
  for (const path of ['/oauth', '/oauthx', '/.well-known/x/y', '/api/v1']) assert.equal(found(path), undefined);
});

test('mounts answer those that nobody knows; what they throw is told as a Status, and their insides stay theirs', async () => {
  const failing = (path: string, error: Error): Mount => ({ path, credentials: 'own', handle: () => Promise.reject(error) });
  await using t = await startApi({
    mounts: () => [says('/pages/', 'hello'), failing('/bad', newBadRequest('no code')), failing('/broken', new Error('secret'))],
  });
  assert.equal((await t.call('GET', '/pages/a?b', { as: null })).text, 'hello');
  assert.equal((await t.call('POST', '/pages/a', { as: null, body: '{}' })).text, 'hello');
  const bad = await t.call('GET', '/bad', { as: null });
  assert.deepEqual([bad.code, bad.body.message], [400, 'no code']);
  const broken = await t.call('GET', '/broken', { as: null });
  assert.equal(broken.code, 500);
  assert.ok(!broken.text.includes('secret'));
  assert.equal((await t.call('GET', '/api/v1/namespaces', { as: null })).code, 401);
});

test('a mount is told who asks by its kind of credentials, and gets bodies up to its own size', async () => {
  const tells = (path: string, credentials: MountCredentials): Mount => ({
    path,
    credentials,
    largestBody: 10,
    async handle(_request, response, { user, body }) {
      response.end(`${user?.name ?? 'wrong'} ${user === undefined ? '' : (await body()).toString()}`);
    },
  });
  await using t = await startApi({ mounts: () => [tells('/b', 'bearer'), tells('/p', 'password'), tells('/o', 'own')] });
  const account = '/api/v1/namespaces/default/serviceaccounts';
  await t.call('POST', account, { body: { metadata: { name: 'robot' } } });
  const { body } = await t.call('POST', `${account}/robot/token`, { body: { spec: {} } });
  const { token } = body.status as { token: string };
  const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}` });
  const said = async (path: string, call: object) => (await t.call('POST', path, { as: null, body: 'text', ...call })).text;
  const robot = 'system:serviceaccount:default:robot text';
  assert.equal(await said('/b', { headers: { authorization: `Bearer ${token}` } }), robot);
  assert.equal(await said('/p', { headers: { authorization: `Bearer ${token}` } }), robot);
  assert.equal(await said('/p', { headers: basic(token) }), robot);
  assert.equal(await said('/p', { as: 'bob' }), 'bob text');
  assert.equal(await said('/p', { headers: basic('guess') }), 'wrong ');
  assert.equal(await said('/b', { headers: basic(token) }), 'wrong ');
  assert.equal(await said('/b', {}), 'system:anonymous text');
  assert.equal(await said('/o', { headers: basic(token) }), 'system:anonymous text');
  for (const path of ['/b', '/o'])
    assert.equal((await t.call('POST', path, { as: 'bob', body: 'a text that is too long' })).code, 413, path);
});

test('what fails in the middle of an answer ends that answer, and nothing else, also when its client has not sent all', async () => {
  const breaks: Mount = {
    path: '/breaks',
    credentials: 'own',
    async handle(request, response) {
      response.writeHead(200, { 'content-length': 100 }).write('begun');
      // A client that goes away in the middle.
      request.destroy();
      throw newBadRequest('no more');
    },
  };
  const fails: Mount = {
    path: '/fails',
    credentials: 'own',
    async handle(_request, response) {
      response.writeHead(200, { 'content-length': 100 }).write('begun');
      throw newBadRequest('no more');
    },
  };
  await using t = await startApi({ mounts: () => [breaks, fails, says('/well', 'hello')] });
  await assert.rejects(t.call('POST', '/breaks', { as: null, body: 'x'.repeat(1 << 20) }));
  await assert.rejects(t.call('GET', '/fails', { as: null }));
  assert.equal((await t.call('GET', '/well', { as: null })).text, 'hello');
});
