import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, type Reply, startApi } from './api-under-test.ts';

const SERVICES = '/api/v1/namespaces/shop/services';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

let t: ApiUnderTest;
const service = (name: string, externalIPs?: string[]): object => ({
  metadata: { name },
  spec: { ports: [{ port: 443 }], selector: { app: 'web' }, ...(externalIPs === undefined ? {} : { externalIPs }) },
});
const patch = (name: string, spec: object, as: string): Promise<Reply> =>
  t.call('PATCH', `${SERVICES}/${name}`, { as, body: { spec }, headers: { 'content-type': 'application/merge-patch+json' } });

before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-edit' };
  const bound = await t.call('POST', `${RBAC}/namespaces/shop/rolebindings`, {
    body: { metadata: { name: 'ann' }, subjects, roleRef },
  });
  assert.equal(bound.code, 201, bound.text);
});
after(() => t[Symbol.asyncDispose]());

test('who administers a project gives no service an address from outside; an administrator of the platform does', async () => {
  assert.equal((await t.call('POST', SERVICES, { as: 'ann', body: service('plain') })).code, 201);
  const refused = await t.call('POST', SERVICES, { as: 'ann', body: service('taken', ['172.30.0.1']) });
  assert.equal(refused.code, 403, refused.text);
  assert.match(
    refused.body.message,
    /^services "taken" is forbidden: spec.externalIPs: Forbidden: externalIPs have been disabled/,
  );
  assert.equal((await patch('plain', { externalIPs: ['8.8.8.8'] }, 'ann')).code, 403);
  assert.equal((await t.call('POST', SERVICES, { body: service('given', ['203.0.113.7']) })).code, 201);
});

test('what a service has been given stays, and may be taken off', async () => {
  const [name, given] = ['kept', ['203.0.113.8', '203.0.113.9']];
  assert.equal((await t.call('POST', SERVICES, { body: service(name, given) })).code, 201);
  assert.equal((await patch(name, { selector: { app: 'other' } }, 'ann')).code, 200);
  assert.equal((await patch(name, { externalIPs: [...given, '203.0.113.10'] }, 'ann')).code, 403);
  assert.equal((await patch(name, { externalIPs: given.slice(1) }, 'ann')).code, 200);
  assert.equal((await patch(name, { externalIPs: given }, 'ann')).code, 403);
});

test('the right can be given in one project', async () => {
  const rules = [{ verbs: ['create'], apiGroups: ['network.openshift.io'], resources: ['services/externalips'] }];
  await t.call('POST', `${RBAC}/clusterroles`, { body: { metadata: { name: 'addresses' }, rules } });
  await t.call('POST', `${RBAC}/namespaces/shop/rolebindings`, {
    body: {
      metadata: { name: 'addresses' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'addresses' },
    },
  });
  await t.call('POST', `${RBAC}/namespaces/shop/rolebindings`, {
    body: {
      metadata: { name: 'bob' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-edit' },
    },
  });
  assert.equal((await t.call('POST', SERVICES, { as: 'bob', body: service('his', ['203.0.113.11']) })).code, 201);
});
