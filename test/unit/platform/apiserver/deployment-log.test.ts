import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webTemplate } from '../../../support/kind-cases.ts';
import { startApi } from './api-under-test.ts';

const CONFIGS = '/apis/apps.openshift.io/v1/namespaces/default/deploymentconfigs';
const CONTROLLERS = '/api/v1/namespaces/default/replicationcontrollers';

test('the log of a version whose number is known before its controller is there waits for that', async () => {
  await using t = await startApi();
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  const made = await t.call('POST', CONFIGS, { body: { metadata: { name: 'web' }, spec: { template: webTemplate() } } });
  assert.equal(made.code, 201, made.text);
  assert.equal((await t.call('GET', `${CONFIGS}/web/log`)).code, 400);
  await t.call('PATCH', `${CONFIGS}/web/status`, { body: { status: { latestVersion: 1 } } });
  const log = t.call('GET', `${CONFIGS}/web/log?nowait=true`);
  // By then it has been asked for.
  assert.equal((await t.call('GET', `${CONTROLLERS}/web-1`)).code, 404);
  const annotations = { 'openshift.io/deployment.phase': 'New' };
  const spec = { replicas: 0, selector: { app: 'web' }, template: webTemplate() };
  const controller = await t.call('POST', CONTROLLERS, { body: { metadata: { name: 'web-1', annotations }, spec } });
  assert.equal(controller.code, 201, controller.text);
  const { code, text } = await log;
  assert.deepEqual([code, text], [200, '']);
});
