import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWorkQueue } from '../../../../lib/platform/client/work-queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('a key is in the queue once, and keys come in the order they were added', async () => {
  const queue = createWorkQueue();
  for (const key of ['b', 'a', 'b', 'a', 'c']) queue.add(key);
  assert.deepEqual([await queue.next(), await queue.next(), await queue.next()], ['b', 'a', 'c']);
  assert.deepEqual(queue.metrics(), { depth: 0, processing: 3, delayed: 0, adds: 3, retries: 0 });
});

test('a key added while it is worked on comes again after it is done, not before', async () => {
  const queue = createWorkQueue();
  queue.add('a');
  await queue.next();
  queue.add('a');
  queue.add('a');
  const second = queue.next();
  assert.equal(await Promise.race([second, Promise.resolve('nothing')]), 'nothing');
  queue.done('a');
  assert.equal(await second, 'a');
  queue.done('a');
  assert.equal(queue.metrics().depth, 0);
});

test('a waiting worker gets a key at once, and it counts as in work', async () => {
  const queue = createWorkQueue();
  const waiting = queue.next();
  queue.add('a');
  queue.add('a');
  assert.equal(await waiting, 'a');
  queue.done('a');
  assert.equal(await queue.next(), 'a');
});

test('addAfter waits, and the earlier of two times wins', async () => {
  const clock = new FakeClock();
  const queue = createWorkQueue({ clock });
  queue.addAfter('a', 100);
  queue.addAfter('a', 50);
  queue.addAfter('a', 200);
  await clock.advance(49);
  assert.equal(queue.metrics().depth, 0);
  await clock.advance(1);
  assert.deepEqual([queue.metrics().depth, queue.metrics().delayed], [1, 0]);
  await queue.next();
  queue.done('a');
  await clock.advance(1000);
  assert.equal(queue.metrics().depth, 0);
});

test('failures double the delay up to the cap, until forgotten', async () => {
  const clock = new FakeClock();
  const queue = createWorkQueue({ clock, backoff: { base: 10, cap: 40 } });
  for (const delay of [10, 20, 40, 40]) {
    queue.addRateLimited('a');
    await clock.advance(delay - 1);
    assert.equal(queue.metrics().depth, 0);
    await clock.advance(1);
    assert.equal(await queue.next(), 'a');
    queue.done('a');
  }
  assert.equal(queue.failures('a'), 4);
  queue.forget('a');
  queue.addRateLimited('a');
  await clock.advance(10);
  assert.equal(queue.metrics().depth, 1);
});

test('shut down hands out what is ready, then nothing, and drops what waits for its time', async () => {
  const clock = new FakeClock();
  const queue = createWorkQueue({ clock });
  queue.add('a');
  queue.addAfter('late', 5);
  queue.shutDown();
  queue.add('b');
  assert.equal(await queue.next(), 'a');
  assert.equal(await queue.next(), undefined);
  assert.equal(clock.sleeping, 0);
});

test('workers that wait are sent home by shut down', async () => {
  const queue = createWorkQueue();
  const waiting = [queue.next(), queue.next()];
  queue.shutDown();
  assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
});

test('a wait that no timer of Node can hold does not end at once', async () => {
  const queue = createWorkQueue();
  queue.addAfter('a', 2 ** 40);
  // One such timer would end after 1 ms, and later ones end in order.
  const later = createWorkQueue();
  later.addAfter('b', 20);
  await later.next();
  assert.deepEqual([queue.metrics().depth, queue.metrics().delayed], [0, 1]);
  queue.shutDown();
});

test('what somebody sets the clock to moves nothing', async () => {
  const clock = new FakeClock();
  const queue = createWorkQueue({ clock });
  queue.addAfter('late', 7_200_000);
  clock.set(clock.now() + 3 * 3_600_000);
  queue.addAfter('late', 1_000);
  await clock.advance(1_000);
  assert.equal(await queue.next(), 'late', 'the earlier of the two counts, though the clock was set forward');
  queue.done('late');
  queue.addAfter('soon', 5_000);
  clock.set(clock.now() - 6 * 3_600_000);
  queue.addAfter('soon', 60_000);
  await clock.advance(5_000);
  assert.equal(await queue.next(), 'soon', 'and back');
  queue.shutDown();
});
