import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWithOAuth } from './oauth-under-test.ts';

test('programs are answered in JSON, also those that say that they would take a page', async () => {
  await using t = await startWithOAuth();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html, */*; q=.2' };
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: 'openshift-cli-client', code: 'x' }).toString();
  const answer = await t.call('POST', '/oauth/token', { as: null, headers, body });
  assert.deepEqual([answer.code, answer.headers['content-type'], answer.body.error], [400, 'application/json', 'invalid_grant']);
});
