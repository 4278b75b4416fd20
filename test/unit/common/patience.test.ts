import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from '../../../lib/common/patience.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const options = { stall: 100, most: 250 };

test('what gives a new reason has its time anew', async () => {
  const clock = new FakeClock();
  const patience = new Patience(options, clock);
  assert.equal(patience.isOver('the API does not answer'), false);
  await clock.advance(90);
  assert.equal(patience.isOver('the node is not Ready'), false);
  await clock.advance(90);
  assert.equal(patience.isOver('the node is not Ready'), false);
  await clock.advance(20);
  assert.equal(patience.isOver('the node is not Ready'), true);
  assert.equal(patience.waited, 200);
});

test('one that stands still, or goes round in circles, is given up', async () => {
  const clock = new FakeClock();
  const patience = new Patience(options, clock);
  for (const reason of ['made', 'ended', 'made', 'ended']) {
    assert.equal(patience.isOver(reason), false);
    await clock.advance(30);
  }
  assert.equal(patience.isOver('made'), false);
  await clock.advance(30);
  assert.equal(patience.isOver('ended'), true);
});

test('reasons without end are not waited for without end', async () => {
  const clock = new FakeClock();
  const patience = new Patience(options, clock);
  for (let i = 0; i < 5; i++) {
    assert.equal(patience.isOver(`at ${i}`), false);
    await clock.advance(50);
  }
  await clock.advance(1);
  assert.equal(patience.isOver('at the end'), true);
});
