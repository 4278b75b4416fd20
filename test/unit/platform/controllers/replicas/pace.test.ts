import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../../../../lib/platform/controllers/replicas/pace.ts';

test('two hundred at once, then fifty a second; after a pause as many again', async () => {
  let time = 1_000_000;
  const slept: number[] = [];
  const clock = {
    monotonic: () => time,
    sleep: async (ms: number) => void slept.push(Math.round(ms)),
  } as unknown as Parameters<Pace['turn']>[0];
  const { signal } = new AbortController();
  const pace = new Pace();
  for (let n = 0; n < 203; n++) await pace.turn(clock, signal);
  assert.deepEqual(slept, [20, 40, 60]);
  time += 60_000;
  slept.length = 0;
  for (let n = 0; n < 201; n++) await pace.turn(clock, signal);
  assert.deepEqual(slept, [20]);
});
