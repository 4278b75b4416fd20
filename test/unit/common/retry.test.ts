import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../lib/common/clock.ts';
import { backoffDelay, retry } from '../../../lib/common/retry.ts';

function countingClock(): Clock & { readonly slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

const backoff = { base: 10, cap: 40 };

test('waits twice as long each time, up to the cap', async () => {
  const clock = countingClock();
  const result = await retry((n) => (n < 4 ? Promise.reject(new Error('not yet')) : Promise.resolve(n)), {
    backoff,
    timeout: 1000,
    clock,
  });
  assert.equal(result, 4);
  assert.deepEqual(clock.slept, [10, 20, 40, 40]);
});

test('throws the last error when the time is up', async () => {
  const clock = countingClock();
  await assert.rejects(
    retry((n) => Promise.reject(new Error(`attempt ${n}`)), { backoff, timeout: 35, clock }),
    /attempt 2/,
  );
});

test('does not retry what cannot get better', async () => {
  const clock = countingClock();
  await assert.rejects(
    retry(() => Promise.reject(new Error('denied')), { backoff, timeout: 1000, clock, isRetryable: () => false }),
    /denied/,
  );
  assert.deepEqual(clock.slept, []);
});

test('jitter only shortens', () => {
  assert.equal(
    backoffDelay({ base: 100, cap: 1000, jitter: 0.5 }, 0, () => 1),
    50,
  );
  assert.equal(
    backoffDelay({ base: 100, cap: 1000, jitter: 0.5 }, 0, () => 0),
    100,
  );
});
