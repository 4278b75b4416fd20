import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { atOnce } from '../../../lib/common/at-once.ts';

test('results keep the order of the items, and no more than the limit are at work', async () => {
  let working = 0;
  let most = 0;
  const results = await atOnce(2, [3, 1, 2, 0], async (turns) => {
    most = Math.max(most, ++working);
    for (let n = 0; n < turns; n++) await turn();
    working--;
    return turns * 10;
  });
  assert.deepEqual(results, [30, 10, 20, 0]);
  assert.equal(most, 2);
});

test('after a failure nothing new is begun, and what is at work ends before it is thrown', async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  await assert.rejects(
    atOnce(2, ['bad', 'slow', 'later'], async (item) => {
      begun.push(item);
      if (item === 'bad') throw new Error('no');
      await turn();
      await turn();
      ended.push(item);
    }),
    /^Error: no$/,
  );
  assert.deepEqual([begun, ended], [['bad', 'slow'], ['slow']]);
});
