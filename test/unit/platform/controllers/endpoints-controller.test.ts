import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { newConflict, newForbidden, OPTIMISTIC_LOCK_TEXT } from '../../../../lib/platform/api/status-error.ts';
import type { Endpoints, Pod, Service } from '../../../../lib/platform/controllers/core-types.ts';
import { endpointsController } from '../../../../lib/platform/controllers/endpoints-controller.ts';
import { endpointSubsets, truncate } from '../../../../lib/platform/controllers/endpoints/endpoint-subsets.ts';
import { ENDPOINTS, PODS, refTo, SERVICES } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startControllers, type ControllerRig } from '../../../support/run-controllers.ts';

const pod = (
  name: string,
  ip: string,
  more: { ready?: boolean; spec?: object; status?: object; metadata?: object } = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: `u-${name}`, labels: { app: 'web' }, ...more.metadata },
  spec: { nodeName: 'n', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }], ...more.spec },
  status: {
    phase: 'Running',
    podIP: ip,
    conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }],
    ...more.status,
  },
});

const service = (spec: object = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', labels: { tier: 'front' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
});

const target = (name: string, ip: string): object => ({
  ip,
  nodeName: 'n',
  targetRef: { kind: 'Pod', namespace: 'shop', name, uid: `u-${name}` },
});

test('ready and not ready pods, by address', () => {
  const subsets = endpointSubsets(service(), [
    pod('b', '10.0.0.2'),
    pod('a', '10.0.0.1'),
    pod('c', '10.0.0.3', { ready: false }),
  ]);
  assert.deepEqual(subsets, [
    {
      addresses: [target('a', '10.0.0.1'), target('b', '10.0.0.2')],
      notReadyAddresses: [target('c', '10.0.0.3')],
      ports: [{ port: 8080, protocol: 'TCP' }],
    },
  ]);
});

test('pods without an address, finished ones and those on their way out are left out', () => {
  const pods = [
    pod('a', ''),
    pod('b', '10.0.0.2', { status: { phase: 'Succeeded' } }),
    pod('c', '10.0.0.3', { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } }),
  ];
  assert.deepEqual(endpointSubsets(service(), pods), []);
});

test('publishNotReadyAddresses takes everyone as ready', () => {
  const pods = [pod('a', '10.0.0.1', { ready: false }), pod('b', '10.0.0.2', { metadata: { deletionTimestamp: 'x' } })];
  const [subset] = endpointSubsets(service({ publishNotReadyAddresses: true }), pods);
  assert.deepEqual([subset!.addresses!.length, subset!.notReadyAddresses], [2, undefined]);
});

test('named target ports are looked up in each pod, and ports with the same pods share a subset', () => {
  const other = pod('b', '10.0.0.2', { spec: { containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 9090 }] }] } });
  const none = pod('c', '10.0.0.3', { spec: { containers: [{ name: 'c' }] } });
  const ports = [
    { name: 'http', port: 80, targetPort: 'http' },
    { name: 'admin', port: 81, targetPort: 9999 },
  ];
  const subsets = endpointSubsets(service({ ports }), [pod('a', '10.0.0.1'), other, none]);
  assert.deepEqual(
    subsets.map(({ addresses, ports }) => [addresses!.map(({ ip }) => ip), ports!.map(({ name, port }) => `${name}:${port}`)]),
    [
      [['10.0.0.1', '10.0.0.2', '10.0.0.3'], ['admin:9999']],
      [['10.0.0.1'], ['http:8080']],
      [['10.0.0.2'], ['http:9090']],
    ],
  );
});

test('a headless service needs no ports, and names the pods of its subdomain', () => {
  const named = pod('a', '10.0.0.1', { spec: { hostname: 'zero', subdomain: 'web', containers: [] } });
  const subsets = endpointSubsets(service({ clusterIP: 'None', ports: undefined }), [named]);
  assert.deepEqual(subsets, [{ addresses: [{ ...target('a', '10.0.0.1'), hostname: 'zero' }] }]);
});

test('more than a thousand addresses are cut, ready ones kept first', () => {
  const pods = Array.from({ length: 1200 }, (_, n) => pod(`p${n}`, `10.0.${n >> 8}.${n & 255}`, { ready: n >= 300 }));
  const { subsets, truncated } = truncate(endpointSubsets(service(), pods));
  assert.deepEqual([truncated, subsets[0]!.addresses!.length, subsets[0]!.notReadyAddresses!.length], [true, 900, 100]);
});

