import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerLabels, sandboxLabels } from '../../../../../lib/platform/node/kubelet/container-labels.ts';
import { observePod } from '../../../../../lib/platform/node/kubelet/observed-pod.ts';
import { type PlanInput, planPod, type Step } from '../../../../../lib/platform/node/kubelet/plan.ts';
import type { Container } from '../../../../../lib/platform/node/kubelet/types/container-types.ts';
import type { Pod, PodSpec } from '../../../../../lib/platform/node/kubelet/types/pod-types.ts';
import type { PodStatus } from '../../../../../lib/platform/node/kubelet/types/pod-status-types.ts';
import type { ContainerState } from '../../../../../lib/platform/runtime/container-runtime.ts';

const web: Container = { name: 'web', image: 'web:1' };
const side: Container = { name: 'side', image: 'side:1', restartPolicy: 'Always' };
const init: Container = { name: 'init', image: 'init:1' };

const podOf = (spec: Partial<PodSpec> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns', uid: 'u' },
  spec: { containers: [web], ...spec },
});

type Change = Partial<ContainerState>;
const base = (id: string, labels: Record<string, string>, change: Change): ContainerState => ({
  id,
  name: id,
  image: 'i',
  imageId: 'sha256:i',
  labels,
  status: 'running',
  pid: 1,
  createdAt: 1,
  startedAt: 1,
  finishedAt: undefined,
  exitCode: undefined,
  oomKilled: false,
  error: undefined,
  limits: { cpuShares: 2, cpuQuota: 0, cpuPeriod: 100_000, memoryBytes: 0 },
  ...change,
});
const exited = (exitCode: number): Change => ({ status: 'exited', exitCode, finishedAt: 5, pid: 0 });
const sandbox = (pod: Pod, attempt = 0, change: Change = {}): ContainerState =>
  base(`s${attempt}`, sandboxLabels('n', pod, attempt), change);
const container = (pod: Pod, of: Container, attempt: number, change: Change = {}, sandboxId = 's0'): ContainerState =>
  base(
    `${of.name}${attempt}`,
    containerLabels({ nodeName: 'n', pod, container: of, sandboxId, attempt, terminationLog: undefined }),
    change,
  );

function plan(pod: Pod, states: ContainerState[], more: Partial<PlanInput> = {}): readonly Step[] {
  return planPod({
    pod,
    observed: observePod('u', states),
    hasAddress: () => true,
    now: 100,
    backoffUntil: () => 0,
    failedProbe: () => undefined,
    isResized: () => false,
    isStarted: () => true,
    ...more,
  });
}

/** `start web 0` and so on: what a step does, in a few words. */
const words = (steps: readonly Step[]): string[] =>
  steps.map((step) => {
    switch (step.type) {
      case 'kill-pod':
        return 'kill pod';
      case 'create-sandbox':
        return `sandbox ${step.attempt}`;
      case 'kill-container':
        return `kill ${step.state.id}: ${step.message}`;
      case 'resize-container':
        return `resize ${step.state.id}`;
      case 'remove-container':
        return `remove ${step.id}`;
      case 'start-container':
        return `start ${step.name} ${step.attempt}`;
      case 'back-off':
        return `wait ${step.name} ${step.until}`;
    }
  });

