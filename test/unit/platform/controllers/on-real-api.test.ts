import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../lib/common/log.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { isNotFound } from '../../../../lib/platform/api/status-error.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { createInformer } from '../../../../lib/platform/client/informer.ts';
import type { Endpoints, EndpointSlice, Pod } from '../../../../lib/platform/controllers/core-types.ts';
import * as resources from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startMemoryPlatform } from '../../../support/memory-platform.ts';
import { startReadyNode } from '../../../support/ready-node.ts';

const { ENDPOINT_SLICES, ENDPOINTS, EVENTS, NAMESPACES, PODS, refTo, REPLICATION_CONTROLLERS, SERVICES } = resources;

const RC: KubeObject = {
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { app: 'web' },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 8080 }] }] },
    },
  },
};
const SERVICE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
};

async function run(client: Client, pod: Pod, podIP: string): Promise<void> {
  const live = await client.get<Pod>(refTo(PODS, pod));
  const conditions = [
    ...(live.status?.conditions ?? []),
    { type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' },
  ];
  await client.update(refTo(PODS, pod, 'status'), {
    ...live,
    status: { ...live.status, phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions },
  });
}

test('from a replication controller and a service to endpoints, and to nothing again, over TLS', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  assert.equal(http.userName, 'system:admin');
  using _node = await startReadyNode(http, 'n');
  await http.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const at = { namespace: 'shop' };
  await eventually(() => http.get({ ...resources.SERVICE_ACCOUNTS, ...at, name: 'default' }));
  await http.create({ ...REPLICATION_CONTROLLERS, ...at }, RC);
  await http.create({ ...SERVICES, ...at }, SERVICE);
  const pods = async (): Promise<Pod[]> => (await http.list<Pod>({ ...PODS, ...at })).items;
  await eventually(async () =>
    assert.deepEqual(
      (await pods()).map(({ spec }) => spec.nodeName),
      ['n', 'n', 'n'],
    ),
  );
  for (const [n, pod] of (await pods()).entries()) await run(http, pod, `10.128.0.${n + 2}`);
  await eventually(async () => {
    const [subset] = (await http.get<Endpoints>({ ...ENDPOINTS, ...at, name: 'web' })).subsets ?? [];
    assert.deepEqual(
      subset?.addresses?.map(({ ip }) => ip),
      ['10.128.0.2', '10.128.0.3', '10.128.0.4'],
    );
    assert.deepEqual(subset?.ports, [{ port: 8080, protocol: 'TCP' }]);
  });
  await eventually(async () => {
    const { items } = await http.list<EndpointSlice>({ ...ENDPOINT_SLICES, ...at });
    assert.deepEqual(
      items.map(({ endpoints, ports }) => [endpoints.map(({ addresses }) => addresses[0]).toSorted(), ports]),
      [[['10.128.0.2', '10.128.0.3', '10.128.0.4'], [{ name: '', port: 8080, protocol: 'TCP' }]]],
    );
  });
  await eventually(async () => {
    const { status } = await http.get({ ...REPLICATION_CONTROLLERS, ...at, name: 'web' });
    assert.deepEqual([status['replicas'], status['readyReplicas'], status['availableReplicas']], [3, 3, 3]);
  });
  await eventually(async () => {
    const reasons = (await http.list({ ...EVENTS, ...at })).items.map((event) => event['reason'] as string).toSorted();
    assert.deepEqual(reasons, [...Array(3).fill('Scheduled'), ...Array(3).fill('SuccessfulCreate')]);
  });
  await http.patch({ ...REPLICATION_CONTROLLERS, ...at, name: 'web', subresource: 'scale' }, 'application/merge-patch+json', {
    spec: { replicas: 1 },
  });
  await eventually(async () =>
    assert.equal((await pods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined).length, 1),
  );
  await http.delete({ ...REPLICATION_CONTROLLERS, ...at, name: 'web' }, { propagationPolicy: 'Background' });
  await eventually(async () => assert.ok((await pods()).every(({ metadata }) => metadata.deletionTimestamp !== undefined)));
  await http.delete({ ...NAMESPACES, name: 'shop' });
  // There is no kubelet here to say that the pods are gone.
  for (const pod of await pods()) await http.delete(refTo(PODS, pod), { gracePeriodSeconds: 0 });
  await eventually(() => assert.rejects(http.get({ ...NAMESPACES, name: 'shop' }), isNotFound));
  assert.deepEqual(platform.complaints, []);
});