const endpoints = async (rig: ControllerRig): Promise<Endpoints | undefined> => (await rig.list<Endpoints>(ENDPOINTS))[0];
const ips = async (rig: ControllerRig): Promise<string[]> =>
  ((await endpoints(rig))?.subsets ?? []).flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip));

test('follows pods, labels and the service, writes nothing when nothing changes, and cleans up', async () => {
  await using rig = startControllers([endpointsController()]);
  const made = await rig.create(SERVICES, service());
  await eventually(async () => assert.deepEqual((await endpoints(rig))?.subsets, []));
  assert.equal((await endpoints(rig))!.metadata.labels!['tier'], 'front');
  const one = await rig.create<Pod>(PODS, pod('a', '10.0.0.1'));
  await eventually(async () => assert.deepEqual(await ips(rig), ['10.0.0.1']));

  const writes = rig.verbs.writes.length;
  await rig.setStatus(PODS, one, { startTime: '2020-01-01T00:00:00Z' });
  await rig.create(PODS, { ...pod('x', '10.0.0.9'), metadata: { name: 'x', namespace: 'shop', labels: { app: 'other' } } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(rig.verbs.writes.slice(writes), ['update/status pods shop/a', 'create pods shop/x']);

  await rig.verbs.patch(refTo(PODS, one), 'application/merge-patch+json', { metadata: { labels: { app: 'debug' } } });
  await eventually(async () => assert.deepEqual(await ips(rig), []));
  await rig.verbs.delete(refTo(SERVICES, made));
  await eventually(async () => assert.equal(await endpoints(rig), undefined));
});

test('endpoints of services without a selector are left to their maker', async () => {
  await using rig = startControllers([endpointsController()]);
  const { selector: _selector, ...spec } = service().spec;
  const manual: KubeObject = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web', namespace: 'shop' },
    subsets: [{ addresses: [{ ip: '192.0.2.1' }] }],
  };
  await rig.create(ENDPOINTS, manual);
  await rig.create(SERVICES, { ...service(), spec });
  await rig.create(SERVICES, { ...service({ selector: {} }), metadata: { name: 'empty', namespace: 'shop' } });
  await rig.create(SERVICES, { ...service(), metadata: { name: 'other', namespace: 'shop' } });
  await eventually(async () => assert.equal((await rig.list(ENDPOINTS)).length, 2));
  assert.deepEqual(await ips(rig), []);
  assert.deepEqual((await rig.list<Endpoints>(ENDPOINTS))[1]!.subsets, manual['subsets']);
});

test('endpoints that someone changed or deleted are put right', async () => {
  await using rig = startControllers([endpointsController()]);
  await rig.create(SERVICES, service());
  await rig.create(PODS, pod('a', '10.0.0.1'));
  await eventually(async () => assert.deepEqual(await ips(rig), ['10.0.0.1']));
  const live = (await endpoints(rig))!;
  await rig.verbs.update(refTo(ENDPOINTS, live), { ...live, subsets: [] });
  await eventually(async () => assert.deepEqual(await ips(rig), ['10.0.0.1']));
  await rig.verbs.delete(refTo(ENDPOINTS, live));
  await eventually(async () => assert.deepEqual(await ips(rig), ['10.0.0.1']));
});

test('a cache that is behind is no failure to tell the owner of the service of', async () => {
  await using rig = startControllers([endpointsController()]);
  await rig.create(SERVICES, service());
  await eventually(async () => assert.deepEqual((await endpoints(rig))?.subsets, []));
  let conflicts = 2;
  rig.verbs.reject = (action, ref) =>
    action !== 'update' || ref.resource !== 'endpoints'
      ? undefined
      : conflicts-- > 0
        ? newConflict(ENDPOINTS, 'web', OPTIMISTIC_LOCK_TEXT)
        : newForbidden(ENDPOINTS, 'web', 'no');
  await rig.create<Pod>(PODS, pod('a', '10.0.0.1'));
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    assert.ok((await rig.events()).length > 0);
  });
  const said = 'FailedToUpdateEndpoint Failed to update endpoint shop/web: endpoints "web" is forbidden: no';
  assert.deepEqual(new Set(await rig.events()), new Set([said]));
  rig.verbs.reject = () => undefined;
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000_000);
    assert.deepEqual(await ips(rig), ['10.0.0.1']);
  });
});
