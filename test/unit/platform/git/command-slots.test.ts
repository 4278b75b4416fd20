import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandSlots } from '../../../../lib/platform/git/command-slots.ts';

const stays = new AbortController().signal;

test('users take turns: one who sends many requests waits behind himself, and is refused when too many wait', async () => {
  const slots = new CommandSlots({ total: 3, perUser: 2, longestWait: 60_000 });
  const order: string[] = [];
  const held: Disposable[] = [];
  const ask = (user: string): Promise<void> =>
    slots.take(user, stays).then((slot) => {
      order.push(user);
      held.push(slot);
    });
  const noisy = Array.from({ length: 34 }, () => ask('noisy'));
  await Promise.all(noisy.slice(0, 2));
  await assert.rejects(ask('noisy'), { code: 429, message: /user "noisy" has too many requests to git/ });
  // A slot is free, and he has as many as he may.
  assert.deepEqual(order, ['noisy', 'noisy']);
  const quiet = [ask('quiet'), ask('quiet')];
  await quiet[0];
  held.shift()![Symbol.dispose]();
  await noisy[2];
  held.shift()![Symbol.dispose]();
  await quiet[1];
  assert.deepEqual(order, ['noisy', 'noisy', 'quiet', 'noisy', 'quiet']);
  while (held.length > 0) {
    held.shift()![Symbol.dispose]();
    await new Promise(setImmediate);
  }
  await Promise.all(noisy);
  assert.equal(order.length, 36);
});

test('who gives up, or waits too long, leaves his place; a slot given back twice counts once', async () => {
  const slots = new CommandSlots({ total: 1, perUser: 1, longestWait: 20 });
  const first = await slots.take('a', stays);
  const gone = new AbortController();
  const waiting = slots.take('b', gone.signal);
  gone.abort();
  await assert.rejects(waiting, { code: 429 });
  await assert.rejects(slots.take('c', stays), { code: 429 });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  const second = await slots.take('d', stays);
  await assert.rejects(slots.take('e', stays), { code: 429 });
  second[Symbol.dispose]();
});

test('however many service accounts somebody has, and however long they take, there is room for others', async () => {
  const slots = new CommandSlots({ longestWait: 60_000 });
  const held: Disposable[] = [];
  const accounts = Array.from({ length: 4 }, (_each, i) => `system:serviceaccount:mallory:a${i}`);
  const asked = accounts.flatMap((user) =>
    Array.from({ length: 6 }, () => slots.take(user, stays, 'mallory').then((slot) => void held.push(slot))),
  );
  await asked[0];
  await new Promise(setImmediate);
  assert.equal(held.length, 12, 'half of what there is');
  const others = await Promise.all(Array.from({ length: 6 }, () => slots.take('alice', stays)));
  for (const slot of others) slot[Symbol.dispose]();
  while (held.length > 0) {
    held.shift()![Symbol.dispose]();
    await new Promise(setImmediate);
  }
  await Promise.all(asked);
});
