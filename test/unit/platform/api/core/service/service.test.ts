import assert from 'node:assert/strict';
import { test } from 'node:test';
import { service as definition } from '../../../../../../lib/platform/api/core/service/service.ts';
import type { Allocations } from '../../../../../../lib/platform/api/allocations.ts';
import type { StrategyContext } from '../../../../../../lib/platform/api/strategy.ts';
import type { KubeObject } from '../../../../../../lib/platform/api/meta.ts';
import { applyDefaults } from '../../../../../../lib/platform/api/schema/apply-defaults.ts';

type Fields = Record<string, unknown>;

/** Two pools in memory; claims go by `pool/value`. */
class Pools implements Allocations {
  readonly held = new Set<string>();
  #next = 10;
  range(pool: 'clusterIPs' | 'nodePorts'): string {
    return pool === 'clusterIPs' ? '172.30.0.0/16' : '30000-32767';
  }
  claim(pool: string, value: string): Promise<boolean> {
    if (this.held.has(`${pool}/${value}`)) return Promise.resolve(false);
    this.held.add(`${pool}/${value}`);
    return Promise.resolve(true);
  }
  async claimNext(pool: 'clusterIPs' | 'nodePorts'): Promise<string> {
    const value = pool === 'clusterIPs' ? `172.30.0.${this.#next++}` : String(30000 + this.#next++);
    assert.ok(await this.claim(pool, value));
    return value;
  }
  release(pool: string, value: string): Promise<void> {
    assert.ok(this.held.delete(`${pool}/${value}`), `${pool}/${value} was not held`);
    return Promise.resolve();
  }
}

function service(spec: Fields): KubeObject {
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'n' }, spec: structuredClone(spec) };
  applyDefaults(object, 'io.k8s.api.core.v1.Service');
  return object;
}

const PORT = { name: 'a', port: 80 };
const context = (pools: Pools): StrategyContext => ({ allocations: pools, dryRun: false }) as unknown as StrategyContext;

async function create(pools: Pools, spec: Fields): Promise<KubeObject> {
  const object = service(spec);
  await definition.strategy!.prepareForCreate!(object, context(pools));
  assert.deepEqual(definition.strategy!.validate!(object), []);
  return object;
}

/** An update as the server runs it, the commit's clean-up included. */
async function update(pools: Pools, old: KubeObject, spec: Fields): Promise<KubeObject> {
  const object = service(spec);
  object['status'] = old['status'];
  await definition.strategy!.prepareForUpdate!(object, old, context(pools));
  await definition.strategy!.afterUpdate!(object, old, context(pools));
  return object;
}

test('a service gets an address, and gives it back when it goes', async () => {
  const pools = new Pools();
  const object = await create(pools, { selector: { a: 'b' }, ports: [PORT] });
  const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = object['spec'];
  assert.deepEqual(
    [clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy],
    ['172.30.0.10', ['172.30.0.10'], ['IPv4'], 'SingleStack'],
  );
  assert.deepEqual(object['status'], { loadBalancer: {} });
  assert.deepEqual([...pools.held], ['clusterIPs/172.30.0.10']);
  await definition.strategy!.afterDelete!(object, context(pools));
  assert.equal(pools.held.size, 0);
});

test('a named address and node port are taken when they are free', async () => {
  const pools = new Pools();
  const spec = {
    type: 'NodePort',
    clusterIP: '172.30.7.7',
    ports: [
      { ...PORT, nodePort: 31000 },
      { name: 'b', port: 81 },
    ],
  };
  const object = await create(pools, spec);
  assert.deepEqual([...pools.held], ['clusterIPs/172.30.7.7', 'nodePorts/31000', 'nodePorts/30010']);
  assert.equal(object['spec'].ports[1].nodePort, 30010);
  await assert.rejects(create(pools, spec), {
    message:
      'Service "s" is invalid: [spec.clusterIPs: Invalid value: []string{"172.30.7.7"}: failed to allocate IP 172.30.7.7: provided IP is already allocated, spec.ports[0].nodePort: Invalid value: 31000: provided port is already allocated]',
  });
});

for (const [title, spec, message] of [
  [
    'an address of another range',
    { clusterIP: '10.0.0.1', ports: [PORT] },
    /failed to allocate IP 10\.0\.0\.1: the provided IP \(10\.0\.0\.1\) is not in the valid range\. The range of valid IPs is 172\.30\.0\.0\/16/,
  ],
  [
    'a node port of another range',
    { type: 'NodePort', ports: [{ ...PORT, nodePort: 80 }] },
    /provided port is not in the valid range\. The range of valid ports is 30000-32767/,
  ],
  [
    'two families',
    { ipFamilyPolicy: 'RequireDualStack', ports: [PORT] },
    /this cluster is not configured for dual-stack services/,
  ],
  [
    'another family',
    { ipFamilies: ['IPv6'], ports: [PORT] },
    /spec\.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/,
  ],
  [
    'a node port nobody can reach',
    { ports: [{ ...PORT, nodePort: 31000 }] },
    /spec\.ports\[0\]\.nodePort: Forbidden: may not be used when `type` is 'ClusterIP'/,
  ],
  ['no ports', { selector: { a: 'b' } }, /spec\.ports: Required value/],
  ['no name to point at', { type: 'ExternalName' }, /spec\.externalName: Required value/],
  [
    'a headless node port',
    { type: 'NodePort', clusterIP: 'None', ports: [PORT] },
    /may not be set to 'None' for NodePort services/,
  ],
] as const)
  test(`${title} is refused`, () => assert.rejects(create(new Pools(), spec as unknown as Fields), message));