test('the system namespaces and services are there, with their own addresses', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  const dns = await eventually(() => http.get({ ...ENDPOINTS, namespace: 'kube-system', name: 'kube-dns' }));
  assert.deepEqual(dns['subsets'][0].addresses, [{ ip: '192.0.2.7' }]);
  const kubernetes = await http.get({ ...SERVICES, namespace: 'default', name: 'kubernetes' });
  assert.equal(kubernetes['spec'].clusterIP, '172.30.0.1');
  assert.equal((await http.get({ ...SERVICES, namespace: 'kube-system', name: 'kube-dns' }))['spec'].clusterIP, '172.30.0.10');
  await eventually(() => http.get({ ...resources.CONFIG_MAPS, namespace: 'openshift', name: 'kube-root-ca.crt' }));
  assert.deepEqual(platform.complaints, []);
});

test('the slices of a service go with it, even before its namespace', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  const at = { namespace: 'default' };
  const slices = async (): Promise<string[]> =>
    (await http.list<EndpointSlice>({ ...ENDPOINT_SLICES, ...at })).items.map(
      ({ metadata }) => metadata.labels!['kubernetes.io/service-name']!,
    );
  for (const propagationPolicy of ['Background', 'Foreground'] as const) {
    await http.create({ ...SERVICES, ...at }, SERVICE);
    await eventually(async () => assert.deepEqual((await slices()).toSorted(), ['kubernetes', 'web']));
    await http.delete({ ...SERVICES, ...at, name: 'web' }, { propagationPolicy });
    await eventually(async () => assert.deepEqual(await slices(), ['kubernetes']));
    await eventually(() => assert.rejects(http.get({ ...SERVICES, ...at, name: 'web' }), isNotFound));
  }
  assert.deepEqual(platform.complaints, []);
});

test('a foreground deletion waits for the pods', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  const at = { namespace: 'default' };
  using _node = await startReadyNode(http, 'n');
  await http.create({ ...REPLICATION_CONTROLLERS, ...at }, RC);
  const pods = async (): Promise<Pod[]> => (await http.list<Pod>({ ...PODS, ...at })).items;
  await eventually(async () =>
    assert.deepEqual(
      (await pods()).map(({ spec }) => spec.nodeName),
      ['n', 'n', 'n'],
    ),
  );
  await http.delete({ ...REPLICATION_CONTROLLERS, ...at, name: 'web' }, { propagationPolicy: 'Foreground' });
  await eventually(async () => assert.ok((await pods()).every(({ metadata }) => metadata.deletionTimestamp !== undefined)));
  assert.ok((await http.get({ ...REPLICATION_CONTROLLERS, ...at, name: 'web' })).metadata.deletionTimestamp);
  for (const pod of await pods()) await http.delete(refTo(PODS, pod), { gracePeriodSeconds: 0 });
  await eventually(() => assert.rejects(http.get({ ...REPLICATION_CONTROLLERS, ...at, name: 'web' }), isNotFound));
});

test('an informer over HTTP sees what the server does', async () => {
  await using platform = await startMemoryPlatform();
  const { http, local } = platform;
  await eventually(() => local.get({ ...NAMESPACES, name: 'openshift' }));
  const stop = new AbortController();
  const informer = createInformer(http, resources.CONFIG_MAPS, { namespace: 'openshift', log: silentLog });
  const seen: string[] = [];
  informer.addHandler({
    added: ({ kind, metadata }) => seen.push(`+${kind} ${metadata.name}`),
    deleted: ({ metadata }) => seen.push(`-${metadata.name}`),
  });
  const running = informer.run(stop.signal);
  await informer.synced();
  const at = { ...resources.CONFIG_MAPS, namespace: 'openshift' };
  await local.create(at, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note' } });
  await local.delete({ ...at, name: 'note' });
  await eventually(() =>
    assert.deepEqual(
      seen.filter((one) => one.includes('note')),
      ['+ConfigMap note', '-note'],
    ),
  );
  stop.abort();
  await running;
});
