import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resizeInOrder } from '../../../../../lib/platform/node/kubelet/server/resize-in-order.ts';
import { eventually } from '../../../../support/eventually.ts';

test('a terminal ends with the size that came last, however long the engine takes for those before', async () => {
  const done: number[] = [];
  const waiting: (() => void)[] = [];
  const resize = resizeInOrder(async ({ width }) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    done.push(width);
    if (width === 121) throw new Error('no such process');
  });
  for (const width of [121, 7, 120]) resize({ width, height: 40 });
  assert.equal(waiting.length, 1);
  waiting.shift()!();
  await eventually(() => assert.equal(waiting.length, 1));
  waiting.shift()!();
  await eventually(() => assert.deepEqual(done, [121, 120]));
  resize({ width: 80, height: 24 });
  waiting.shift()!();
  await eventually(() => assert.deepEqual(done, [121, 120, 80]));
});
