import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, startApi } from '../../apiserver/api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  for (const name of ['shop', 'billing', 'other'])
    await must(201, 'POST', '/api/v1/namespaces', { metadata: { name, labels: { team: name } } });
});
after(() => t[Symbol.asyncDispose]());

const GROUP = '/apis/network.openshift.io/v1';
const CHANGE = 'pod.network.openshift.io/multitenant.change-network';

async function must(code: number, method: string, path: string, body?: unknown, as = 'admin') {
  const reply = await t.call(method, path, { as, ...(body === undefined ? {} : { body }) });
  assert.equal(reply.code, code, `${as} ${method} ${path}: ${reply.text}`);
  return reply.body;
}
const read = (name: string) => must(200, 'GET', `${GROUP}/netnamespaces/${name}`);
const annotationsOf = async (name: string) => (await must(200, 'GET', `/api/v1/namespaces/${name}`)).metadata.annotations;

async function change(name: string, to: string, code = 200, more: object = {}) {
  const object = await read(name);
  object.metadata.annotations = { [CHANGE]: to };
  return must(code, 'PUT', `${GROUP}/netnamespaces/${name}`, { ...object, ...more });
}

test('each namespace has a number: its own, another one it is joined to, or 0', async () => {
  const { items } = await must(200, 'GET', `${GROUP}/netnamespaces`);
  const ids = new Map<string, number>(items.map(({ netname, netid }: { netname: string; netid: number }) => [netname, netid]));
  assert.deepEqual([ids.get('default'), ids.get('kube-system')], [0, 0]);
  assert.equal(new Set(['shop', 'billing', 'other', 'default'].map((name) => ids.get(name))).size, 4);

  const joined = await change('billing', 'join:shop');
  assert.deepEqual([joined.netid, joined.metadata.annotations], [ids.get('shop'), undefined]);
  assert.deepEqual(await annotationsOf('billing'), { 'network.openshift.io/join': 'shop' });
  assert.equal((await change('billing', 'global:')).netid, 0);
  assert.deepEqual(await annotationsOf('billing'), { 'network.openshift.io/global': 'true' });
  assert.equal((await change('other', 'join:billing')).netid, 0);
  for (const name of ['billing', 'other']) assert.equal((await change(name, 'isolate:')).netid, ids.get(name));
  assert.deepEqual(await annotationsOf('billing'), undefined);
  assert.deepEqual((await must(200, 'GET', '/api/v1/namespaces/billing')).metadata.labels.team, 'billing');
});

test('what cannot be is refused, and changes nothing', async () => {
  const message = async (...args: Parameters<typeof change>) => (await change(args[0], args[1], args[2] ?? 422, args[3])).message;
  assert.match(await message('shop', 'join:nowhere'), /project "nowhere" not found/);
  for (const wrong of ['join:', 'mix:shop', 'global:shop', 'join:a:b', ''])
    assert.match(await message('shop', wrong), /must be "global:", "isolate:" or "join:PROJECT"/);
  assert.match(await message('default', 'isolate:'), /namespace "default" is the platform's/);
  assert.match(await message('shop', 'global:', 422, { netid: 7 }), /netid: Invalid value: 7: field is immutable/);
  assert.match(await message('shop', 'global:', 422, { egressIPs: ['192.0.2.1'] }), /egressIPs: Forbidden/);
  assert.equal(await annotationsOf('shop'), undefined);
  await must(404, 'GET', `${GROUP}/netnamespaces/nowhere`);
  const { metadata, ...rest } = await read('shop');
  await must(404, 'PUT', `${GROUP}/netnamespaces/nowhere`, { ...rest, netname: 'nowhere', metadata: { name: 'nowhere' } });
  const old = { ...metadata, annotations: { [CHANGE]: 'global:' }, resourceVersion: '1' };
  assert.equal((await must(409, 'PUT', `${GROUP}/netnamespaces/shop`, { ...rest, metadata: old })).details.kind, 'netnamespaces');
  assert.equal(await annotationsOf('shop'), undefined);
});

test('who administers a project does not decide about its network; an administrator of the platform does', async () => {
  await must(201, 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings', {
    metadata: { name: 'admin' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' }],
  });
  const object = await read('shop');
  const wish = { ...object, metadata: { ...object.metadata, annotations: { [CHANGE]: 'join:billing' } } };
  await must(403, 'PUT', `${GROUP}/netnamespaces/shop`, wish, 'ann');
  await must(403, 'GET', `${GROUP}/netnamespaces`, undefined, 'ann');
  await must(200, 'PUT', `${GROUP}/netnamespaces/shop`, wish);
  await change('shop', 'isolate:');
});

test('the network itself names the plug-in that old clients ask for', async () => {
  const network = await must(200, 'GET', `${GROUP}/clusternetworks/default`);
  assert.equal(network.pluginName, 'redhat/openshift-ovs-multitenant');
  assert.deepEqual(network.clusterNetworks, [{ CIDR: network.network, hostSubnetLength: network.hostsubnetlength }]);
  assert.match(network.serviceNetwork, /\/\d+$/);
});
