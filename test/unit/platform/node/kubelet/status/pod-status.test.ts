import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerLabels, sandboxLabels } from '../../../../../../lib/platform/node/kubelet/container-labels.ts';
import { observePod } from '../../../../../../lib/platform/node/kubelet/observed-pod.ts';
import type { Container } from '../../../../../../lib/platform/node/kubelet/types/container-types.ts';
import type { Pod, PodSpec } from '../../../../../../lib/platform/node/kubelet/types/pod-types.ts';
import type { PodStatus } from '../../../../../../lib/platform/node/kubelet/types/pod-status-types.ts';
import { podStatus, type StatusInput } from '../../../../../../lib/platform/node/kubelet/status/pod-status.ts';
import type { ContainerState } from '../../../../../../lib/platform/runtime/container-runtime.ts';

const web: Container = { name: 'web', image: 'web' };
const init: Container = { name: 'init', image: 'init:1' };
const podOf = (spec: Partial<PodSpec> = {}, status?: PodStatus): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns', uid: 'u' },
  spec: { containers: [web], ...spec },
  ...(status === undefined ? {} : { status }),
});
const T = Date.UTC(2020, 0, 1);

function state(pod: Pod, of: Container | undefined, attempt: number, change: Partial<ContainerState> = {}): ContainerState {
  const labels =
    of === undefined
      ? sandboxLabels('n', pod, attempt)
      : containerLabels({ nodeName: 'n', pod, container: of, sandboxId: 's', attempt, terminationLog: undefined });
  return {
    id: `${of?.name ?? 'sandbox'}${attempt}`,
    name: 'x',
    image: of?.image ?? 'pause',
    imageId: 'sha256:abc',
    labels,
    status: 'running',
    pid: 1,
    createdAt: T,
    startedAt: T,
    finishedAt: undefined,
    exitCode: undefined,
    oomKilled: false,
    error: undefined,
    limits: { cpuShares: 2, cpuQuota: 0, cpuPeriod: 100_000, memoryBytes: 0 },
    ...change,
  };
}
const exited = (exitCode: number, more: Partial<ContainerState> = {}): Partial<ContainerState> => ({
  status: 'exited',
  exitCode,
  finishedAt: T + 1000,
  ...more,
});

const status = (pod: Pod, states: ContainerState[], more: Partial<StatusInput> = {}): PodStatus =>
  podStatus({
    pod,
    observed: observePod('u', states),
    waiting: new Map(),
    terminationMessages: new Map(),
    imageIds: new Map(),
    isReady: () => true,
    isStarted: () => true,
    podIPs: ['10.0.0.2'],
    hostIPs: ['192.0.2.1'],
    now: T,
    ended: false,
    resize: { pending: undefined, inProgress: false, error: undefined },
    failure: undefined,
    ...more,
  });
const condition = (of: PodStatus, type: string) => of.conditions!.find((one) => one.type === type)!;

