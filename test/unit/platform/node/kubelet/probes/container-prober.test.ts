import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Container } from '../../../../../../lib/platform/node/kubelet/types/container-types.ts';
import { ContainerProber } from '../../../../../../lib/platform/node/kubelet/probes/container-prober.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';
import { FakeRuntime } from '../../../../../support/fake-runtime.ts';

const exec = (what: string, more: object = {}) => ({ exec: { command: [what] }, periodSeconds: 10, ...more });

describe('ContainerProber', () => {
  let clock: FakeClock;
  let runtime: FakeRuntime;
  let passes: Record<string, boolean>;
  let changes: number;
  let told: string[];
  beforeEach(() => {
    clock = new FakeClock();
    runtime = new FakeRuntime(clock);
    passes = {};
    changes = 0;
    told = [];
    runtime.onExec = (_, [what]) => ({ code: passes[what!] === true ? 0 : 1, stdout: `${what} says no` });
  });
  const settle = async () => {
    for (let i = 0; i < 20; i++) await turn();
  };
  async function probe(container: Partial<Container>) {
    const prober = new ContainerProber({
      runtime,
      clock,
      container: { name: 'c', ...container },
      id: 'id',
      podIP: '127.0.0.1',
      startedAt: clock.now(),
      onChange: () => changes++,
      unhealthy: (_, message) => told.push(message),
    });
    prober.start();
    await settle();
    return prober;
  }
  const pass = async (ms: number) => {
    await clock.advance(ms);
    await settle();
  };

  it('is ready once the probe says so, and no longer after three failures', async () => {
    const prober = await probe({ readinessProbe: exec('ready') });
    assert.equal(prober.state.ready, false);
    passes['ready'] = true;
    await pass(10_000);
    assert.equal(prober.state.ready, true);
    passes['ready'] = false;
    await pass(20_000);
    assert.equal(prober.state.ready, true);
    await pass(10_000);
    assert.equal(prober.state.ready, false);
    assert.equal(changes, 2);
    prober.stop();
  });

  it('asks again soon whether it is ready, then less often until that is its period, and tells nobody while it starts', async () => {
    const prober = await probe({ readinessProbe: exec('ready', { periodSeconds: 1 }) });
    const asked: number[] = [];
    for (let ms = 0; ms < 4_000; ms += 100) {
      if (runtime.calls.length > asked.length) asked.push(ms);
      await pass(100);
      if (ms === 800) assert.deepEqual(told, []);
    }
    assert.deepEqual(asked, [0, 100, 300, 700, 1_500, 2_500, 3_500]);
    assert.deepEqual(new Set(told), new Set(['Readiness probe failed: ready says no']));
    assert.equal(prober.state.ready, false);
    passes['ready'] = true;
    await pass(1_000);
    const before = runtime.calls.length;
    await pass(5_000);
    assert.deepEqual([prober.state.ready, runtime.calls.length - before, changes], [true, 5, 1]);
    prober.stop();
  });

  it('is asked over the network whenever it has taken a quarter longer', async () => {
    const sleep = clock.sleep.bind(clock);
    const pauses: number[] = [];
    clock.sleep = (ms, signal) => {
      pauses.push(Math.round(ms));
      return sleep(ms, signal);
    };
    // A port that has no number is asked without a connection.
    const prober = await probe({ readinessProbe: { httpGet: { path: '/', port: 'none' }, periodSeconds: 1 } });
    await pass(6_000);
    assert.deepEqual(pauses.slice(0, 6), [50, 63, 78, 98, 122, 153]);
    assert.deepEqual(pauses.slice(13, 16), [909, 1_000, 1_000]);
    prober.stop();
  });

  it('is ready as soon as it has started, and does not start twice', async () => {
    Object.assign(passes, { live: true, ready: true });
    const container = { startupProbe: exec('up'), livenessProbe: exec('live'), readinessProbe: exec('ready') };
    const prober = await probe(container);
    assert.deepEqual(runtime.calls, ['exec id up']);
    passes['up'] = true;
    await pass(10_000);
    assert.deepEqual(runtime.calls.slice(1).toSorted(), ['exec id live', 'exec id ready', 'exec id up']);
    assert.deepEqual([prober.state.started, prober.state.ready], [true, true]);
    await pass(10_000);
    assert.equal(runtime.calls.filter((call) => call.endsWith('up')).length, 2);
    prober.stop();
  });

  it('gives up on a container whose liveness fails three times in a row', async () => {
    passes['live'] = true;
    const prober = await probe({ livenessProbe: exec('live') });
    assert.equal(prober.state.ready, true);
    passes['live'] = false;
    await pass(20_000);
    assert.equal(prober.state.failed, undefined);
    passes['live'] = true;
    await pass(10_000);
    passes['live'] = false;
    await pass(20_000);
    assert.equal(prober.state.failed, undefined);
    await pass(10_000);
    assert.equal(prober.state.failed, 'liveness');
    const calls = runtime.calls.length;
    await pass(60_000);
    assert.equal(runtime.calls.length, calls);
  });

  it('asks nothing else before the startup probe has passed', async () => {
    const prober = await probe({
      startupProbe: exec('up', { failureThreshold: 3 }),
      livenessProbe: exec('live'),
      readinessProbe: exec('ready'),
    });
    await pass(10_000);
    assert.ok(runtime.calls.every((call) => call === 'exec id up'));
    assert.deepEqual([prober.state.started, prober.state.ready], [false, false]);
    Object.assign(passes, { up: true, live: true, ready: true });
    await pass(10_000);
    assert.equal(prober.state.started, true);
    await pass(10_000);
    assert.equal(prober.state.ready, true);
    assert.equal(runtime.calls.filter((call) => call.endsWith('up')).length, 3);
    prober.stop();
  });

  it('gives up on a container that does not start', async () => {
    const prober = await probe({ startupProbe: exec('up', { failureThreshold: 2 }) });
    await pass(10_000);
    assert.equal(prober.state.failed, 'startup');
  });

  it('waits for the initial delay and keeps to thresholds', async () => {
    passes['ready'] = true;
    const prober = await probe({ readinessProbe: exec('ready', { initialDelaySeconds: 30, successThreshold: 2 }) });
    await pass(29_000);
    assert.equal(runtime.calls.length, 0);
    await pass(1_000);
    assert.equal(prober.state.ready, false);
    await pass(10_000);
    assert.equal(prober.state.ready, true);
    prober.stop();
  });

  it('blames nobody when the container is gone', async () => {
    runtime.reject = () => new Error('no such container');
    const prober = await probe({ livenessProbe: exec('live', { failureThreshold: 1 }) });
    await pass(60_000);
    assert.equal(prober.state.failed, undefined);
    assert.deepEqual(told, []);
    prober.stop();
  });
});
