import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Semaphore } from '../../../lib/common/semaphore.ts';

test('no more than the limit run at once; what is urgent goes first, each in its order', async () => {
  const semaphore = new Semaphore(2);
  const begun: string[] = [];
  const gates: (() => void)[] = [];
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => gates.push(resolve));
  };
  const all = [
    semaphore.run(work('sandbox 1')),
    semaphore.run(work('sandbox 2')),
    semaphore.run(work('sandbox 3')),
    semaphore.run(work('container 1'), { urgent: true }),
    semaphore.run(work('container 2'), { urgent: true }),
  ];
  assert.deepEqual(begun, ['sandbox 1', 'sandbox 2']);
  while (gates.length > 0) {
    gates.shift()!();
    await new Promise(setImmediate);
  }
  await Promise.all(all);
  assert.deepEqual(begun, ['sandbox 1', 'sandbox 2', 'container 1', 'container 2', 'sandbox 3']);
});

test('work that fails gives its place to the next', async () => {
  const semaphore = new Semaphore(1);
  await assert.rejects(semaphore.run(() => Promise.reject(new Error('no'))));
  assert.equal(await semaphore.run(async () => 'yes'), 'yes');
});
