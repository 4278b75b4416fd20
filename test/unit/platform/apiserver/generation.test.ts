import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions } from '../../../../lib/platform/apiserver/kinds/resource-table.ts';
import { startApi } from './api-under-test.ts';

const merge = { 'content-type': 'application/merge-patch+json' };

test('generation counts what is wanted: of a deployment its annotations too, of claims nothing', async () => {
  await using api = await startApi();
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const spec = { replicas: 0, selector: { matchLabels: { a: 'b' } }, template };
  assert.equal((await api.call('POST', path, { body: { metadata: { name: 'web' }, spec } })).body.metadata.generation, 1);
  const patched = async (body: object): Promise<number> =>
    (await api.call('PATCH', `${path}/web`, { headers: merge, body })).body.metadata.generation;
  assert.equal(await patched({ metadata: { labels: { x: 'y' } } }), 1);
  assert.equal(await patched({ metadata: { annotations: { x: 'y' } } }), 2);
  assert.equal(await patched({ spec: { paused: true } }), 3);
  assert.equal(await patched({ status: { replicas: 3 } }), 3);
  const claim = {
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const made = await api.call('POST', '/api/v1/namespaces/default/persistentvolumeclaims', { body: claim });
  assert.deepEqual([made.code, made.body.metadata.generation], [201, undefined]);
});

test('stable versions come before beta, beta before alpha, higher before lower', () => {
  const versions = ['v1alpha1', 'foo', 'v1', 'v2beta1', 'v10', 'v1beta2', 'v2', 'v1beta1'];
  assert.deepEqual(versions.sort(compareVersions), ['v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1beta1', 'v1alpha1', 'foo']);
});
