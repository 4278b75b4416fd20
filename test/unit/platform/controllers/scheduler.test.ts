import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { newServiceUnavailable } from '../../../../lib/platform/api/status-error.ts';
import type { Node, Pod, PodSpec } from '../../../../lib/platform/controllers/core-types.ts';
import { NODES, PODS, refTo } from '../../../../lib/platform/controllers/resources.ts';
import { podRequests } from '../../../../lib/platform/controllers/scheduler/pod-requests.ts';
import { schedule } from '../../../../lib/platform/controllers/scheduler/schedule.ts';
import { scheduler } from '../../../../lib/platform/controllers/scheduler/scheduler.ts';
import { eventually } from '../../../support/eventually.ts';
import { startControllers, type ControllerRig } from '../../../support/run-controllers.ts';

const node = (name: string, more: { labels?: Record<string, string>; spec?: object; allocatable?: object } = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, ...(more.labels === undefined ? {} : { labels: more.labels }) },
  spec: more.spec ?? {},
  status: { allocatable: { cpu: '2', memory: '4Gi', pods: '110', ...more.allocatable } },
});

const pod = (name: string, spec: Partial<PodSpec> = {}, more: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'a', uid: name, ...more },
  spec: { containers: [{ name: 'c' }], ...spec },
});

const asking = (requests: Record<string, string>): Partial<PodSpec> => ({ containers: [{ name: 'c', resources: { requests } }] });
const decide = (one: Pod, nodes: Node[], placed: { pod: Pod; nodeName: string }[] = []): string => {
  const decision = schedule(one, nodes, placed);
  return 'nodeName' in decision ? decision.nodeName : decision.message;
};

test('requests are the sum of the containers or the largest of the init containers with their sidecars, and the overhead', () => {
  const one = pod('p', {
    containers: [
      { name: 'a', resources: { requests: { cpu: '100m', memory: '1Gi' } } },
      { name: 'b', resources: { limits: { cpu: '0.25' } } },
    ],
    initContainers: [
      { name: 'early', resources: { requests: { cpu: '300m' } } },
      { name: 'sidecar', restartPolicy: 'Always', resources: { requests: { cpu: '50m' } } },
      { name: 'late', resources: { requests: { cpu: '1', memory: '1Mi' } } },
    ],
    overhead: { cpu: '10m' },
  });
  assert.deepEqual(Object.fromEntries(podRequests(one)), { cpu: 1060, memory: 2 ** 30 });
});

test('a pod that is being resized counts with what it has and what it wants, unless that will never be', () => {
  const resizing = (cpu: string, allocated: string, reason?: string): unknown => {
    const one = pod('p', asking({ cpu }));
    one.status = {
      containerStatuses: [{ name: 'c', allocatedResources: { cpu: allocated } }],
      ...(reason === undefined ? {} : { conditions: [{ type: 'PodResizePending', status: 'True', reason }] }),
    };
    return podRequests(one).get('cpu');
  };
  assert.deepEqual(
    [resizing('1', '2'), resizing('2', '1'), resizing('9', '1', 'Deferred'), resizing('9', '1', 'Infeasible')],
    [2000, 2000, 9000, 1000],
  );
});