test('headless services and external names hold nothing', async () => {
  const pools = new Pools();
  const headless = await create(pools, { clusterIP: 'None', selector: { a: 'b' } });
  assert.deepEqual(headless['spec'].clusterIPs, ['None']);
  const external = await create(pools, { type: 'ExternalName', externalName: 'a.example.' });
  assert.equal(external['spec'].clusterIP, undefined);
  assert.equal(pools.held.size, 0);
});

test('one node port may serve two protocols', async () => {
  const pools = new Pools();
  await create(pools, {
    type: 'NodePort',
    ports: [
      { ...PORT, nodePort: 31000 },
      { name: 'u', port: 80, protocol: 'UDP', nodePort: 31000 },
    ],
  });
  assert.ok(pools.held.has('nodePorts/31000'));
});

test('what an update leaves out stays', async () => {
  const pools = new Pools();
  const old = await create(pools, { type: 'NodePort', ports: [PORT] });
  const object = await update(pools, old, { type: 'NodePort', ports: [{ name: 'a', port: 8080 }] });
  assert.equal(object['spec'].clusterIP, old['spec'].clusterIP);
  assert.equal(object['spec'].ports[0].nodePort, old['spec'].ports[0].nodePort);
  assert.equal(pools.held.size, 2);
});

test('a node port named anew replaces the old one', async () => {
  const pools = new Pools();
  const old = await create(pools, { type: 'NodePort', ports: [PORT] });
  const object = await update(pools, old, { type: 'NodePort', ports: [{ ...PORT, nodePort: 31234 }] });
  assert.equal(object['spec'].ports[0].nodePort, 31234);
  assert.deepEqual(
    [...pools.held].filter((each) => each.startsWith('nodePorts')),
    ['nodePorts/31234'],
  );
});

test('another type gives back what it has no use for', async () => {
  const pools = new Pools();
  const old = await create(pools, { type: 'NodePort', ports: [PORT] });
  // kubectl edit sends everything back as it was.
  const cluster = await update(pools, old, { ...old['spec'], type: 'ClusterIP' });
  assert.equal(cluster['spec'].ports[0].nodePort, undefined);
  assert.deepEqual([...pools.held], [`clusterIPs/${old['spec'].clusterIP}`]);
  const external = await update(pools, cluster, { ...cluster['spec'], type: 'ExternalName', externalName: 'a.b' });
  assert.deepEqual([external['spec'].clusterIP, external['spec'].clusterIPs], [undefined, undefined]);
  assert.equal(pools.held.size, 0);
  const back = await update(pools, external, { type: 'ClusterIP', ports: [PORT] });
  assert.deepEqual([...pools.held], [`clusterIPs/${back['spec'].clusterIP}`]);
});

test('an address may not change', async () => {
  const pools = new Pools();
  const old = await create(pools, { ports: [PORT] });
  await assert.rejects(update(pools, old, { ...old['spec'], clusterIP: '172.30.9.9' }), {
    message: 'Service "s" is invalid: spec.clusterIPs[0]: Invalid value: []string{"172.30.9.9"}: may not change once set',
  });
  assert.equal(pools.held.size, 1);
});

test('columns', async () => {
  const row = (object: KubeObject): unknown[] =>
    definition.columns!.map((column) => column.cell(object, 0)).filter((_, i) => i !== 0 && i !== 5);
  const pools = new Pools();
  const nodePort = await create(pools, {
    type: 'NodePort',
    selector: { b: 'c', a: 'b' },
    ports: [PORT, { name: 'u', port: 53, protocol: 'UDP' }],
  });
  assert.deepEqual(row(nodePort), ['NodePort', '172.30.0.10', '<none>', '80:30011/TCP,53:30012/UDP', 'a=b,b=c']);
  assert.deepEqual(row(await create(pools, { type: 'ExternalName', externalName: 'a.b' })), [
    'ExternalName',
    '<none>',
    'a.b',
    '<none>',
    '<none>',
  ]);
  const balanced = await create(pools, { type: 'LoadBalancer', ports: [PORT] });
  assert.equal(row(balanced)[2], '<pending>');
  balanced['status'] = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } };
  assert.equal(row(balanced)[2], '1.2.3.4');
});
