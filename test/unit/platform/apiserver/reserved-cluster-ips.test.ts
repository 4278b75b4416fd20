import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resolveConfig } from '../../../../lib/platform/config/load-config.ts';
import type { MachineFacts } from '../../../../lib/platform/config/machine-facts.ts';
import { registrySettings } from '../../../../lib/platform/part-settings.ts';
import { reservedClusterIPs } from '../../../../lib/platform/reserved-names.ts';
import { type ApiUnderTest, type Reply, startApi } from './api-under-test.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** 14 addresses: all of them are given away here. */
const serviceCIDR = '172.30.0.0/28';
const reservedIPs = reservedClusterIPs({ serviceCIDR });
/** The platform's service at each. */
const OWNERS = [
  ['172.30.0.1', 'default', 'kubernetes'],
  ['172.30.0.5', 'default', 'docker-registry'],
  ['172.30.0.10', 'kube-system', 'kube-dns'],
] as const;

let t: ApiUnderTest;
const create = (namespace: string, name: string, spec: object, as = 'ann', query = ''): Promise<Reply> =>
  t.call('POST', `/api/v1/namespaces/${namespace}/services${query}`, {
    as,
    body: { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } },
  });
const remove = async (namespace: string, name: string): Promise<void> =>
  assert.equal((await t.call('DELETE', `/api/v1/namespaces/${namespace}/services/${name}`)).code, 200);

before(async () => {
  t = await startApi({ ranges: { clusterIPs: serviceCIDR, nodePorts: '30000-30003', reservedIPs } });
  const apiGroup = 'rbac.authorization.k8s.io';
  for (const name of ['shop', 'kube-system']) await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  const body = {
    metadata: { name: 'ann' },
    subjects: [{ kind: 'User', apiGroup, name: 'ann' }],
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'system:aggregate-to-edit' },
  };
  assert.equal((await t.call('POST', `${RBAC}/namespaces/shop/rolebindings`, { body })).code, 201);
});
after(() => t[Symbol.asyncDispose]());

test('what is reserved is where the parts of the platform are', () => {
  assert.deepEqual(
    [...reservedIPs],
    OWNERS.map(([ip, namespace, name]) => [ip, `${namespace}/${name}`]),
  );
  const config = resolveConfig('test', { advertiseAddress: '192.0.2.7', serviceCIDR }, { hostname: 'n' } as MachineFacts);
  const pair = { certPem: '', keyPem: '', caPem: '' };
  const { clusterIP } = registrySettings(config, { registry: pair, registryTokens: pair } as never);
  assert.equal(reservedIPs.get(clusterIP), 'default/docker-registry');
});

for (const [ip, namespace, name] of OWNERS)
  test(`${ip} is taken for all services but ${namespace}/${name}, before that is there`, async () => {
    for (const [inside, called, as] of [
      ['shop', 'web', 'ann'],
      ['shop', name, 'ann'],
      [namespace, 'web', 'admin'],
    ] as const)
      for (const query of ['', '?dryRun=All']) {
        const refused = await create(inside, called, { clusterIP: ip }, as, query);
        assert.equal(refused.code, 422, refused.text);
        assert.equal(
          refused.body.message,
          `Service "${called}" is invalid: spec.clusterIPs: Invalid value: []string{"${ip}"}: failed to allocate IP ${ip}: provided IP is already allocated`,
        );
        assert.equal(refused.body.details.causes[0].field, 'spec.clusterIPs');
      }
    const beside = ip.replace(/\d+$/, (last) => String(Number(last) + 1));
    assert.equal((await create('shop', 'web', { clusterIP: beside })).code, 201);
    await remove('shop', 'web');
    assert.equal((await create(namespace, name, { clusterIP: ip }, 'admin', '?dryRun=All')).code, 201);
    assert.equal((await create(namespace, name, { clusterIP: ip }, 'admin')).body.spec.clusterIP, ip);
    await remove(namespace, name);
  });

test('a service that becomes one with an address gets none of them either', async () => {
  assert.equal((await create('shop', 'web', { type: 'ExternalName', externalName: 'a.example.test' })).code, 201);
  const become = (clusterIP: string): Promise<Reply> =>
    t.call('PATCH', '/api/v1/namespaces/shop/services/web', {
      as: 'ann',
      body: { spec: { type: 'ClusterIP', externalName: null, clusterIP } },
    });
  const refused = await become('172.30.0.5');
  assert.equal(refused.code, 422, refused.text);
  assert.match(refused.body.message, /failed to allocate IP 172\.30\.0\.5: provided IP is already allocated/);
  assert.equal((await become('172.30.0.6')).body.spec.clusterIP, '172.30.0.6');
  await remove('shop', 'web');
});

test('services that name no address get all others, and the platform has its own when there is no other left', async () => {
  const given: string[] = [];
  for (let i = 0; i < 11; i++) given.push((await create('shop', `s${i}`, {})).body.spec.clusterIP as string);
  assert.equal(new Set(given).size, 11, String(given));
  assert.deepEqual(
    given.filter((ip) => reservedIPs.has(ip)),
    [],
  );
  const full = await create('shop', 'one-more', {});
  assert.match(full.body.message, /range is full/);
  for (const [ip, namespace, name] of OWNERS)
    assert.equal((await create(namespace, name, { clusterIP: ip }, 'admin')).code, 201, ip);
});
