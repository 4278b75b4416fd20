import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from './api-under-test.ts';
import { configure, patchOf, startHook } from './webhook-under-test.ts';

const HPAS = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const HPA = {
  metadata: { name: 'h' },
  spec: {
    maxReplicas: 3,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
  },
};

test('a webhook for another version of what is written is asked in that version, and patches it there', async () => {
  await using api = await startApi();
  await using hook = await startHook(api, () =>
    patchOf([{ op: 'replace', path: '/spec/targetCPUUtilizationPercentage', value: 70 }]),
  );
  const rules = [
    { operations: ['CREATE'], apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'] },
  ];
  await configure(api, 'Mutating', hook, { rules });
  const made = await api.call('POST', HPAS, { body: HPA });
  assert.equal(made.code, 201, made.text);
  assert.equal(made.body.apiVersion, 'autoscaling/v2');
  assert.equal(made.body.spec.metrics[0].resource.target.averageUtilization, 70);
  const [seen] = hook.seen as unknown as Record<string, { version?: string; apiVersion?: string }>[];
  assert.deepEqual(
    [seen!['kind']!.version, seen!['resource']!.version, seen!['requestKind']!.version, seen!['requestResource']!.version],
    ['v1', 'v1', 'v2', 'v2'],
  );
  assert.equal(seen!['object']!.apiVersion, 'autoscaling/v1');
});

test('a webhook that is exact about versions is not asked about others', async () => {
  await using api = await startApi();
  await using hook = await startHook(api, () => ({ allowed: false }));
  const rules = [{ operations: ['*'], apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['*'] }];
  await configure(api, 'Validating', hook, { rules, matchPolicy: 'Exact' });
  assert.equal((await api.call('POST', HPAS, { body: HPA })).code, 201);
});

test('webhooks change what a connection asks for, and how many replicas a scale wants', async () => {
  await using api = await startApi();
  await using hook = await startHook(api, ({ object }) =>
    patchOf([
      object?.kind === 'Scale'
        ? { op: 'replace', path: '/spec/replicas', value: 2 }
        : { op: 'replace', path: '/command', value: [] },
    ]),
  );
  const rules = [
    { operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/exec'] },
    { operations: ['UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['replicationcontrollers/scale'] },
  ];
  await configure(api, 'Mutating', hook, { rules });
  await api.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const containers = [{ name: 'c', image: 'i' }];
  await api.call('POST', '/api/v1/namespaces/default/pods', {
    body: { metadata: { name: 'p' }, spec: { containers, nodeName: 'n' } },
  });
  const exec = await api.call('POST', '/api/v1/namespaces/default/pods/p/exec?command=sh&stdout=true&container=c');
  assert.equal(exec.body.message, 'you must specify a command to run');
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers } };
  const controller = { metadata: { name: 'r' }, spec: { replicas: 1, selector: { a: 'b' }, template } };
  const path = '/api/v1/namespaces/default/replicationcontrollers';
  assert.equal((await api.call('POST', path, { body: controller })).code, 201);
  const headers = { 'content-type': 'application/merge-patch+json' };
  const scaled = await api.call('PATCH', `${path}/r/scale`, { body: { spec: { replicas: 5 } }, headers });
  assert.deepEqual([scaled.code, scaled.body.spec.replicas], [200, 2], scaled.text);
});
