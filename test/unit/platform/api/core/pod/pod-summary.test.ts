import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podColumns } from '../../../../../../lib/platform/api/core/pod/pod-columns.ts';
import type { KubeObject } from '../../../../../../lib/platform/api/meta.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');

interface Shape {
  readonly spec?: object;
  readonly status: object;
  readonly deleted?: true;
}

const pod = ({ spec, status, deleted }: Shape): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(deleted === true ? { deletionTimestamp: '2026-01-01T00:09:00Z' } : {}),
  },
  spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
  status,
});

const running = (name: string, more: object = {}): object => ({
  name,
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: {} },
  ...more,
});
const waiting = (name: string, reason: string, more: object = {}): object => ({
  name,
  ready: false,
  restartCount: 0,
  state: { waiting: { reason } },
  ...more,
});
const ended = (name: string, terminated: object, more: object = {}): object => ({
  name,
  ready: false,
  restartCount: 0,
  state: { terminated },
  ...more,
});
const init = { initContainers: [{ name: 'i' }, { name: 'j' }] };
const initialized = { conditions: [{ type: 'Initialized', status: 'True' }] };

/** READY, STATUS, RESTARTS, as `kubectl get pods` prints them. */
const CASES: readonly [title: string, shape: Shape, cells: readonly [string, string, string]][] = [
  ['just created', { status: { phase: 'Pending' } }, ['0/2', 'Pending', '0']],
  [
    'pulling',
    { status: { phase: 'Pending', containerStatuses: [waiting('a', 'ContainerCreating'), waiting('b', 'ContainerCreating')] } },
    ['0/2', 'ContainerCreating', '0'],
  ],
  ['running', { status: { phase: 'Running', containerStatuses: [running('a'), running('b')] } }, ['2/2', 'Running', '0']],
  [
    'one in a crash loop',
    {
      status: {
        phase: 'Running',
        containerStatuses: [
          running('a'),
          waiting('b', 'CrashLoopBackOff', {
            restartCount: 4,
            lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:05:00Z' } },
          }),
        ],
      },
    },
    ['1/2', 'CrashLoopBackOff', '4 (5m ago)'],
  ],
  [
    'image missing',
    { status: { phase: 'Pending', containerStatuses: [waiting('a', 'ImagePullBackOff')] } },
    ['0/2', 'ImagePullBackOff', '0'],
  ],
  [
    'completed',
    { status: { phase: 'Succeeded', containerStatuses: [ended('a', { reason: 'Completed', exitCode: 0 })] } },
    ['0/2', 'Completed', '0'],
  ],
  [
    'failed without a reason',
    { status: { phase: 'Failed', containerStatuses: [ended('a', { exitCode: 3 })] } },
    ['0/2', 'ExitCode:3', '0'],
  ],
  [
    'killed by a signal',
    { status: { phase: 'Failed', containerStatuses: [ended('a', { exitCode: 137, signal: 9 })] } },
    ['0/2', 'Signal:9', '0'],
  ],
  ['evicted', { status: { phase: 'Failed', reason: 'Evicted' } }, ['0/2', 'Evicted', '0']],
  [
    'one done, one runs and the pod is ready',
    {
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [ended('a', { reason: 'Completed', exitCode: 0 }), running('b')],
      },
    },
    ['1/2', 'Running', '0'],
  ],
  [
    'one done, one runs and the pod is not ready',
    { status: { phase: 'Running', containerStatuses: [ended('a', { reason: 'Completed', exitCode: 0 }), running('b')] } },
    ['1/2', 'NotReady', '0'],
  ],
  [
    'first init container runs',
    {
      spec: init,
      status: { phase: 'Pending', initContainerStatuses: [running('i', { ready: false }), waiting('j', 'PodInitializing')] },
    },
    ['0/2', 'Init:0/2', '0'],
  ],
  [
    'second init container waits its turn',
    {
      spec: init,
      status: { phase: 'Pending', initContainerStatuses: [ended('i', { exitCode: 0 }), waiting('j', 'PodInitializing')] },
    },
    ['0/2', 'Init:1/2', '0'],
  ],
  [
    'an init container fails',
    {
      spec: init,
      status: { phase: 'Pending', initContainerStatuses: [ended('i', { reason: 'Error', exitCode: 1 }, { restartCount: 1 })] },
    },
    ['0/2', 'Init:Error', '1'],
  ],
  [
    'an init container fails without a reason',
    { spec: init, status: { phase: 'Pending', initContainerStatuses: [ended('i', { exitCode: 2 })] } },
    ['0/2', 'Init:ExitCode:2', '0'],
  ],
  [
    'an init container in a crash loop',
    { spec: init, status: { phase: 'Pending', initContainerStatuses: [waiting('i', 'CrashLoopBackOff', { restartCount: 2 })] } },
    ['0/2', 'Init:CrashLoopBackOff', '2'],
  ],
  [
    'initialized: restarts of init containers no longer count',
    {
      spec: init,
      status: {
        phase: 'Running',
        ...initialized,
        initContainerStatuses: [ended('i', { exitCode: 0 }, { restartCount: 3 })],
        containerStatuses: [running('a'), running('b', { restartCount: 1 })],
      },
    },
    ['2/2', 'Running', '1'],
  ],
  [
    'a sidecar counts as a container',
    {
      spec: { initContainers: [{ name: 'side', restartPolicy: 'Always' }] },
      status: {
        phase: 'Running',
        ...initialized,
        initContainerStatuses: [running('side', { restartCount: 1 })],
        containerStatuses: [running('a'), running('b')],
      },
    },
    ['3/3', 'Running', '1'],
  ],
  [
    'being deleted',
    { deleted: true, status: { phase: 'Running', containerStatuses: [running('a'), running('b')] } },
    ['2/2', 'Terminating', '0'],
  ],
  [
    'deleted after it was done',
    { deleted: true, status: { phase: 'Succeeded', containerStatuses: [ended('a', { reason: 'Completed', exitCode: 0 })] } },
    ['0/2', 'Completed', '0'],
  ],
  ['its node is lost', { deleted: true, status: { phase: 'Running', reason: 'NodeLost' } }, ['0/2', 'Unknown', '0']],
  [
    'held by a gate',
    { status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] } },
    ['0/2', 'SchedulingGated', '0'],
  ],
];

for (const [title, shape, cells] of CASES)
  test(`${title}: ${cells.join(' ')}`, () => {
    const row = podColumns.map((column) => column.cell(pod(shape), NOW));
    assert.deepEqual([row[1], row[2], row[3]], cells);
  });

test('the wide columns', () => {
  const shape = pod({
    spec: { nodeName: 'n1', readinessGates: [{ conditionType: 'x' }, { conditionType: 'y' }] },
    status: { phase: 'Running', podIPs: [{ ip: '10.128.0.5' }], conditions: [{ type: 'x', status: 'True' }] },
  });
  assert.deepEqual(
    podColumns.map((column) => [column.name, column.cell(shape, NOW), column.priority ?? 0]),
    [
      ['Name', 'p', 0],
      ['Ready', '0/2', 0],
      ['Status', 'Running', 0],
      ['Restarts', '0', 0],
      ['Age', '10m', 0],
      ['IP', '10.128.0.5', 1],
      ['Node', 'n1', 1],
      ['Nominated Node', '<none>', 1],
      ['Readiness Gates', '1/2', 1],
    ],
  );
});
