import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PriorityLevel } from '../../../../../lib/platform/api/flow-rules.ts';
import { type LevelSeats, SeatPool } from '../../../../../lib/platform/apiserver/flowcontrol/level-seats.ts';

const queuing = { queues: 8, handSize: 2, queueLengthLimit: 50 };
const level = (name: string, shares: number, lendablePercent: number, more: Partial<PriorityLevel> = {}): PriorityLevel => ({
  name,
  uid: name,
  exempt: false,
  shares,
  lendablePercent,
  queuing,
  ...more,
});

function pool(...levels: readonly PriorityLevel[]): { seats: SeatPool; at: (name: string) => LevelSeats } {
  const seats: SeatPool = new SeatPool(100, () => void seats.dispatch());
  seats.configure(levels);
  return { seats, at: (name) => seats.level(name)! };
}

const takeAll = (seats: SeatPool, of: LevelSeats): number => {
  let taken = 0;
  while (seats.take(of, 1)) taken++;
  return taken;
};

test('levels share the seats, lend what they may, and keep the rest', () => {
  const { seats, at } = pool(level('high', 40, 25), level('low', 60, 50));
  assert.deepEqual([at('high').nominal, at('low').nominal], [40, 60]);
  assert.equal(takeAll(seats, at('low')), 70, 'its own, and the 10 that high lends');
  assert.equal(takeAll(seats, at('high')), 30, 'what it never lends is there at once');
});

test('what was lent comes back first', () => {
  const { seats, at } = pool(level('high', 40, 25), level('low', 60, 50));
  takeAll(seats, at('low'));
  takeAll(seats, at('high'));
  const begun: string[] = [];
  at('low').queues.add('a', { width: 1, begin: () => void begun.push('low') }, queuing);
  at('high').queues.add('b', { width: 1, begin: () => void begun.push('high') }, queuing);
  seats.release(at('low'), 1);
  assert.deepEqual(begun, ['high']);
  for (let i = 0; i < 10; i++) seats.release(at('low'), 1);
  assert.deepEqual(begun, ['high', 'low']);
});

test('a level that borrows nothing stays within its own, and one that is exempt is not held back', () => {
  const { seats, at } = pool(
    level('own', 50, 0, { borrowingLimitPercent: 0 }),
    level('other', 50, 100),
    level('free', 0, 0, { exempt: true }),
  );
  assert.equal(takeAll(seats, at('own')), 50);
  for (let i = 0; i < 500; i++) assert.equal(seats.take(at('free'), 1), true);
  assert.equal(takeAll(seats, at('other')), 50, 'exempt requests take nothing from the others');
});

test('a request wider than its level begins when that is idle, and those that follow do not overtake it', () => {
  const { seats, at } = pool(level('small', 5, 0, { borrowingLimitPercent: 0 }), level('large', 95, 0));
  assert.equal(seats.take(at('small'), 10), true);
  assert.equal(seats.take(at('small'), 1), false);
  const begun: number[] = [];
  for (const width of [10, 1])
    at('small').queues.add('a', { width, begin: () => void begun.push(width) }, { ...queuing, handSize: 1 });
  assert.equal(seats.take(at('small'), 1), false);
  seats.release(at('small'), 10);
  assert.deepEqual(begun, [10]);
  seats.release(at('small'), 10);
  assert.deepEqual(begun, [10, 1]);
});

test('levels come and go while requests are answered', () => {
  const { seats, at } = pool(level('a', 50, 0), level('b', 50, 0));
  takeAll(seats, at('a'));
  const [gone, stays] = [at('a'), at('b')];
  const begun: string[] = [];
  gone.queues.add('x', { width: 1, begin: () => void begun.push('x') }, queuing);
  seats.configure([level('b', 50, 0)]);
  assert.deepEqual(begun, ['x'], 'nobody waits at a level that is gone');
  assert.equal(at('b'), stays);
  assert.equal(takeAll(seats, stays), 49, 'what the other used is not there yet');
  for (let i = 0; i < 51; i++) seats.release(gone, 1);
  assert.equal(takeAll(seats, stays), 51);
});

test('so many begin at a time, and it is told that there are more', () => {
  const seats = new SeatPool(100, () => undefined);
  seats.configure([level('a', 100, 0)]);
  const a = seats.level('a')!;
  takeAll(seats, a);
  const begun: number[] = [];
  for (const width of [4, 4, 4, 1])
    a.queues.add('x', { width, begin: () => void begun.push(width) }, { ...queuing, handSize: 1 });
  for (let i = 0; i < 50; i++) seats.release(a, 1);
  assert.deepEqual([seats.dispatch(6), begun], [true, [4, 4]]);
  assert.deepEqual([seats.dispatch(6), begun], [false, [4, 4, 4, 1]]);
  assert.equal(seats.waits, false);
});
