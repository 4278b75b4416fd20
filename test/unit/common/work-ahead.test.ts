import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workAhead } from '../../../lib/common/work-ahead.ts';

test('results come in order, with a bounded number at work', async () => {
  const pending: (() => void)[] = [];
  let atWork = 0;
  let most = 0;
  const results = workAhead(3, [0, 1, 2, 3, 4, 5, 6], async (item) => {
    most = Math.max(most, ++atWork);
    await new Promise<void>((resolve) => pending.push(resolve));
    atWork--;
    return item * 10;
  });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const [item, result] of results) seen.push(item, result);
  })();
  while (seen.length < 14) {
    pending
      .splice(0)
      .reverse()
      .forEach((finish) => finish());
    await new Promise(setImmediate);
  }
  await reading;
  assert.deepEqual(seen, [0, 0, 1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60]);
  assert.equal(most, 3);
});

test('a failure is thrown in its turn, and those after it bother nobody', async () => {
  const seen: number[] = [];
  const reading = async () => {
    for await (const [item] of workAhead(4, [1, 2, 3, 4], async (item) => {
      if (item > 1) throw new Error(`no ${item}`);
    }))
      seen.push(item);
  };
  await assert.rejects(reading, /no 2/);
  assert.deepEqual(seen, [1]);
});
