import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newBadRequest } from '../../../../lib/platform/api/status-error.ts';
import { type Mount, mountOf } from '../../../../lib/platform/apiserver/http/mount.ts';
import { startApi } from './api-under-test.ts';

const says = (path: string, text: string): Mount => ({
  path,
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
  const failing = (path: string, error: Error): Mount => ({ path, handle: () => Promise.reject(error) });
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
