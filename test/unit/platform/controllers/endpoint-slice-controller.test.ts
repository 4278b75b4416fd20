import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newForbidden, newInternalError } from '../../../../lib/platform/api/status-error.ts';
import type { Endpoints, EndpointSlice, Pod, Service } from '../../../../lib/platform/controllers/core-types.ts';
import { endpointSliceController } from '../../../../lib/platform/controllers/endpoint-slice-controller.ts';
import { podContents, type SliceContents } from '../../../../lib/platform/controllers/endpoints/slice-contents.ts';
import { planSlices, type SlicePlan } from '../../../../lib/platform/controllers/endpoints/slice-plan.ts';
import { ENDPOINT_SLICES, ENDPOINTS, PODS, refTo, SERVICES } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startControllers, type ControllerRig } from '../../../support/run-controllers.ts';

const pod = (
  name: string,
  podIP: string,
  more: { ready?: boolean; spec?: object; metadata?: object; phase?: string } = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: `u-${name}`, labels: { app: 'web' }, ...more.metadata },
  spec: { nodeName: 'n', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }], ...more.spec },
  status: {
    phase: more.phase ?? 'Running',
    podIP,
    conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }],
  },
});

const service = (spec: object = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', labels: { tier: 'front' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
});

const conditions = (contents: readonly SliceContents[]): unknown[] =>
  contents.flatMap(({ endpoints }) => endpoints.map(({ conditions }) => Object.values(conditions!)));

test('an endpoint tells of its pod, and its ports have a name even when the service gave none', () => {
  const named = pod('a', '10.0.0.1', { spec: { hostname: 'zero', subdomain: 'web' } });
  assert.deepEqual(podContents(service(), [named]), [
    {
      addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          conditions: { ready: true, serving: true, terminating: false },
          hostname: 'zero',
          nodeName: 'n',
          targetRef: { kind: 'Pod', namespace: 'shop', name: 'a', uid: 'u-a' },
        },
      ],
    },
  ]);
});

test('ready, serving, terminating', () => {
  const pods = [
    pod('not-ready', '10.0.0.1', { ready: false }),
    pod('leaving', '10.0.0.2', { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } }),
    pod('done', '10.0.0.3', { phase: 'Succeeded' }),
    pod('no-address', ''),
  ];
  assert.deepEqual(conditions(podContents(service(), pods)), [
    [false, false, false],
    [false, true, true],
  ]);
  assert.deepEqual(conditions(podContents(service({ publishNotReadyAddresses: true }), pods)), [
    [true, false, false],
    [true, true, true],
  ]);
});

test('pods with other ports behind the same name go into slices of their own', () => {
  const other = pod('b', '10.0.0.2', { spec: { containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 9090 }] }] } });
  const contents = podContents(service(), [pod('a', '10.0.0.1'), other, pod('c', '10.0.0.3')]);
  assert.deepEqual(
    contents.map(({ endpoints, ports }) => [ports[0]!.port, ...endpoints.flatMap(({ addresses }) => addresses)]),
    [
      [8080, '10.0.0.1', '10.0.0.3'],
      [9090, '10.0.0.2'],
    ],
  );
});

const many = (from: number, to: number): Pod[] =>
  Array.from({ length: to - from }, (_, n) => pod(`p${from + n}`, `10.0.${(from + n) >> 8}.${(from + n) & 255}`));

/** The slices after a plan is carried out. */
function apply(known: readonly EndpointSlice[], plan: SlicePlan): EndpointSlice[] {
  const kept = known
    .filter((slice) => !plan.remove.includes(slice))
    .map((slice) => ({ ...slice, ...plan.update.find((update) => update.slice === slice)?.contents }));
  const made = plan.create.map((contents, n) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `s${known.length + n}` },
    ...contents,
  }));
  return [...kept, ...made];
}

const current = (): boolean => true;
const sizes = (slices: readonly EndpointSlice[]): number[] => slices.map(({ endpoints }) => endpoints.length);
const writes = ({ create, update, remove }: SlicePlan): number[] => [create.length, update.length, remove.length];

test('a slice holds a hundred at most, and a pod that comes or goes costs one write', () => {
  const first = planSlices(podContents(service(), many(0, 250)), [], current);
  let slices = apply([], first);
  assert.deepEqual(sizes(slices), [100, 100, 50]);
  assert.deepEqual(writes(planSlices(podContents(service(), many(0, 250)), slices, current)), [0, 0, 0]);

  const grown = planSlices(podContents(service(), many(0, 251)), slices, current);
  assert.deepEqual(
    [writes(grown), sizes(apply(slices, grown))],
    [
      [0, 1, 0],
      [100, 100, 51],
    ],
  );
  // One goes and one comes: the write that takes the one out puts the other in.
  const rolled = planSlices(podContents(service(), many(1, 251)), slices, current);
  assert.deepEqual(
    [writes(rolled), sizes(apply(slices, rolled))],
    [
      [0, 1, 0],
      [100, 100, 50],
    ],
  );
  slices = apply(slices, rolled);

  const shrunk = planSlices(podContents(service(), many(210, 250)), slices, current);
  assert.deepEqual([writes(shrunk), sizes(apply(slices, shrunk))], [[0, 1, 2], [40]]);
});

