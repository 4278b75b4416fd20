import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podRequests } from '../../../../../lib/platform/controllers/autoscaling/pod-requests.ts';
import { groupPods, type Sample } from '../../../../../lib/platform/controllers/autoscaling/pod-samples.ts';
import {
  type PodMetric,
  replicasForAverage,
  replicasForShare,
  replicasForUtilization,
  replicasForValue,
} from '../../../../../lib/platform/controllers/autoscaling/replica-calculator.ts';
import type { Pod } from '../../../../../lib/platform/controllers/core-types.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const TOLERANCES = { up: 0.1, down: 0.1 };
const minutesAgo = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

interface PodCase {
  /** Thousandths; absent: nothing is known of it. */
  readonly uses?: number;
  readonly phase?: string;
  readonly ready?: boolean;
  /** Minutes since its start, and since it became what it is. */
  readonly started?: number;
  readonly since?: number;
  readonly going?: boolean;
}

function pod(name: string, { phase = 'Running', ready = true, started = 30, since = 29, going = false }: PodCase): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(going ? { deletionTimestamp: minutesAgo(0) } : {}) },
    spec: { containers: [{ name: 'app', resources: { requests: { cpu: '1' } } }] },
    status: {
      phase,
      startTime: minutesAgo(started),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: minutesAgo(since) }],
    },
  } as unknown as Pod;
}

function metric(cases: readonly PodCase[], resource: string): { metric: PodMetric; pods: Pod[] } {
  const pods = cases.map((each, i) => pod(`p${i}`, each));
  const samples = new Map(
    cases.flatMap(({ uses }, i): [string, Sample][] =>
      uses === undefined ? [] : [[`p${i}`, { value: uses, at: NOW, window: 15_000 }]],
    ),
  );
  const groups = groupPods(pods, samples, resource, NOW);
  return { pods, metric: { samples, groups, currentReplicas: cases.length, tolerances: TOLERANCES } };
}

const times = (count: number, each: PodCase): PodCase[] => Array.from({ length: count }, () => each);

// Each pod requests a whole core: 500 is 50%.
for (const [what, cases, target, replicas, utilization] of [
  ['twice the target doubles', times(3, { uses: 1000 }), 50, 6, 100],
  ['half of the target halves', times(4, { uses: 250 }), 50, 2, 25],
  ['what is left over gets a pod of its own', times(3, { uses: 700 }), 60, 4, 70],
  ['nearly right is right', [{ uses: 540 }, { uses: 550 }], 50, 2, 54],
  ['ten percent more is still near enough', times(10, { uses: 550 }), 50, 10, 55],
  ['eleven percent are not', times(10, { uses: 560 }), 50, 12, 56],
  ['one unknown pod counts as idle when it goes up', [...times(3, { uses: 1000 }), {}], 50, 6, 100],
  ['and does not turn the direction', [{ uses: 550 }, { uses: 600 }, {}], 50, 3, 57],
  ['an unknown pod counts as at its request when it goes down', [...times(4, { uses: 100 }), {}], 50, 3, 10],
  [
    'an unready pod counts as idle when it goes up',
    [...times(3, { uses: 1000 }), { uses: 900, ready: false, started: 1, since: 1 }],
    50,
    6,
    100,
  ],
  [
    'and not at all when it goes down',
    [...times(3, { uses: 100 }), { uses: 900, ready: false, started: 1, since: 1 }],
    50,
    1,
    10,
  ],
  ['a pending pod counts as an unready one', [...times(2, { uses: 1000 }), { phase: 'Pending' }], 50, 4, 100],
  [
    'pods that fail or go do not count',
    [...times(2, { uses: 1000 }), { uses: 1000, going: true }, { uses: 1000, phase: 'Failed' }],
    50,
    4,
    100,
  ],
  ['a pod that was ready once and is not now counts', [{ uses: 1000 }, { uses: 1000, ready: false, since: 5 }], 50, 4, 100],
  ['a sample from before it was ready does not', [{ uses: 500 }, { uses: 5000, started: 2, since: 0.1 }], 50, 2, 50],
] as const)
  test(`utilization: ${what}`, () => {
    const { metric: given, pods } = metric(cases, 'cpu');
    const found = replicasForUtilization(given, target, podRequests(pods, 'cpu'));
    assert.deepEqual([found.replicas, found.utilization], [replicas, utilization]);
  });

test('utilization: what cannot be told, in Kubernetes’ words', () => {
  const { metric: none, pods } = metric([{ uses: 1, phase: 'Pending' }], 'cpu');
  assert.throws(() => replicasForUtilization(none, 50, podRequests(pods, 'cpu')), /did not receive metrics for targeted pods/);
  assert.throws(() => podRequests(pods, 'memory'), /^Error: missing request for memory in container app of Pod p0$/);
  const { metric: strange } = metric([{ uses: 1 }], 'cpu');
  assert.throws(() => replicasForUtilization(strange, 50, new Map()), /no metrics returned matched known pods/);
});

for (const [what, cases, target, replicas, value] of [
  ['above', times(3, { uses: 20_000 }), 10_000, 6, 20_000],
  ['below', times(4, { uses: 5_000 }), 10_000, 2, 5_000],
  ['near', times(4, { uses: 10_900 }), 10_000, 4, 10_900],
  [
    'an unready pod counts for what is no CPU',
    [{ uses: 20_000 }, { uses: 20_000, ready: false, started: 1, since: 1 }],
    10_000,
    4,
    20_000,
  ],
  ['an unknown pod counts as on target when it goes down', [...times(3, { uses: 2_000 }), {}], 10_000, 2, 2_000],
] as const)
  test(`average: ${what}`, () => {
    const found = replicasForAverage(metric(cases, '').metric, target);
    assert.deepEqual([found.replicas, found.value], [replicas, value]);
  });

test('a value for all: by the ready pods; with none, as many as it asks for', () => {
  const of = (value: number, currentReplicas: number, ready = currentReplicas): number =>
    replicasForValue({ value, target: 100_000, currentReplicas, ready, tolerances: TOLERANCES }).replicas;
  assert.deepEqual(
    [of(200_000, 3), of(105_000, 3), of(50_000, 4), of(250_000, 0), of(0, 0), of(200_000, 4, 3)],
    [6, 3, 2, 3, 0, 6],
  );
});

test('a value that is shared: by what each may have of it', () => {
  const of = (value: number, statusReplicas: number): unknown =>
    replicasForShare({ value, target: 10_000, statusReplicas, tolerances: TOLERANCES });
  assert.deepEqual(of(55_000, 3), { replicas: 6, value: 18_334 });
  assert.deepEqual(of(31_000, 3), { replicas: 3, value: 10_334 });
  assert.deepEqual(of(5_000, 0), { replicas: 1, value: 5_000 });
});

test('requests of a pod: its own where it has one, its sidecars, or one container', () => {
  const requests = (cpu: string): object => ({ resources: { requests: { cpu } } });
  const containers = [
    { name: 'app', ...requests('250m') },
    { name: 'log', ...requests('50m') },
  ];
  const initContainers = [
    { name: 'side', restartPolicy: 'Always', ...requests('100m') },
    { name: 'once', ...requests('5') },
  ];
  const one = { ...pod('p', {}), spec: { containers, initContainers } } as unknown as Pod;
  assert.equal(podRequests([one], 'cpu').get('p'), 400);
  assert.equal(podRequests([one], 'cpu', 'log').get('p'), 50);
  const whole = { ...one, spec: { containers, resources: { requests: { cpu: '2' } } } } as unknown as Pod;
  assert.equal(podRequests([whole], 'cpu').get('p'), 2000);
});