for (const [what, one, nodes, placed, expected] of [
  ['no nodes', pod('p'), [], [], 'no nodes available to schedule pods'],
  ['cpu', pod('p', asking({ cpu: '3' })), [node('n')], [], '0/1 nodes are available: 1 Insufficient cpu.'],
  [
    'several resources of several nodes',
    pod('p', asking({ cpu: '3', memory: '8Gi', 'example.com/gpu': '1' })),
    [node('n'), node('m', { allocatable: { cpu: '8' } })],
    [],
    '0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient example.com/gpu, 2 Insufficient memory.',
  ],
  [
    'what bound pods have claimed',
    pod('p', asking({ cpu: '1500m' })),
    [node('n')],
    [{ pod: pod('q', asking({ cpu: '600m' })), nodeName: 'n' }],
    '0/1 nodes are available: 1 Insufficient cpu.',
  ],
  [
    'number of pods',
    pod('p'),
    [node('n', { allocatable: { pods: '1' } })],
    [{ pod: pod('q'), nodeName: 'n' }],
    '0/1 nodes are available: 1 Too many pods.',
  ],
  [
    'cordoned',
    pod('p'),
    [node('n', { spec: { unschedulable: true } })],
    [],
    '0/1 nodes are available: 1 node(s) were unschedulable.',
  ],
  [
    'taint',
    pod('p'),
    [node('n', { spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } })],
    [],
    '0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.',
  ],
  [
    'tolerated taint',
    pod('p', { tolerations: [{ key: 'k', operator: 'Equal', value: 'v' }] }),
    [node('n', { spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } })],
    [],
    'n',
  ],
  [
    'node selector',
    pod('p', { nodeSelector: { disk: 'ssd' } }),
    [node('n')],
    [],
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
  ],
  [
    'required affinity',
    pod('p', {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'gen', operator: 'Gt', values: ['3'] }] },
              { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['x'] }] },
            ],
          },
        },
      },
    }),
    [node('n', { labels: { gen: '3' } }), node('m', { labels: { gen: '4' } })],
    [],
    'm',
  ],
  [
    'host port',
    pod('p', { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] }),
    [node('n')],
    [
      {
        pod: pod('q', { containers: [{ name: 'c', ports: [{ containerPort: 8080, hostPort: 80, hostIP: '127.0.0.1' }] }] }),
        nodeName: 'n',
      },
    ],
    "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
  ],
  [
    'least allocated',
    pod('p', asking({ cpu: '100m', memory: '100Mi' })),
    [node('n'), node('m')],
    [{ pod: pod('q', asking({ cpu: '1', memory: '2Gi' })), nodeName: 'n' }],
    'm',
  ],
  [
    'preferred affinity',
    pod('p', {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 50, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } },
          ],
        },
      },
    }),
    [node('n'), node('m', { labels: { disk: 'ssd' } })],
    [],
    'm',
  ],
] as [string, Pod, Node[], { pod: Pod; nodeName: string }[], string][])
  test(`decides by ${what}`, () => assert.equal(decide(one, nodes, placed), expected));

const term = (app: string, more: object = {}): object => ({
  topologyKey: 'zone',
  labelSelector: { matchLabels: { app } },
  ...more,
});
const zones = [
  node('a1', { labels: { zone: 'a' } }),
  node('a2', { labels: { zone: 'a' } }),
  node('b1', { labels: { zone: 'b' } }),
  node('none'),
];
const apart = (app: string, more?: object): Partial<PodSpec> =>
  ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, more)] } } }) as Partial<PodSpec>;
const together = (app: string, more?: object): Partial<PodSpec> =>
  ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, more)] } } }) as Partial<PodSpec>;
const web = pod('web', {}, { labels: { app: 'web' } });
const at = (nodeName: string, one = web): { pod: Pod; nodeName: string } => ({ pod: one, nodeName });

for (const [what, one, nodes, placed, expected] of [
  ['goes where its company is', pod('p', together('web')), zones, [at('b1')], 'b1'],
  [
    'waits for its company',
    pod('p', together('web')),
    zones,
    [],
    "0/4 nodes are available: 4 node(s) didn't match pod affinity rules.",
  ],
  ['is the first of its own company', pod('p', together('web'), { labels: { app: 'web' } }), [zones[3]!, zones[2]!], [], 'b1'],
  [
    'finds no company in other namespaces',
    pod('p', together('web'), { namespace: 'x' }),
    [zones[0]!],
    [at('a1')],
    "0/1 nodes are available: 1 node(s) didn't match pod affinity rules.",
  ],
  [
    'looks into all namespaces when told so',
    pod('p', together('web', { namespaceSelector: {} }), { namespace: 'x' }),
    [zones[0]!],
    [at('a1')],
    'a1',
  ],
  ['keeps apart from others', pod('p', apart('web')), zones.slice(0, 3), [at('a1')], 'b1'],
  [
    'has nowhere to be apart',
    pod('p', apart('web')),
    zones.slice(0, 2),
    [at('a1')],
    "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.",
  ],
  [
    'is kept apart by others',
    web,
    zones.slice(0, 2),
    [at('a2', pod('q', apart('web')))],
    "0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules.",
  ],
  [
    'is spread',
    pod(
      'p',
      {
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } },
        ],
      },
      { labels: { app: 'web' } },
    ),
    zones,
    [at('a1'), at('b1'), at('b1', pod('w2', {}, { labels: { app: 'web' } }))],
    'a2',
  ],
] as [string, Pod, Node[], { pod: Pod; nodeName: string }[], string][])
  test(`a pod ${what}`, () => assert.equal(decide(one, nodes, placed), expected));