test('a slice without pods is used again when some come, and stays when the last goes', () => {
  const none = planSlices(podContents(service(), []), [], current);
  let slices = apply([], none);
  assert.deepEqual([slices.length, slices[0]!.endpoints, slices[0]!.ports], [1, [], []]);
  const some = planSlices(podContents(service(), many(0, 1)), slices, current);
  assert.deepEqual(writes(some), [0, 1, 0]);
  slices = apply(slices, some);
  assert.equal(slices[0]!.ports![0]!.port, 8080);
  assert.deepEqual(writes(planSlices(podContents(service(), []), slices, current)), [0, 1, 0]);
  // Headless services without ports: the empty slice and the one with pods look alike.
  const headless = service({ clusterIP: 'None', ports: undefined });
  slices = apply([], planSlices(podContents(headless, many(0, 2)), [], current));
  const emptied = planSlices(podContents(headless, []), slices, current);
  assert.deepEqual([writes(emptied), sizes(apply(slices, emptied))], [[0, 1, 0], [0]]);
});

test('an address family never turns into another in a slice', () => {
  const [known] = apply([], planSlices([{ addressType: 'IPv6', ports: [], endpoints: [] }], [], current));
  assert.deepEqual(writes(planSlices(podContents(service(), []), [known!], current)), [1, 0, 1]);
});

const list = (rig: ControllerRig): Promise<EndpointSlice[]> => rig.list<EndpointSlice>(ENDPOINT_SLICES);
const addresses = async (rig: ControllerRig): Promise<string[]> =>
  (await list(rig)).flatMap(({ endpoints }) => endpoints.flatMap((endpoint) => endpoint.addresses));

/** Waits while the time goes on that the controller leaves between two writes. */
const soon = (rig: ControllerRig, check: () => Promise<void>): Promise<void> =>
  eventually(async () => {
    rig.verbs.clock.advance(100);
    await check();
  });

test('follows pods and the service, owned by it, and writes nothing when nothing changes', async () => {
  await using rig = startControllers([endpointSliceController()]);
  const made = await rig.create(SERVICES, service());
  const one = await rig.create<Pod>(PODS, pod('a', '10.0.0.1'));
  await soon(rig, async () => assert.deepEqual(await addresses(rig), ['10.0.0.1']));
  const [slice] = await list(rig);
  assert.match(slice!.metadata.name!, /^web-[a-z0-9]{5}$/);
  assert.deepEqual(slice!.metadata.labels, {
    tier: 'front',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  });
  assert.deepEqual(slice!.metadata.ownerReferences, [
    { apiVersion: 'v1', kind: 'Service', name: 'web', uid: made.metadata.uid, controller: true, blockOwnerDeletion: true },
  ]);

  const before = rig.verbs.writes.length;
  await rig.setStatus(PODS, one, { startTime: '2020-01-01T00:00:00Z' });
  await rig.create(PODS, { ...pod('x', '10.0.0.9'), metadata: { name: 'x', namespace: 'shop', labels: { app: 'other' } } });
  rig.verbs.clock.advance(1000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(rig.verbs.writes.slice(before), ['update/status pods shop/a', 'create pods shop/x']);

  await rig.verbs.patch(refTo(SERVICES, made), 'application/merge-patch+json', { metadata: { labels: { tier: 'back' } } });
  await soon(rig, async () => assert.equal((await list(rig))[0]!.metadata.labels!['tier'], 'back'));
  await rig.verbs.patch(refTo(PODS, one), 'application/merge-patch+json', { metadata: { labels: { app: 'debug' } } });
  await soon(rig, async () => assert.deepEqual(await addresses(rig), []));
  await rig.verbs.patch(refTo(SERVICES, made), 'application/merge-patch+json', { spec: { type: 'ExternalName' } });
  await soon(rig, async () => assert.deepEqual(await list(rig), []));
});

test('many pods that come at once cost few writes', async () => {
  await using rig = startControllers([endpointSliceController()]);
  await rig.create(SERVICES, service());
  await eventually(async () => assert.equal((await list(rig)).length, 1));
  for (const one of many(0, 60)) await rig.create(PODS, one);
  await soon(rig, async () => assert.equal((await addresses(rig)).length, 60));
  const written = rig.verbs.writes.filter((write) => write.includes('endpointslices'));
  assert.ok(written.length <= 4, written.join('\n'));
});

test('slices that someone changed or deleted are put right, and those of others are left alone', async () => {
  await using rig = startControllers([endpointSliceController()]);
  const foreign = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-by-hand', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [],
  };
  await rig.create(ENDPOINT_SLICES, foreign);
  await rig.create(SERVICES, service());
  await rig.create(PODS, pod('a', '10.0.0.1'));
  const settled = (): Promise<void> =>
    soon(rig, async () => {
      assert.deepEqual(await addresses(rig), ['10.0.0.1']);
      assert.equal((await list(rig)).length, 2);
    });
  await settled();
  const ours = (await list(rig)).find(({ metadata }) => metadata.name !== 'web-by-hand')!;
  await rig.verbs.update(refTo(ENDPOINT_SLICES, ours), { ...ours, endpoints: [] });
  await settled();
  await rig.verbs.delete(refTo(ENDPOINT_SLICES, ours));
  await settled();
});

