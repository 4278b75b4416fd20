import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '../../../../lib/common/clock.ts';
import { silentLog } from '../../../../lib/common/log.ts';
import { StatusError } from '../../../../lib/platform/api/status-error.ts';
import { protocolToken } from '../../../../lib/platform/apiserver/auth/authenticator.ts';
import { BodyReader } from '../../../../lib/platform/apiserver/http/body-reader.ts';
import { ResourceTable } from '../../../../lib/platform/apiserver/kinds/resource-table.ts';
import { startExpiry } from '../../../../lib/platform/apiserver/object-expiry.ts';
import type { ServerContext } from '../../../../lib/platform/apiserver/server-context.ts';
import { ObjectCache } from '../../../../lib/platform/apiserver/store/object-cache.ts';
import { event } from '../../../../lib/platform/api/core/event.ts';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';
import { eventually } from '../../../support/eventually.ts';

const body = (): PassThrough & IncomingMessage =>
  Object.assign(new PassThrough(), { headers: {} }) as unknown as PassThrough & IncomingMessage;
const response = (): ServerResponse => new EventEmitter() as ServerResponse;
const code = (expected: number) => (error: unknown) => error instanceof StatusError && error.code === expected;

test('bodies count together, until their answers are done', async () => {
  const reader = new BodyReader(100, 150);
  const first = body();
  const answer = response();
  const reading = reader.read(first, answer);
  first.end(Buffer.alloc(100));
  assert.equal((await reading).length, 100);
  const second = body();
  const refused = reader.read(second, response());
  second.end(Buffer.alloc(80));
  await assert.rejects(refused, code(429));
  answer.emit('close');
  const third = body();
  const fits = reader.read(third, response());
  third.end(Buffer.alloc(80));
  assert.equal((await fits).length, 80);
  const large = body();
  const tooLarge = reader.read(large, response());
  large.write(Buffer.alloc(60));
  large.write(Buffer.alloc(60));
  await assert.rejects(tooLarge, code(413));
});

test('waiting for a revision that does not come ends with its number', async () => {
  const cache = new ObjectCache(createMemoryBackend(), silentLog, systemClock);
  await cache.start();
  await assert.rejects(cache.reached(1000, 5), /Too large resource version: 1000, current: \d+/);
  await cache.stop();
});

test('a browser’s token is taken out of the protocols', () => {
  const token = Buffer.from('a.b.c').toString('base64url');
  assert.deepEqual(protocolToken(`v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.${token}`), {
    token: 'a.b.c',
    rest: 'v5.channel.k8s.io',
  });
  assert.deepEqual(protocolToken('v5.channel.k8s.io'), { token: undefined, rest: 'v5.channel.k8s.io' });
  assert.deepEqual(protocolToken(undefined), { token: undefined, rest: undefined });
});

test('events go by themselves when their time is over, and not before', async () => {
  const backend = createMemoryBackend();
  let now = 0;
  const clock = { ...systemClock, now: () => 1_700_000_000_000, monotonic: () => now };
  const cache = new ObjectCache(backend, silentLog, clock);
  await cache.start();
  const expiry = startExpiry(
    { table: new ResourceTable([event]), cache, backend, clock, log: silentLog } as unknown as ServerContext,
    1,
  );
  const value = (name: string): Buffer => Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Event', metadata: { name } }));
  const key = '/registry/core/events/default/';
  await backend.create(`${key}old`, value('old'));
  const kept = await backend.create(`${key}kept`, value('kept'));
  await cache.fresh();
  now = 3_000_000;
  assert.ok(kept.ok);
  await backend.update(`${key}kept`, value('kept'), kept.revision);
  await cache.fresh();
  now = 3_700_000;
  await eventually(async () =>
    assert.deepEqual(
      (await backend.list(key)).items.map((item) => item.key),
      [`${key}kept`],
    ),
  );
  expiry.stop();
  await cache.stop();
});
