import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, pod, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
after(() => t[Symbol.asyncDispose]());

const NODE = 'system:node:n1@system:nodes';
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
const VOLUMES = '/api/v1/persistentvolumes';
const LABEL = 'openshift.io/local-volume-node';

const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const claim = (name: string, more: object = {}): object => ({ metadata: { name }, spec: { ...spec, ...more } });
const volume = (name: string, node: string, more: object = {}): object => ({
  metadata: { name, labels: { [LABEL]: node }, finalizers: ['openshift.io/local-volume'] },
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/x' }, ...more },
});
const bind = async (path: string, size = '1Gi'): Promise<void> => {
  const body = { status: { phase: 'Bound', capacity: { storage: size } } };
  assert.equal((await t.call('PATCH', `${path}/status`, { body })).code, 200);
};
const asNode = async (method: string, path: string, body?: object): Promise<number> =>
  (await t.call(method, path, { as: NODE, ...(body === undefined ? {} : { body }) })).code;

test('there is a default class, claims get it, and both they and volumes are protected from the first moment', async () => {
  const { body } = await t.call('GET', '/apis/storage.k8s.io/v1/storageclasses/local');
  assert.deepEqual(
    [body.provisioner, body.volumeBindingMode, body.reclaimPolicy, body.allowVolumeExpansion],
    ['openshift.io/local', 'WaitForFirstConsumer', 'Delete', true],
  );
  const made = await t.call('POST', CLAIMS, { body: claim('fresh') });
  assert.equal(made.body.spec.storageClassName, 'local');
  assert.deepEqual(made.body.metadata.finalizers, ['kubernetes.io/pvc-protection']);
  const recycled = await t.call('POST', VOLUMES, { body: volume('fresh', 'n2', { persistentVolumeReclaimPolicy: 'Recycle' }) });
  assert.deepEqual(recycled.body.metadata.finalizers.toSorted(), ['kubernetes.io/pv-protection', 'openshift.io/local-volume']);
  assert.match(String(recycled.headers['warning']), /The Recycle reclaim policy is deprecated/);
});

test('ephemeral volumes are checked as the claims that they become', async () => {
  const withVolume = (ephemeral: object): object => {
    const made = pod('p', { volumes: [{ name: 'v', ephemeral }] });
    return made;
  };
  const path = '/api/v1/namespaces/default/pods?dryRun=All';
  const refused = await t.call('POST', path, {
    body: withVolume({ volumeClaimTemplate: { spec: { ...spec, accessModes: [] } } }),
  });
  assert.match(
    refused.body.message,
    /ephemeral\.volumeClaimTemplate\.spec\.accessModes: Required value: at least 1 access mode is required/,
  );
  assert.match(
    (await t.call('POST', path, { body: withVolume({}) })).body.message,
    /ephemeral\.volumeClaimTemplate: Required value/,
  );
  assert.equal((await t.call('POST', path, { body: withVolume({ volumeClaimTemplate: { spec } }) })).code, 201);
});

test('a claim grows when it is bound and its class lets it; one of a larger volume may be written all the same', async () => {
  const fixed = { metadata: { name: 'fixed' }, provisioner: 'example.com/disks', allowVolumeExpansion: false };
  await t.call('POST', '/apis/storage.k8s.io/v1/storageclasses', { body: fixed });
  const grow = (name: string, storage: string): ReturnType<ApiUnderTest['call']> =>
    t.call('PATCH', `${CLAIMS}/${name}`, { body: { spec: { resources: { requests: { storage } } } } });
  for (const [name, storageClassName] of [
    ['grows', 'local'],
    ['stays', 'fixed'],
    ['none', ''],
    ['lost', 'gone'],
  ]) {
    await t.call('POST', CLAIMS, { body: claim(name!, { storageClassName, volumeName: 'v' }) });
    await bind(`${CLAIMS}/${name}`, '5Gi');
  }
  assert.equal((await grow('grows', '6Gi')).code, 200);
  for (const name of ['stays', 'none', 'lost']) {
    const { code, body } = await grow(name, '6Gi');
    assert.deepEqual(
      [code, body.message],
      [
        403,
        `persistentvolumeclaims "${name}" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize`,
      ],
    );
  }
  assert.equal((await t.call('PATCH', `${CLAIMS}/stays`, { body: { metadata: { labels: { a: 'b' } } } })).code, 200);
  assert.match((await grow('grows', '2Gi')).body.message, /field can not be less than status\.capacity/);
});

test('quotas count storage in all and of a class', async () => {
  const path = (kind: string): string => `/api/v1/namespaces/shop/${kind}`;
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  const hard = {
    'requests.storage': '5Gi',
    'local.storageclass.storage.k8s.io/requests.storage': '2Gi',
    persistentvolumeclaims: '3',
  };
  await t.call('POST', path('resourcequotas'), { body: { metadata: { name: 'q' }, spec: { hard } } });
  const make = (name: string, more: object): ReturnType<ApiUnderTest['call']> =>
    t.call('POST', path('persistentvolumeclaims'), { body: claim(name, more) });
  const of = (storage: string): object => ({ resources: { requests: { storage } } });
  assert.equal((await make('a', of('2Gi'))).code, 201);
  assert.match(
    (await make('b', {})).body.message,
    /exceeded quota: q, requested: local\.storageclass\.storage\.k8s\.io\/requests\.storage=1Gi/,
  );
  assert.equal((await make('c', { storageClassName: 'other', ...of('3Gi') })).code, 201);
  assert.match((await make('d', { storageClassName: 'other' })).body.message, /requested: requests\.storage=1Gi/);
  await bind(`${path('persistentvolumeclaims')}/a`, '2Gi');
  const grown = await t.call('PATCH', `${path('persistentvolumeclaims')}/a`, { body: { spec: of('3Gi') } });
  assert.equal(grown.code, 403);
});

