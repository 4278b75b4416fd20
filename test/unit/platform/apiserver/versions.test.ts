import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startApi } from './api-under-test.ts';

const V1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
const V2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const merge = { 'content-type': 'application/merge-patch+json' };

test('one stored object is read and written in two versions', async () => {
  await using api = await startApi();
  const made = await api.call('POST', V1, {
    body: { metadata: { name: 'x' }, spec: { scaleTargetRef: TARGET, maxReplicas: 4, targetCPUUtilizationPercentage: 60 } },
  });
  assert.equal(made.code, 201, made.text);
  assert.deepEqual([made.body.apiVersion, made.body.spec.targetCPUUtilizationPercentage], ['autoscaling/v1', 60]);
  const newer = (await api.call('GET', `${V2}/x`)).body;
  assert.equal(newer.apiVersion, 'autoscaling/v2');
  assert.equal(newer.spec.metrics[0].resource.target.averageUtilization, 60);
  assert.equal(newer.metadata.uid, made.body.metadata.uid);
  // A patch in the old version changes what both see.
  const patched = await api.call('PATCH', `${V1}/x`, { headers: merge, body: { spec: { targetCPUUtilizationPercentage: 70 } } });
  assert.deepEqual([patched.code, patched.body.spec.targetCPUUtilizationPercentage], [200, 70]);
  assert.equal((await api.call('GET', V2)).body.items[0].spec.metrics[0].resource.target.averageUtilization, 70);
  // What the stored version fills in is there, whichever version was written.
  const plain = { metadata: { name: 'plain' }, spec: { scaleTargetRef: TARGET, maxReplicas: 4 } };
  assert.equal((await api.call('POST', V1, { body: plain })).body.spec.targetCPUUtilizationPercentage, 80);
  await api.call('DELETE', `${V1}/plain`);
  // What the old version cannot say is kept by it.
  const pods = { type: 'Pods', pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '10' } } };
  await api.call('PATCH', `${V2}/x`, { headers: merge, body: { spec: { metrics: [pods] } } });
  const older = (await api.call('GET', `${V1}/x`)).body;
  const put = await api.call('PUT', `${V1}/x`, { body: { ...older, spec: { ...older.spec, maxReplicas: 9 } } });
  assert.equal(put.code, 200, put.text);
  const spec = (await api.call('GET', `${V2}/x`)).body.spec;
  assert.deepEqual([spec.maxReplicas, spec.metrics], [9, [pods]]);
});

test('each version is watched in its own form, is refused in its own words, and can be applied', async () => {
  await using api = await startApi();
  const answer = await api.open('GET', `${V1}?watch=true`);
  const apply = await api.call('PATCH', `${V1}/y?fieldManager=me`, {
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'y' },
      spec: { scaleTargetRef: TARGET, maxReplicas: 4, targetCPUUtilizationPercentage: 50 },
    },
  });
  assert.equal(apply.code, 201, apply.text);
  const [chunk] = (await once(answer, 'data')) as [Buffer];
  const event = JSON.parse(chunk.toString().split('\n')[0]!) as {
    type: string;
    object: { apiVersion: string; spec: Record<string, unknown> };
  };
  assert.deepEqual(
    [event.type, event.object.apiVersion, event.object.spec['targetCPUUtilizationPercentage']],
    ['ADDED', 'autoscaling/v1', 50],
  );
  answer.destroy();
  const wrong = await api.call('POST', V1, {
    body: { metadata: { name: 'z' }, spec: { scaleTargetRef: TARGET, maxReplicas: 0 } },
  });
  assert.equal(wrong.code, 422);
  assert.match(wrong.body.message, /HorizontalPodAutoscaler\.autoscaling "z" is invalid: .*spec\.maxReplicas: Invalid value: 0/);
  const bad = await api.call('POST', V1, { body: { apiVersion: 'autoscaling/v2', metadata: { name: 'z' } } });
  assert.match(bad.body.message, /does not match the expected API version \(autoscaling\/v1\)/);
});

test('discovery prefers the newer version; both groups show the same events', async () => {
  await using api = await startApi();
  const group = (await api.call('GET', '/apis/autoscaling')).body;
  assert.deepEqual(
    [group.preferredVersion.version, group.versions.map((each: { version: string }) => each.version)],
    ['v2', ['v2', 'v1']],
  );
  const event = {
    metadata: { name: 'e', namespace: 'default' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.com/tester',
    reportingInstance: 'one',
    action: 'Testing',
    reason: 'Because',
    regarding: { kind: 'Pod', namespace: 'default', name: 'web' },
    note: 'hello',
    type: 'Normal',
  };
  const made = await api.call('POST', '/apis/events.k8s.io/v1/namespaces/default/events', { body: event });
  assert.equal(made.code, 201, made.text);
  const old = (await api.call('GET', '/api/v1/namespaces/default/events/e')).body;
  assert.deepEqual([old.message, old.involvedObject.name, old.reportingComponent], ['hello', 'web', 'example.com/tester']);
  const found = await api.call('GET', '/apis/events.k8s.io/v1/events?fieldSelector=regarding.name=web');
  assert.deepEqual(
    found.body.items.map((each: { note: string }) => each.note),
    ['hello'],
  );
  const nameless = await api.call('POST', '/apis/events.k8s.io/v1/namespaces/default/events', {
    body: { ...event, metadata: { name: 'f' }, action: '' },
  });
  assert.match(nameless.body.message, /action: Required value/);
});

test('component statuses are made up for their readers, who are told that they are old', async () => {
  await using api = await startApi();
  const list = await api.call('GET', '/api/v1/componentstatuses');
  assert.deepEqual(
    list.body.items.map((each: { metadata: { name: string } }) => each.metadata.name),
    ['controller-manager', 'etcd-0', 'scheduler'],
  );
  assert.match(String(list.headers['warning']), /v1 ComponentStatus is deprecated in v1\.19\+/);
  assert.equal((await api.call('GET', '/api/v1/componentstatuses/scheduler')).body.conditions[0].status, 'True');
  assert.equal((await api.call('GET', '/api/v1/componentstatuses/nobody')).code, 404);
  assert.equal((await api.call('POST', '/api/v1/componentstatuses', { body: {} })).code, 405);
});
