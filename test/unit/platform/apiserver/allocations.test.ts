import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AllocationLedger } from '../../../../lib/platform/apiserver/store/allocation-ledger.ts';
import { ObjectCache } from '../../../../lib/platform/apiserver/store/object-cache.ts';
import { addressPool, candidates, portPool } from '../../../../lib/platform/apiserver/store/value-pool.ts';
import { silentLog } from '../../../../lib/common/log.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi({ ranges: { clusterIPs: '172.30.0.0/28', nodePorts: '30000-30003' } });
});
after(() => t[Symbol.asyncDispose]());

const SERVICES = '/api/v1/namespaces/default/services';
const service = (name: string, spec: object = {}): object => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
const claims = async (): Promise<string[]> =>
  (await t.backend.list('/allocations/')).items.map(({ key }) => key.slice('/allocations/'.length));

test('a service gets an address of the range, and gives it back', async () => {
  const { body } = await t.call('POST', SERVICES, { body: service('one') });
  const address = body.spec.clusterIP as string;
  assert.ok(addressPool('172.30.0.0/28').holds(address), address);
  assert.deepEqual(await claims(), [`clusterIPs/${address}`]);
  await t.call('DELETE', `${SERVICES}/one`);
  assert.deepEqual(await claims(), []);
});

test('an address that another service holds is refused, and stays claimed', async () => {
  assert.equal((await t.call('POST', SERVICES, { body: service('a', { clusterIP: '172.30.0.5' }) })).code, 201);
  const taken = await t.call('POST', SERVICES, { body: service('b', { clusterIP: '172.30.0.5' }) });
  assert.equal(taken.code, 422);
  assert.match(taken.body.message, /provided IP is already allocated/);
  const outside = await t.call('POST', SERVICES, { body: service('c', { clusterIP: '10.0.0.1' }) });
  assert.equal(outside.code, 422);
  assert.deepEqual(await claims(), ['clusterIPs/172.30.0.5']);
  await t.call('DELETE', `${SERVICES}/a`);
});

test('a refused creation keeps no claim', async () => {
  await t.call('POST', SERVICES, { body: service('dup', { type: 'NodePort' }) });
  const before = await claims();
  assert.equal((await t.call('POST', SERVICES, { body: service('dup', { type: 'NodePort' }) })).code, 409);
  assert.deepEqual(await claims(), before);
  await t.call('DELETE', `${SERVICES}/dup`);
  assert.deepEqual(await claims(), []);
});

test('node ports run out, with a text that says so', async () => {
  for (const name of ['n1', 'n2', 'n3', 'n4'])
    assert.equal((await t.call('POST', SERVICES, { body: service(name, { type: 'NodePort' }) })).code, 201, name);
  const full = await t.call('POST', SERVICES, { body: service('n5', { type: 'NodePort' }) });
  assert.equal(full.code, 422);
  assert.match(full.body.message, /range is full/);
  assert.equal((await claims()).length, 8, 'the address that was claimed first went back');
  for (const name of ['n1', 'n2', 'n3', 'n4']) await t.call('DELETE', `${SERVICES}/${name}`);
});

test('services made at the same time get different values', async () => {
  const replies = await Promise.all(
    ['p1', 'p2', 'p3', 'p4'].map((name) => t.call('POST', SERVICES, { body: service(name, { type: 'NodePort' }) })),
  );
  const ports = replies.map(({ body }) => body.spec.ports[0].nodePort as number);
  assert.equal(new Set(ports).size, 4);
  for (const name of ['p1', 'p2', 'p3', 'p4']) await t.call('DELETE', `${SERVICES}/${name}`);
});

test('a claim that a crash left behind is found once it is old', async () => {
  const clock = new FakeClock();
  const cache = new ObjectCache(t.backend, silentLog, clock);
  await cache.start();
  const ledger = new AllocationLedger(t.backend, cache, { clusterIPs: '172.30.0.0/28', nodePorts: '30000-30003' }, () =>
    clock.now(),
  );
  const { body } = await t.call('POST', SERVICES, { body: service('alive', { clusterIP: '172.30.0.7' }) });
  assert.ok(await ledger.claim('clusterIPs', '172.30.0.9', { key: '/registry/core/services/default/never', uid: 'u' }));
  await cache.fresh();
  assert.equal(await ledger.repair(), 0, 'a write may still be on its way');
  await clock.advance(120_000);
  assert.equal(await ledger.repair(), 1);
  assert.deepEqual(await claims(), [`clusterIPs/${body.spec.clusterIP}`]);
  await cache.stop();
});

test('pools: bounds, and an order that leaves the first values for those who ask by name', () => {
  const addresses = addressPool('10.0.0.0/24');
  assert.deepEqual([addresses.at(0), addresses.at(addresses.size - 1)], ['10.0.0.1', '10.0.0.254']);
  for (const bad of ['10.0.0.0', '10.0.0.255', '10.0.1.1', '010.0.0.1', '::1', '', '10.0.0.1 '])
    assert.equal(addresses.holds(bad), false, bad);
  const order = [...candidates(addresses, () => 3)];
  assert.equal(new Set(order).size, 254);
  assert.equal(order[0], addresses.at(addresses.reserved + 3));
  assert.equal(portPool('30000-32767').size, 2768);
  assert.equal(portPool('30000-32767').holds('32768'), false);
  for (const bad of ['1-0', 'x', '0-5', '1-70000']) assert.throws(() => portPool(bad), TypeError);
});
