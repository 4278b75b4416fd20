import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from './api-under-test.ts';

const PODS = '/api/v1/namespaces/kube-system/pods';
const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses';
const pod = (name: string, spec: object = {}): object => ({
  metadata: { name },
  spec: { serviceAccountName: 'default', automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }], ...spec },
});

test('pods get the rank of their class, and only that', async () => {
  await using api = await startApi();
  await api.call('POST', '/api/v1/namespaces/kube-system/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const create = (name: string, spec: object = {}): ReturnType<typeof api.call> =>
    api.call('POST', PODS, { body: pod(name, spec) });
  const rank = ({ body }: { body: { spec: Record<string, unknown> } }): unknown[] => [
    body.spec['priorityClassName'],
    body.spec['priority'],
    body.spec['preemptionPolicy'],
  ];
  assert.deepEqual(rank(await create('plain')), [undefined, 0, 'PreemptLowerPriority']);
  assert.deepEqual(rank(await create('critical', { priorityClassName: 'system-node-critical' })), [
    'system-node-critical',
    2_000_001_000,
    'PreemptLowerPriority',
  ]);
  const unknown = await create('unknown', { priorityClassName: 'nobody' });
  assert.deepEqual(
    [unknown.code, unknown.body.message],
    [403, 'pods "unknown" is forbidden: no PriorityClass with name nobody was found'],
  );
  const cheat = await create('cheat', { priority: 7 });
  assert.equal(cheat.code, 403);
  assert.match(cheat.body.message, /the integer value of priority \(7\) must not be provided in pod spec/);
  const first = { metadata: { name: 'low' }, value: 10, globalDefault: true, preemptionPolicy: 'Never' };
  assert.equal((await api.call('POST', CLASSES, { body: first })).code, 201);
  assert.deepEqual(rank(await create('defaulted')), ['low', 10, 'Never']);
  const second = await api.call('POST', CLASSES, { body: { ...first, metadata: { name: 'other' } } });
  assert.deepEqual(
    [second.code, second.body.message],
    [
      403,
      'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass low is already marked as default. Only one default can exist',
    ],
  );
  // The default itself may still be changed.
  const patch = await api.call('PATCH', `${CLASSES}/low`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { description: 'd' },
  });
  assert.equal(patch.code, 200);
});

test("the system's ranks are not for pods that are held to a level of security", async () => {
  await using api = await startApi();
  const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
  await api.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop', labels } } });
  await api.call('POST', CLASSES, { body: { metadata: { name: 'high' }, value: 1_000_000_000 } });
  const create = async (namespace: string, priorityClassName: string): Promise<[number, string]> => {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await api.call('POST', accounts, { body: { metadata: { name: 'default' } } });
    const body = pod(priorityClassName, { priorityClassName });
    const { code, body: answer } = await api.call('POST', `/api/v1/namespaces/${namespace}/pods`, { body });
    return [code, answer.message];
  };
  for (const name of ['system-node-critical', 'system-cluster-critical'])
    assert.deepEqual(await create('shop', name), [
      403,
      `pods "${name}" is forbidden: pods with ${name} priorityClass is not permitted in shop namespace`,
    ]);
  assert.deepEqual(await create('shop', 'high'), [201, undefined]);
  assert.deepEqual(await create('kube-system', 'system-node-critical'), [201, undefined]);
});

test('claims get the default storage class, unless they say otherwise', async () => {
  await using api = await startApi();
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  await api.call('POST', '/apis/storage.k8s.io/v1/storageclasses', {
    body: { metadata: { name: 'fast', annotations }, provisioner: 'a.b/c' },
  });
  const claim = async (name: string, more: object = {}): Promise<string> => {
    const body = {
      metadata: { name },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more },
    };
    return (await api.call('POST', '/api/v1/namespaces/default/persistentvolumeclaims', { body })).body.spec.storageClassName;
  };
  assert.deepEqual([await claim('one'), await claim('two', { storageClassName: '' })], ['fast', '']);
});
