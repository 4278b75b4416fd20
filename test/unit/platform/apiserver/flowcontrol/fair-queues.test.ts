import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueues, type FlowQueue } from '../../../../../lib/platform/apiserver/flowcontrol/fair-queues.ts';
import { dealHand } from '../../../../../lib/platform/apiserver/flowcontrol/shuffle-shard.ts';

const QUEUING = { queues: 128, handSize: 6, queueLengthLimit: 50 };

/** Puts `count` requests of a flow in; what began is told in `order`. */
function fill(queues: FairQueues, flow: string, count: number, order: string[], width = 1): number {
  let taken = 0;
  for (let i = 0; i < count; i++)
    if (queues.add(flow, { width, begin: () => void order.push(flow) }, QUEUING) !== undefined) taken++;
  return taken;
}

/** Lets one begin and be done after `ms`. */
function serve(queues: FairQueues, ms = 5): void {
  const { waiting, queue } = queues.shift()!;
  waiting.begin(queue);
  queues.done(queue, waiting.width, ms);
}

test('a flow that fills its queues leaves every second turn to one that has just come', () => {
  const queues = new FairQueues();
  const order: string[] = [];
  assert.equal(fill(queues, 'noisy', 400, order), 300, 'its hand of queues is full');
  for (let i = 0; i < 20; i++) serve(queues);
  order.length = 0;
  fill(queues, 'quiet', 3, order);
  for (let i = 0; i < 30; i++) serve(queues);
  const turns = order.flatMap((flow, i) => (flow === 'quiet' ? [i] : []));
  assert.equal(turns.length, 3);
  // The noisy one has six queues, the quiet one three: no turn of it is later than a round of all.
  assert.ok(turns[0]! <= 6 && turns[2]! <= 9, String(turns));
});

test('wide and slow requests count for more', () => {
  const queues = new FairQueues();
  const one = { ...QUEUING, queues: 2, handSize: 1 };
  const order: string[] = [];
  const flows = ['a', 'b', 'c', 'd', 'e', 'f'];
  const [wide, narrow] = [0, 1].map((at) => flows.find((flow) => dealHand(flow, 2, 1)[0] === at)!);
  for (let i = 0; i < 20; i++) {
    queues.add(wide!, { width: 4, begin: () => void order.push('wide') }, one);
    queues.add(narrow!, { width: 1, begin: () => void order.push('narrow') }, one);
  }
  for (let i = 0; i < 20; i++) serve(queues);
  const count = order.filter((each) => each === 'narrow').length;
  assert.ok(count >= 15 && count <= 17, `${count} of 20 were narrow`);
});

test('who gives up leaves no trace, and empty queues are forgotten', () => {
  const queues = new FairQueues();
  const waiting = { width: 2, begin: () => assert.fail('it had left') };
  const queue = queues.add('a', waiting, QUEUING) as FlowQueue;
  assert.equal(queues.length, 1);
  queues.leave(queue, waiting);
  queues.leave(queue, waiting);
  assert.deepEqual([queues.length, queues.nextWidth, queues.shift()], [0, undefined, undefined]);
});

test('a hand has no queue twice, is the same every time, and others rarely share it', () => {
  const hands = Array.from({ length: 500 }, (_each, i) => dealHand(`global-default/user-${i}`, 128, 6));
  for (const [i, hand] of hands.entries()) {
    assert.equal(new Set(hand).size, 6);
    assert.ok(hand.every((queue) => queue >= 0 && queue < 128));
    assert.deepEqual(hand, dealHand(`global-default/user-${i}`, 128, 6));
  }
  const noisy = new Set(hands[0]);
  const buried = hands.slice(1).filter((hand) => hand.every((queue) => noisy.has(queue)));
  assert.equal(buried.length, 0);
  assert.deepEqual(dealHand('x', 5, 5).toSorted(), [0, 1, 2, 3, 4]);
});