test('hand-written Endpoints of a service without a selector are mirrored, but not those that ask not to be', async () => {
  await using rig = startControllers([endpointSliceController()]);
  const { selector: _selector, ...spec } = service().spec;
  const manual = (name: string, labels: Record<string, string>): Endpoints => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      namespace: 'shop',
      labels,
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', note: 'x' },
    },
    subsets: [
      { addresses: [{ ip: '192.0.2.1' }], notReadyAddresses: [{ ip: '192.0.2.2' }], ports: [{ port: 5432 }] },
      { addresses: [{ ip: '2001:db8::1' }], ports: [{ port: 5432 }] },
    ],
  });
  await rig.create(SERVICES, { ...service(), spec });
  await rig.create(SERVICES, { ...service(), metadata: { name: 'skipped', namespace: 'shop' }, spec });
  const made = await rig.create(ENDPOINTS, manual('web', { db: 'pg' }));
  await rig.create(ENDPOINTS, manual('skipped', { 'endpointslice.kubernetes.io/skip-mirror': 'true' }));
  await soon(rig, async () => assert.equal((await list(rig)).length, 2));
  const slices = (await list(rig)).toSorted((a, b) => (a.addressType < b.addressType ? -1 : 1));
  assert.deepEqual(
    slices.map(({ addressType, endpoints, ports, metadata }) => [
      addressType,
      endpoints.map((endpoint) => [...endpoint.addresses, endpoint.conditions!.ready]),
      ports,
      metadata.annotations,
    ]),
    [
      [
        'IPv4',
        [
          ['192.0.2.1', true],
          ['192.0.2.2', false],
        ],
        [{ name: '', port: 5432, protocol: 'TCP' }],
        { note: 'x' },
      ],
      ['IPv6', [['2001:db8::1', true]], [{ name: '', port: 5432, protocol: 'TCP' }], { note: 'x' }],
    ],
  );
  assert.deepEqual(slices[0]!.metadata.labels, {
    db: 'pg',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
  });
  await rig.verbs.delete(refTo(ENDPOINTS, made));
  await soon(rig, async () => assert.deepEqual(await list(rig), []));
});

test('a slice whose creation was never answered is not made twice from a stale cache', async () => {
  await using rig = startControllers([endpointSliceController()]);
  const refused: string[] = [];
  rig.verbs.lose = (action, ref) => {
    if (action !== 'create' || ref.resource !== 'endpointslices') return undefined;
    rig.verbs.pauseWatches();
    return newInternalError('no answer');
  };
  rig.verbs.reject = (action, ref, object) => {
    if (ref.resource === 'endpointslices') refused.push(`${action} ${object?.metadata.name}`);
    return undefined;
  };
  await rig.create(SERVICES, service());
  await soon(rig, async () => assert.ok(refused.length >= 2));
  assert.deepEqual(refused[0], refused[1]);
  rig.verbs.resumeWatches();
  await rig.create(PODS, pod('a', '10.0.0.1'));
  await soon(rig, async () => assert.deepEqual(await addresses(rig), ['10.0.0.1']));
  assert.equal((await list(rig)).length, 1);
});

test('a write that is refused shows as an event of the service, and is tried again', async () => {
  await using rig = startControllers([endpointSliceController()]);
  let refusals = 1;
  rig.verbs.reject = (_action, ref) =>
    ref.resource === 'endpointslices' && refusals-- > 0 ? newForbidden(ref, 'web', 'exceeded quota') : undefined;
  await rig.create(SERVICES, service());
  await soon(rig, async () => assert.equal((await list(rig)).length, 1));
  await eventually(async () =>
    assert.match((await rig.events()).join(), /^FailedToUpdateEndpointSlices Error updating .*shop\/web: .*quota/),
  );
});