test('a node reads the claims of its pods and their volumes, and tells how large they are, and nothing else', async () => {
  await t.call('POST', CLAIMS, { body: claim('used', { volumeName: 'used' }) });
  await t.call('POST', CLAIMS, { body: claim('unused', { volumeName: 'unused' }) });
  await bind(`${CLAIMS}/used`);
  await bind(`${CLAIMS}/unused`);
  for (const name of ['used', 'unused'])
    await t.call('POST', VOLUMES, { body: volume(name, 'n2', { claimRef: { namespace: 'default', name } }) });
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'used' } }];
  await t.call('POST', '/api/v1/namespaces/default/pods', { body: pod('user', { nodeName: 'n1', volumes }) });
  assert.equal(await asNode('GET', `${CLAIMS}/used`), 200);
  assert.equal(await asNode('GET', `${VOLUMES}/used`), 200);
  assert.equal(await asNode('GET', `${CLAIMS}/unused`), 403);
  assert.equal(await asNode('GET', `${VOLUMES}/unused`), 403);
  for (const path of [CLAIMS, '/api/v1/persistentvolumeclaims', VOLUMES]) assert.equal(await asNode('GET', path), 403, path);
  assert.equal(await asNode('PATCH', `${CLAIMS}/used`, { metadata: { labels: { a: 'b' } } }), 403);
  assert.equal(await asNode('PATCH', `${CLAIMS}/unused/status`, { status: { capacity: { storage: '9Gi' } } }), 403);
  assert.equal(await asNode('PATCH', `${CLAIMS}/used/status`, { status: { capacity: { storage: '9Gi' } } }), 200);
  assert.equal(await asNode('PATCH', `${CLAIMS}/used/status`, { status: { phase: 'Lost' } }), 403);
  assert.equal(await asNode('DELETE', `${CLAIMS}/used`), 403);
});

test('a node follows the volumes whose folders it has, and lets go of those that are deleted', async () => {
  for (const [name, node] of [
    ['mine', 'n1'],
    ['theirs', 'n2'],
  ])
    await t.call('POST', VOLUMES, { body: volume(name!, node!) });
  const list = (selector: string): string => `${VOLUMES}?labelSelector=${encodeURIComponent(selector)}`;
  const found = await t.call('GET', list(`${LABEL}=n1`), { as: NODE });
  assert.deepEqual(
    found.body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ['mine'],
  );
  for (const selector of [`${LABEL}=n2`, `${LABEL}!=n1`, `${LABEL} in (n1,n2)`, `${LABEL}=n11`, 'a=b'])
    assert.equal(await asNode('GET', list(selector)), 403, selector);
  const drop = { metadata: { finalizers: ['kubernetes.io/pv-protection'] } };
  assert.equal(await asNode('PATCH', `${VOLUMES}/mine`, drop), 403, 'before it is deleted');
  for (const name of ['mine', 'theirs']) assert.equal((await t.call('DELETE', `${VOLUMES}/${name}`)).code, 200);
  assert.equal(await asNode('PATCH', `${VOLUMES}/theirs`, drop), 403);
  assert.equal(
    await asNode('PATCH', `${VOLUMES}/mine`, { metadata: { finalizers: [] } }),
    403,
    'the protection is not its to take',
  );
  assert.equal(await asNode('PATCH', `${VOLUMES}/mine`, { ...drop, spec: { capacity: { storage: '9Gi' } } }), 403);
  assert.equal(await asNode('PATCH', `${VOLUMES}/mine`, { metadata: { ...drop.metadata, labels: { [LABEL]: 'n2' } } }), 403);
  assert.equal(await asNode('PATCH', `${VOLUMES}/mine`, drop), 200);
  for (const [method, path, body] of [
    ['POST', VOLUMES, volume('new', 'n1')],
    ['DELETE', `${VOLUMES}/mine`, undefined],
    ['PATCH', `${VOLUMES}/mine/status`, { status: { phase: 'Available' } }],
  ] as const)
    assert.equal(await asNode(method, path, body), 403, method);
});

test('a node names no claims in pods of its own making', async () => {
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'unused' } }];
  const made = pod('mirror', { nodeName: 'n1', volumes }) as { metadata: object };
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  const { code, body } = await t.call('POST', '/api/v1/namespaces/default/pods', {
    as: NODE,
    body: { ...made, metadata: { ...made.metadata, annotations } },
  });
  assert.equal(code, 403);
  assert.match(body.message, /can not create pods that reference persistentvolumeclaims/);
});
