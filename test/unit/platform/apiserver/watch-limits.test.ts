import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { WatchSlots } from '../../../../lib/platform/apiserver/http/watch-slots.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, frames, startApi, take } from './api-under-test.ts';

const admin = { name: 'system:admin', groups: ['system:masters'] };
const bob = { name: 'bob', groups: [] };

/** A watch whose reader reads nothing. */
async function unread(t: ApiUnderTest, path: string): Promise<TLSSocket> {
  const { cert, key } = (await t.agent('admin')).options;
  const socket = connect({ host: '127.0.0.1', port: t.port, ca: t.certificates.caPem, cert: cert!, key: key! });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  socket.pause();
  return socket;
}

test('the state of a watch is shared by those who do not read it', { timeout: 60_000 }, async () => {
  await using t = await startApi();
  const size = 2 << 20;
  for (let i = 0; i < 16; i++) await t.call('POST', CONFIG_MAPS, { body: configMap(`c${i}`, { a: 'x'.repeat(size / 2) }) });
  const before = process.memoryUsage.rss();
  const sockets = await Promise.all(Array.from({ length: 20 }, () => unread(t, `${CONFIG_MAPS}?watch=true`)));
  await eventually(async () => {
    const { text } = await t.call('GET', '/metrics');
    assert.match(text, /^apiserver_longrunning_requests 20$/m);
  });
  assert.equal((await t.call('GET', '/healthz')).code, 200);
  const grown = (process.memoryUsage.rss() - before) / (1 << 20);
  assert.ok(grown < 100, `20 readers of 16 MB cost ${grown.toFixed()} MB`);
  sockets.forEach((socket) => socket.destroy());
});

test('state and events reach a slow reader whole and in order', async () => {
  await using t = await startApi();
  for (let i = 0; i < 9; i++) await t.call('POST', CONFIG_MAPS, { body: configMap(`c${i}`, { a: `${i}`.repeat(700_000) }) });
  const response = await t.open('GET', `${CONFIG_MAPS}?watch=true`);
  response.pause();
  await t.call('PATCH', `${CONFIG_MAPS}/c0`, { body: { data: { a: 'later' } } });
  await t.call('DELETE', `${CONFIG_MAPS}/c1`);
  const events = await take(frames(response), 11);
  assert.deepEqual(
    events.map(({ type, object }) => `${type} ${object.metadata.name} ${String((object['data'] as { a: string }).a.length)}`),
    [...Array.from({ length: 9 }, (_each, i) => `ADDED c${i} 700000`), 'MODIFIED c0 5', 'DELETED c1 700000'],
  );
  response.destroy();
});

test('a user has a limited number of watches, and is told when to come back', async () => {
  await using t = await startApi({ watchLimits: { perTrustedUser: 2 } });
  const open = await Promise.all([1, 2].map(() => t.open('GET', `${CONFIG_MAPS}?watch=true`)));
  const { code, headers, body } = await t.call('GET', `${CONFIG_MAPS}?watch=true`);
  assert.deepEqual([code, headers['retry-after'], body.reason], [429, '5', 'TooManyRequests']);
  assert.equal(body.message, 'user "system:admin" has 2 watches open, which is the limit');
  assert.equal((await t.call('GET', CONFIG_MAPS)).code, 200, 'other requests go on');
  open[0]!.destroy();
  await eventually(async () => {
    const again = await t.open('GET', `${CONFIG_MAPS}?watch=true`);
    again.destroy();
    assert.equal(again.statusCode, 200);
  });
  open[1]!.destroy();
});

test('a watch that was refused keeps no place', async () => {
  await using t = await startApi({ watchLimits: { perTrustedUser: 1 } });
  assert.equal((await t.call('GET', `${CONFIG_MAPS}?watch=true&resourceVersion=x`)).code, 422);
  assert.equal((await t.call('GET', `${CONFIG_MAPS}?watch=true&labelSelector=((`)).code, 400);
  const response = await t.open('GET', `${CONFIG_MAPS}?watch=true`);
  assert.equal(response.statusCode, 200);
  response.destroy();
});

test('administrators and nodes may have more watches, and there is a limit for all', () => {
  const slots = new WatchSlots({ perUser: 1, perTrustedUser: 2, total: 4 });
  const first = slots.take(bob);
  assert.throws(() => slots.take(bob), /user "bob" has 1 watches open/);
  slots.take(admin);
  slots.take(admin);
  assert.throws(() => slots.take(admin), /user "system:admin" has 2 watches open/);
  slots.take({ name: 'system:node:n1', groups: ['system:nodes'] });
  assert.throws(() => slots.take({ name: 'carol', groups: [] }), /too many open watches/);
  first.release();
  first.release();
  assert.equal(slots.open, 3);
  assert.ok(slots.take(bob));
});

test('when much waits for all, those that are behind are ended and the others are not', () => {
  const slots = new WatchSlots({ totalPending: 3 << 20 });
  const [behind, other] = [slots.take(bob), slots.take(admin)];
  assert.equal(behind.hold(3 << 20), true);
  assert.equal(other.hold(1000), true, 'over the total, but within its share');
  assert.equal(behind.hold(1), false);
  behind.release();
  assert.equal(slots.pending, 1000);
});