test('pods of one owner are spread', () => {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'rc', uid: 'rc', controller: true }];
  const placed: { pod: Pod; nodeName: string }[] = [];
  const nodes = [node('n'), node('m'), node('o')];
  for (let n = 0; n < 6; n++) {
    const one = pod(`p${n}`, {}, { ownerReferences });
    placed.push({ pod: one, nodeName: decide(one, nodes, placed) });
  }
  for (const { metadata } of nodes) assert.equal(placed.filter(({ nodeName }) => nodeName === metadata.name).length, 2);
});

const make = (rig: ControllerRig, name: string, spec: Partial<PodSpec> = {}): Promise<Pod> => {
  const { uid: _uid, ...metadata } = pod(name).metadata;
  return rig.create(PODS, { ...pod(name, spec), metadata } as KubeObject);
};
const bound = async (rig: ControllerRig): Promise<string[]> =>
  (await rig.list<Pod>(PODS))
    .filter(({ spec }) => spec.nodeName)
    .map(({ metadata, spec }) => `${metadata.name}@${spec.nodeName}`);

test('binds a pod and says so', async () => {
  await using rig = startControllers([scheduler()]);
  await rig.create(NODES, node('n'));
  await make(rig, 'p');
  await eventually(async () => assert.deepEqual(await bound(rig), ['p@n']));
  await eventually(async () => assert.deepEqual(await rig.events(), ['Scheduled Successfully assigned a/p to n']));
});

test('leaves alone what is for another scheduler, gated, or being deleted', async () => {
  await using rig = startControllers([scheduler()]);
  await rig.create(NODES, node('n'));
  await make(rig, 'other', { schedulerName: 'mine' });
  await make(rig, 'gated', { schedulingGates: [{ name: 'g' }] });
  await make(rig, 'plain');
  await eventually(async () => assert.deepEqual(await bound(rig), ['plain@n']));
});

test('a pod without room says why once, and is bound as soon as there is room', async () => {
  await using rig = startControllers([scheduler()]);
  const small = await rig.create<Node>(NODES, node('n'));
  await make(rig, 'first', asking({ cpu: '1500m' }));
  await eventually(async () => (await bound(rig)).length === 1);
  await make(rig, 'second', asking({ cpu: '1' }));
  const message = '0/1 nodes are available: 1 Insufficient cpu.';
  await eventually(async () => {
    const [condition] = (await rig.list<Pod>(PODS)).find(({ metadata }) => metadata.name === 'second')!.status!.conditions!;
    assert.deepEqual(
      [condition!.type, condition!.status, condition!.reason, condition!.message],
      ['PodScheduled', 'False', 'Unschedulable', message],
    );
  });
  await rig.verbs.clock.advance(60_000);
  assert.deepEqual(
    (await rig.events()).filter((event) => event.startsWith('Failed')),
    [`FailedScheduling ${message}`],
  );
  await rig.verbs.delete(refTo(PODS, (await rig.list(PODS))[0]!), { gracePeriodSeconds: 0 });
  await eventually(async () => assert.deepEqual(await bound(rig), ['second@n']));

  await make(rig, 'third', asking({ cpu: '3' }));
  await eventually(async () => (await rig.events()).length === 4);
  await rig.setStatus(NODES, small, { allocatable: { cpu: '8', memory: '4Gi', pods: '110' } });
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    assert.deepEqual(await bound(rig), ['second@n', 'third@n']);
  });
});

test('never claims more than a node has, however many pods come at once and however late the cache is', async () => {
  await using rig = startControllers([scheduler()]);
  await rig.create(NODES, node('n'));
  await rig.create(NODES, node('m'));
  let failures = 5;
  rig.verbs.reject = (action, ref) =>
    action === 'create' && ref.subresource === 'binding' && failures-- > 0 ? newServiceUnavailable('down') : undefined;
  for (let n = 0; n < 60; n++) {
    await make(rig, `p${n}`, asking({ cpu: '100m' }));
    if (n % 7 === 0) rig.verbs.pauseWatches();
    if (n % 7 === 4) rig.verbs.resumeWatches();
  }
  rig.verbs.resumeWatches();
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    assert.equal((await bound(rig)).length, 40);
  });
  await rig.verbs.clock.advance(60_000);
  const on = async (name: string): Promise<number> => (await bound(rig)).filter((one) => one.endsWith(`@${name}`)).length;
  assert.deepEqual([await on('n'), await on('m')], [20, 20]);
});