describe('podStatus', () => {
  it('tells of a pod that is being made', () => {
    const made = status(podOf(), [], { podIPs: [] });
    assert.equal(made.phase, 'Pending');
    assert.deepEqual(made.containerStatuses![0]!.state, { waiting: { reason: 'ContainerCreating' } });
    assert.deepEqual(made.containerStatuses![0]!.lastState, {});
    assert.equal(made.podIP, undefined);
    assert.equal(made.hostIP, '192.0.2.1');
    assert.equal(condition(made, 'Ready').message, 'containers with unready status: [web]');
    assert.equal(condition(made, 'PodReadyToStartContainers').status, 'False');
  });

  it('tells of a running pod', () => {
    const pod = podOf();
    const running = status(pod, [state(pod, undefined, 0), state(pod, web, 0)]);
    assert.equal(running.phase, 'Running');
    assert.deepEqual(running.containerStatuses![0], {
      name: 'web',
      state: { running: { startedAt: '2020-01-01T00:00:00Z' } },
      lastState: {},
      ready: true,
      restartCount: 0,
      image: 'web:latest',
      imageID: 'docker://sha256:abc',
      containerID: 'docker://web0',
      started: true,
      resources: {},
    });
    assert.deepEqual(running.podIPs, [{ ip: '10.0.0.2' }]);
    assert.equal(condition(running, 'Ready').status, 'True');
    assert.equal(running.qosClass, 'BestEffort');
  });

  it('shows init containers as what the others wait for', () => {
    const pod = podOf({ initContainers: [init] });
    const first = status(pod, [state(pod, undefined, 0), state(pod, init, 0)]);
    assert.equal(first.phase, 'Pending');
    assert.deepEqual(first.containerStatuses![0]!.state, { waiting: { reason: 'PodInitializing' } });
    assert.equal(condition(first, 'Initialized').message, 'containers with incomplete status: [init]');
    const failing = status(pod, [state(pod, undefined, 0), state(pod, init, 0, exited(1))]);
    assert.equal(failing.phase, 'Pending');
    const never = podOf({ initContainers: [init], restartPolicy: 'Never' });
    assert.equal(status(never, [state(never, undefined, 0), state(never, init, 0, exited(1))]).phase, 'Failed');
  });

  it('shows the last run of a container in back-off', () => {
    const pod = podOf();
    const waiting = new Map([['web', { reason: 'CrashLoopBackOff', message: 'back-off' }]]);
    const [main] = status(pod, [state(pod, undefined, 0), state(pod, web, 2, exited(3)), state(pod, web, 1, exited(4))], {
      waiting,
    }).containerStatuses!;
    assert.deepEqual(main!.state, { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } });
    assert.equal(main!.lastState.terminated!.exitCode, 3);
    assert.equal(main!.restartCount, 2);
    assert.equal(main!.ready, false);
  });

  it('tells of ephemeral containers beside the others: they make a pod neither ready nor unready, and are not started again', () => {
    const debug: Container = { name: 'debug', image: 'tools:1' };
    const pod = podOf({ ephemeralContainers: [debug] });
    const pair = [state(pod, undefined, 0), state(pod, web, 0)];
    const waiting = status(pod, pair);
    assert.deepEqual(waiting.ephemeralContainerStatuses![0]!.state, { waiting: { reason: 'ContainerCreating' } });
    const ended = status(pod, [...pair, state(pod, debug, 0, exited(3))], {
      waiting: new Map([['debug', { reason: 'CrashLoopBackOff', message: '' }]]),
    });
    const [shown] = ended.ephemeralContainerStatuses!;
    assert.deepEqual([shown!.state.terminated!.exitCode, shown!.ready, shown!.restartCount], [3, false, 0]);
    assert.ok(!('started' in shown!));
    for (const one of [waiting, ended]) assert.deepEqual([one.phase, condition(one, 'Ready').status], ['Running', 'True']);
  });

  it('words how a container ended', () => {
    const pod = podOf({ restartPolicy: 'Never' });
    const ended = (change: Partial<ContainerState>, messages = new Map<string, string>()) =>
      status(pod, [state(pod, undefined, 0), state(pod, web, 0, change)], { terminationMessages: messages })
        .containerStatuses![0]!.state.terminated!;
    assert.equal(ended(exited(0)).reason, 'Completed');
    assert.equal(ended(exited(1)).reason, 'Error');
    assert.equal(ended(exited(137, { oomKilled: true })).reason, 'OOMKilled');
    assert.equal(ended(exited(127, { error: 'no such file' })).reason, 'ContainerCannotRun');
    assert.equal(ended(exited(127, { error: 'no such file' })).message, 'no such file');
    assert.equal(ended(exited(1), new Map([['web0', 'bye']])).message, 'bye');
  });

  it('comes to the phase of a pod by its restart policy', () => {
    const phase = (restartPolicy: 'Always' | 'OnFailure' | 'Never', code: number): string => {
      const pod = podOf({ restartPolicy });
      return status(pod, [state(pod, undefined, 0), state(pod, web, 0, exited(code))]).phase!;
    };
    assert.deepEqual([phase('Always', 0), phase('OnFailure', 1), phase('OnFailure', 0)], ['Running', 'Running', 'Succeeded']);
    assert.deepEqual([phase('Never', 0), phase('Never', 1)], ['Succeeded', 'Failed']);
  });

  it('keeps what is final, what others wrote, and when a condition last changed', () => {
    const known: PodStatus = {
      phase: 'Succeeded',
      startTime: '2019-01-01T00:00:00Z',
      podIPs: [{ ip: '10.0.0.9' }],
      conditions: [
        { type: 'example.com/gate', status: 'True' },
        { type: 'PodScheduled', status: 'True', lastTransitionTime: '2019-01-01T00:00:00Z' },
        { type: 'Ready', status: 'True', lastTransitionTime: '2019-01-01T00:00:00Z' },
      ],
    };
    const pod = podOf({ restartPolicy: 'Never' }, known);
    const later = status(pod, [state(pod, web, 0, exited(1))], { podIPs: [] });
    assert.equal(later.phase, 'Succeeded');
    assert.equal(later.startTime, '2019-01-01T00:00:00Z');
    assert.equal(later.podIP, '10.0.0.9');
    assert.equal(condition(later, 'example.com/gate').status, 'True');
    assert.equal(condition(later, 'PodScheduled').lastTransitionTime, '2019-01-01T00:00:00Z');
    assert.equal(condition(later, 'Ready').lastTransitionTime, '2020-01-01T00:00:00Z');
    assert.equal(condition(later, 'Ready').reason, 'PodCompleted');
  });

  it('waits for readiness gates', () => {
    const gated = { readinessGates: [{ conditionType: 'example.com/gate' }] };
    const ready = (of: Pod) => condition(status(of, [state(of, undefined, 0), state(of, web, 0)]), 'Ready');
    assert.equal(ready(podOf(gated)).message, 'corresponding condition of pod readiness gate "example.com/gate" does not exist.');
    assert.equal(ready(podOf(gated, { conditions: [{ type: 'example.com/gate', status: 'True' }] })).status, 'True');
  });

  it('reports a pod that was told to go', () => {
    const pod = podOf();
    assert.equal(status(pod, [state(pod, web, 0, exited(0))], { ended: true }).phase, 'Succeeded');
    assert.equal(status(pod, [state(pod, web, 0, exited(137))], { ended: true }).phase, 'Failed');
    const failed = status(pod, [], { failure: { reason: 'DeadlineExceeded', message: 'late' } });
    assert.deepEqual([failed.phase, failed.reason, failed.message], ['Failed', 'DeadlineExceeded', 'late']);
  });
});
