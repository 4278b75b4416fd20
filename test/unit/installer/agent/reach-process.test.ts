import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../../lib/common/clock.ts';
import { reachProcess } from '../../../../lib/installer/agent/reach-process.ts';

/** Processes that end and answer when their test says so, in ms after the first question. Nobody waits for the time that passes. */
function rig(options: { answersAt?: number; ends?: readonly number[] }) {
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async (ms) => void (now += ms) };
  const started: number[] = [];
  const start = async () => {
    const end = options.ends?.[started.length] ?? Infinity;
    started.push(now);
    return { log: '/run/demo.log', ended: async () => (now >= end ? 'it ended with status 3: no room' : undefined) };
  };
  const ask = async () => (now >= (options.answersAt ?? Infinity) ? 'hello' : undefined);
  return { started, now: () => now, reach: () => reachProcess({ name: 'the demo', ask, start, clock }) };
}

test('one that runs already is asked, and none is started', async () => {
  const r = rig({ answersAt: 0 });
  assert.equal(await r.reach(), 'hello');
  assert.deepEqual(r.started, []);
});

test('one that takes 50 s to answer is waited for, and no second one is started beside it', async () => {
  const r = rig({ answersAt: 50_000 });
  assert.equal(await r.reach(), 'hello');
  assert.deepEqual(r.started, [0]);
});

test('one that ends is told soon, with its reason and where its log is', async () => {
  const r = rig({ ends: [100, 200, 300] });
  await assert.rejects(r.reach(), { message: 'the demo does not start: it ended with status 3: no room; see /run/demo.log' });
  assert.equal(r.started.length, 3);
  assert.ok(r.now() < 1000, `told after ${r.now()} ms`);
});

test('one that gives way to another that answers is no failure, and one in place of it is started when none does', async () => {
  const r = rig({ ends: [100], answersAt: 100 });
  assert.equal(await r.reach(), 'hello');
  assert.deepEqual(r.started, [0]);
  const again = rig({ ends: [100], answersAt: 40_000 });
  assert.equal(await again.reach(), 'hello');
  assert.deepEqual(again.started, [0, 100]);
});

test('one that lives and never answers is given up in the end', async () => {
  const r = rig({});
  await assert.rejects(r.reach(), { message: 'the demo runs, but has not answered for 60 s: see /run/demo.log' });
  assert.deepEqual(r.started, [0]);
});
