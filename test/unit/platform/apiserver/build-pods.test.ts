import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, pod, startApi } from './api-under-test.ts';

const PODS = '/api/v1/namespaces/default/pods';
const NAME = 'openshift.io/build.name';
const OWNER = [{ apiVersion: 'build.openshift.io/v1', kind: 'Build', name: 'web-1', uid: 'u-1', controller: true }];
const whole = { labels: { [NAME]: 'web-1' }, annotations: { [NAME]: 'web-1' }, ownerReferences: OWNER };

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  await t.call('POST', `${rbac}/rolebindings`, {
    body: {
      metadata: { name: 'ann' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    },
  });
});
after(() => t[Symbol.asyncDispose]());

test('nobody but who may everywhere makes a pod of a build', async () => {
  assert.equal((await t.call('POST', PODS, { body: pod('build', {}, whole) })).code, 201);
  for (const [i, metadata] of [
    whole,
    { labels: whole.labels },
    { annotations: whole.annotations },
    { ownerReferences: OWNER },
  ].entries()) {
    // Also one who may everything in the namespace.
    const refused = await t.call('POST', PODS, { body: pod(`posing-${i}`, {}, metadata), as: 'ann' });
    assert.equal(refused.code, 403, JSON.stringify(metadata));
    assert.match(refused.body.message, /is forbidden: (only the build controller makes pods|the label and the annotation)/);
  }
  assert.equal((await t.call('POST', PODS, { body: pod('plain'), as: 'ann' })).code, 201);
});

test('a pod of a replica set is none of a build, whatever its template says', async () => {
  const owner = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u-2', controller: true }];
  const metadata = { labels: whole.labels, annotations: whole.annotations, ownerReferences: owner };
  const refused = await t.call('POST', PODS, { body: pod('templated', {}, metadata) });
  assert.equal(
    refused.body.message,
    `pods "templated" is forbidden: the label and the annotation ${NAME} are kept for pods of builds`,
  );
});

test('no pod becomes one of a build later, and what runs in one stays', async () => {
  const patch = (name: string, body: object) => t.call('PATCH', `${PODS}/${name}`, { body, as: 'ann' });
  assert.equal((await patch('plain', { metadata: { labels: whole.labels } })).code, 403);
  assert.equal((await patch('plain', { metadata: { labels: { app: 'web' } } })).code, 200);
  assert.equal((await patch('build', { metadata: { labels: { [NAME]: 'other' } } })).code, 403);
  assert.equal((await patch('build', { metadata: { labels: { app: 'web' } } })).code, 200);
  const image = JSON.stringify([{ op: 'replace', path: '/spec/containers/0/image', value: 'mine' }]);
  const headers = { 'content-type': 'application/json-patch+json' };
  const change = (name: string) => t.call('PATCH', `${PODS}/${name}`, { body: image, as: 'ann', headers });
  const refused = await change('build');
  assert.equal(refused.body.message, 'pods "build" is forbidden: what runs in the pod of a build cannot be changed');
  assert.equal((await change('plain')).code, 200);
  const debug = { spec: { ephemeralContainers: [{ name: 'debug', image: 'mine' }] } };
  assert.equal((await t.call('PATCH', `${PODS}/build/ephemeralcontainers`, { body: debug, as: 'ann' })).code, 403);
  assert.equal((await t.call('PATCH', `${PODS}/plain/ephemeralcontainers`, { body: debug, as: 'ann' })).code, 200);
});
