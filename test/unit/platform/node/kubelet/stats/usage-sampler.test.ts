import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineSample, type Sample } from '../../../../../../lib/platform/node/kubelet/stats/machine-usage.ts';
import { resourceMetrics } from '../../../../../../lib/platform/node/kubelet/stats/resource-metrics.ts';
import { summaryOf } from '../../../../../../lib/platform/node/kubelet/stats/summary.ts';
import { usageSampler, type UsageSampler } from '../../../../../../lib/platform/node/kubelet/stats/usage-sampler.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';
import type { NodePod } from '../../../../../../lib/platform/node/kubelet/server/pod-source.ts';

const MIB = 2 ** 20;

interface Rig {
  readonly clock: FakeClock;
  readonly sampler: UsageSampler;
  readonly looks: string[];
  readonly pods: NodePod[];
}

/** A node whose containers use what `cores` says, all the time. */
function rig(cores: Readonly<Record<string, number>>): Rig {
  const clock = new FakeClock();
  const start = clock.now();
  const looks: string[] = [];
  const used = (of: string): Sample => ({
    cpuNanoseconds: (cores[of] ?? 0) * (clock.now() - start) * 1e6,
    memoryBytes: 10 * MIB,
  });
  const pods = [
    podOf(
      'web',
      Object.keys(cores).filter((id) => id !== 'machine'),
    ),
  ];
  const sampler = usageSampler({
    clock,
    pods: { list: () => pods },
    runtime: {
      stats: (id) => {
        looks.push(id);
        return cores[id] === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(used(id));
      },
    },
    machine: () => Promise.resolve(used('machine')),
  });
  return { clock, sampler, looks, pods };
}

function podOf(name: string, ids: readonly string[]): NodePod {
  const containers = new Map(ids.map((id) => [id, { id, state: 'running' as const, reason: '', previousId: undefined }]));
  const status = { startTime: '2020-01-01T00:00:00Z' };
  const metadata = { name, namespace: 'default', uid: `${name}-1` };
  return { object: { apiVersion: 'v1', kind: 'Pod', metadata, status }, sandbox: undefined, podIP: undefined, containers };
}

const rates = async (read: ReturnType<UsageSampler['read']>): Promise<Record<string, number>> => {
  const { node, pods } = await read;
  const containers = pods.flatMap((pod) => pod.containers.map(({ name, cpuNanoCores }) => [name, cpuNanoCores / 1e9] as const));
  return { machine: node.cpuNanoCores / 1e9, ...Object.fromEntries(containers) };
};

test('the first question is counted over a second, later ones since the last that is ten seconds old, and within five seconds nobody looks again', async () => {
  const { clock, sampler, looks } = rig({ machine: 1.5, app: 0.25 });
  const first = sampler.read();
  assert.equal(sampler.read(), first, 'questions at the same time share an answer');
  await clock.advance(1000);
  assert.deepEqual(await rates(first), { machine: 1.5, app: 0.25 });
  assert.equal((await first).pods[0]!.containers[0]!.window, 1000);
  assert.deepEqual(looks, ['app', 'app']);
  await clock.advance(2000);
  await sampler.read();
  assert.equal(looks.length, 2);
  await clock.advance(15_000);
  const later = await sampler.read();
  assert.equal(later.node.window, 17_000);
  assert.equal(looks.length, 3);
  // What is too old says nothing of now.
  await clock.advance(120_000);
  const again = sampler.read();
  await clock.advance(1000);
  assert.equal((await again).node.window, 1000);
});

test('a container that comes later, one that is gone, and one that waits', async () => {
  const { clock, sampler, pods } = rig({ machine: 1, app: 0.5, late: 0.1 });
  pods.splice(0, 1, podOf('web', ['app', 'gone']));
  const first = sampler.read();
  await clock.advance(1000);
  assert.deepEqual(await rates(first), { machine: 1, app: 0.5 });
  await clock.advance(10_000);
  const waiting = { id: 'x', state: 'waiting' as const, reason: 'CrashLoopBackOff', previousId: undefined };
  pods.splice(0, 1, {
    ...podOf('web', ['app', 'late']),
    containers: new Map([...podOf('web', ['app', 'late']).containers, ['w', waiting]]),
  });
  const second = sampler.read();
  await clock.advance(1000);
  assert.deepEqual(await rates(second), { machine: 1, app: 0.5, late: 0.1 });
});

test('the machine’s own figures, as the kernel writes them', () => {
  const stat = 'cpu  100 10 50 10000 500 5 5 30 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
  const meminfo = 'MemTotal:        1000 kB\nMemFree:          300 kB\nInactive:          90 kB\nInactive(file):    200 kB\n';
  assert.deepEqual(machineSample(stat, meminfo), { cpuNanoseconds: 200 * 1e7, memoryBytes: 500 * 1024 });
});

test('the summary and the metrics say what was counted, in Kubernetes’ names', async () => {
  const { clock, sampler } = rig({ machine: 2, app: 0.5, side: 0.25 });
  const read = sampler.read();
  await clock.advance(1000);
  const usage = await read;
  const summary = JSON.parse(JSON.stringify(summaryOf('n1', usage)));
  assert.equal(summary.node.nodeName, 'n1');
  assert.deepEqual(summary.pods[0].podRef, { name: 'web', namespace: 'default', uid: 'web-1' });
  assert.deepEqual(summary.pods[0].cpu, {
    time: '2020-01-01T00:00:01.000Z',
    usageNanoCores: 750_000_000,
    usageCoreNanoSeconds: 750_000_000,
    windowNanoSeconds: 1e9,
  });
  assert.equal(summary.pods[0].memory.workingSetBytes, 20 * MIB);
  const text = resourceMetrics(usage);
  for (const line of [
    'node_cpu_usage_seconds_total 2 1577836801000',
    'container_cpu_usage_seconds_total{container="app",namespace="default",pod="web"} 0.5 1577836801000',
    `container_memory_working_set_bytes{container="side",namespace="default",pod="web"} ${10 * MIB} 1577836801000`,
    `pod_memory_working_set_bytes{namespace="default",pod="web"} ${20 * MIB} 1577836801000`,
    '# TYPE node_memory_working_set_bytes gauge',
  ])
    assert.ok(text.split('\n').includes(line), `${line}\nis not in\n${text}`);
});