describe('planPod', () => {
  it('starts a new pod with its sandbox and all containers', () => {
    const pod = podOf({ containers: [web, { name: 'two', image: 'x' }] });
    assert.deepEqual(words(plan(pod, [])), ['sandbox 0', 'start web 0', 'start two 0']);
  });

  it('starts only the first init container at first', () => {
    assert.deepEqual(words(plan(podOf({ initContainers: [init, side] }), [])), ['sandbox 0', 'start init 0']);
  });

  it('leaves a pod alone that runs as it should', () => {
    const pod = podOf();
    assert.deepEqual(plan(pod, [sandbox(pod), container(pod, web, 0)]), []);
  });

  it('makes a sandbox anew that has died, that has no address, or that is one of two', () => {
    const pod = podOf();
    const dead = [sandbox(pod, 0, exited(137)), container(pod, web, 0, exited(137))];
    assert.deepEqual(words(plan(pod, dead)), ['sandbox 1', 'start web 1']);
    assert.deepEqual(words(plan(pod, [sandbox(pod)], { hasAddress: () => false })), ['kill pod', 'sandbox 1', 'start web 0']);
    assert.deepEqual(words(plan(pod, [sandbox(pod, 0), sandbox(pod, 1)])), ['kill pod', 'sandbox 2', 'start web 0']);
  });

  it('asks no address of a pod on the host network', () => {
    const pod = podOf({ hostNetwork: true });
    assert.deepEqual(plan(pod, [sandbox(pod), container(pod, web, 0)], { hasAddress: () => false }), []);
  });

  it('does not bring back a pod that ended and must not be restarted', () => {
    const pod = podOf({ restartPolicy: 'Never' });
    assert.deepEqual(plan(pod, [sandbox(pod, 0, exited(0)), container(pod, web, 0, exited(1))]), []);
    assert.deepEqual(words(plan(pod, [sandbox(pod), container(pod, web, 0, exited(1))])), ['kill pod']);
  });

  it('restarts on failure only what failed', () => {
    const two = { name: 'two', image: 'x' };
    const pod = podOf({ restartPolicy: 'OnFailure', containers: [web, two] });
    const states = [sandbox(pod), container(pod, web, 0, exited(0)), container(pod, two, 3, exited(1))];
    assert.deepEqual(words(plan(pod, states)), ['start two 4']);
    const died = [sandbox(pod, 0, exited(137)), ...states.slice(1)];
    assert.deepEqual(words(plan(pod, died)), ['sandbox 1', 'start two 4']);
  });

  it('waits in back-off', () => {
    const pod = podOf();
    const states = [sandbox(pod), container(pod, web, 1, exited(1))];
    assert.deepEqual(words(plan(pod, states, { backoffUntil: (_, finishedAt) => finishedAt + 500 })), ['wait web 505']);
  });

  it('goes through init containers in order, and retries one that failed', () => {
    const second: Container = { name: 'second', image: 'x' };
    const pod = podOf({ initContainers: [init, second] });
    assert.deepEqual(plan(pod, [sandbox(pod), container(pod, init, 0)]), []);
    assert.deepEqual(words(plan(pod, [sandbox(pod), container(pod, init, 0, exited(1))])), ['start init 1']);
    const one = [sandbox(pod), container(pod, init, 0, exited(0))];
    assert.deepEqual(words(plan(pod, one)), ['start second 0']);
    assert.deepEqual(words(plan(pod, [...one, container(pod, second, 0, exited(0))])), ['start web 0']);
  });

  it('runs init containers again in a new sandbox, though they succeeded in the old one', () => {
    const pod = podOf({ initContainers: [init] });
    const states = [sandbox(pod, 0, exited(137)), sandbox(pod, 1), container(pod, init, 0, exited(0))];
    assert.deepEqual(words(plan(pod, states)), ['start init 1']);
  });

  it('does not run init containers again whose records are gone, once a container has run', () => {
    const pod = podOf({ initContainers: [init] });
    assert.deepEqual(plan(pod, [sandbox(pod), container(pod, web, 0)]), []);
  });

  it('fails a pod for good whose init container failed', () => {
    const pod = podOf({ restartPolicy: 'Never', initContainers: [init] });
    assert.deepEqual(words(plan(pod, [sandbox(pod), container(pod, init, 0, exited(1))])), ['kill pod']);
  });

  it('waits for a sidecar to have started, restarts it, and ends it with the containers', () => {
    const pod = podOf({ restartPolicy: 'Never', initContainers: [side, init] });
    const running = [sandbox(pod), container(pod, side, 0)];
    assert.deepEqual(plan(pod, running, { isStarted: () => false }), []);
    assert.deepEqual(words(plan(pod, running)), ['start init 0']);
    const later = [...running, container(pod, init, 0, exited(0)), container(pod, web, 0)];
    assert.deepEqual(plan(pod, later), []);
    const sideDied = [sandbox(pod), container(pod, side, 0, exited(0)), ...later.slice(2)];
    assert.deepEqual(words(plan(pod, sideDied)), ['start side 1']);
    assert.deepEqual(words(plan(pod, [...running, container(pod, init, 0, exited(0)), container(pod, web, 0, exited(0))])), [
      'kill pod',
    ]);
  });

  it('replaces what fails its probe or whose image has changed', () => {
    const pod = podOf();
    const states = [sandbox(pod), container(pod, web, 0)];
    assert.deepEqual(words(plan(pod, states, { failedProbe: () => 'liveness' })), [
      'kill web0: Container web failed liveness probe, will be restarted',
      'start web 1',
    ]);
    const changed = podOf({ containers: [{ ...web, image: 'web:2' }] });
    assert.deepEqual(words(plan(changed, states)), [
      'kill web0: Container web definition changed, will be restarted',
      'start web 1',
    ]);
    const never = podOf({ restartPolicy: 'Never' });
    assert.deepEqual(words(plan(never, states, { failedProbe: () => 'startup' })), [
      'kill web0: Container web failed startup probe',
    ]);
  });

  it('makes a container anew that was created but never started', () => {
    const pod = podOf();
    assert.deepEqual(words(plan(pod, [sandbox(pod), container(pod, web, 2, { status: 'created', pid: 0 })])), [
      'remove web2',
      'start web 2',
    ]);
  });

  describe('ephemeral containers', () => {
    const debug: Container = { name: 'debug', image: 'tools', targetContainerName: 'web' };

    it('start in the pod as it is, before init containers that do not come to an end, and never again', () => {
      const pod = podOf({ initContainers: [init], ephemeralContainers: [debug] });
      const waiting = [sandbox(pod), container(pod, init, 0)];
      assert.deepEqual(words(plan(pod, waiting)), ['start debug 0']);
      assert.deepEqual(plan(pod, [...waiting, container(pod, debug, 0)]), []);
      assert.deepEqual(plan(pod, [...waiting, container(pod, debug, 0, exited(1))]), []);
      const remembered = { ephemeralContainerStatuses: [{ name: 'debug', state: { terminated: {} } }] } as unknown as PodStatus;
      assert.deepEqual(plan({ ...pod, status: remembered }, waiting), []);
    });

    it('wait for a sandbox, and do not keep one that nothing else lives in', () => {
      const pod = podOf({ restartPolicy: 'Never', ephemeralContainers: [debug] });
      assert.deepEqual(words(plan(pod, [])), ['sandbox 0', 'start web 0']);
      const over = [sandbox(pod), container(pod, web, 0, exited(0)), container(pod, debug, 0)];
      assert.deepEqual(words(plan(pod, over)), ['kill pod']);
    });

    it('are made anew when they were never started, and end with their sandbox', () => {
      const pod = podOf({ ephemeralContainers: [debug] });
      const states = [sandbox(pod), container(pod, web, 0)];
      assert.deepEqual(words(plan(pod, [...states, container(pod, debug, 0, { status: 'created', pid: 0 })])), [
        'remove debug0',
        'start debug 0',
      ]);
      const moved = [sandbox(pod, 1), container(pod, web, 1, {}, 's1'), container(pod, debug, 0)];
      assert.deepEqual(words(plan(pod, moved)), ['kill debug0: Stopping container debug']);
    });
  });

  it('ends containers that outlived their sandbox', () => {
    const pod = podOf();
    const states = [
      sandbox(pod, 1),
      sandbox(pod, 0, exited(137)),
      container(pod, web, 0, {}, 's0'),
      container(pod, web, 1, {}, 's1'),
    ];
    assert.deepEqual(words(plan(pod, states)), ['kill web0: Stopping container web']);
  });

  it('starts nothing in a pod that is being deleted', () => {
    const pod = podOf();
    const going = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2020-01-01T00:00:00Z' } };
    assert.deepEqual(words(plan(going, [sandbox(pod), container(pod, web, 0, exited(1))])), ['kill pod']);
  });
});
