import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { test } from 'node:test';
import { OoError } from '../../../../lib/common/errors.ts';
import { createLog } from '../../../../lib/common/log.ts';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';
import { CONFIG_MAPS, configMap, frames, startApi } from './api-under-test.ts';

test('a port that is taken is named, with the way out', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  await assert.rejects(startApi({ listen: { host: '127.0.0.1', port } }), (error: unknown) => {
    assert.ok(error instanceof OoError);
    assert.equal(error.code, 'API_PORT_IN_USE');
    assert.equal(error.message, `port ${port} on 127.0.0.1 is used by another program`);
    assert.match(error.hint!, new RegExp(`ss -ltnp sport = :${port}`));
    return true;
  });
  other.close();
});

test('closing ends watches in order and takes no new requests', async () => {
  const t = await startApi();
  const response = await t.open('GET', `${CONFIG_MAPS}?watch=true`);
  const events: string[] = [];
  const reading = (async () => {
    for await (const { type } of frames(response)) events.push(type);
  })();
  const closing = t.api.close();
  await Promise.all([closing, reading]);
  assert.deepEqual(events, []);
  await assert.rejects(t.call('GET', '/healthz'));
  await t[Symbol.asyncDispose]();
});

test('a store that fails is a 500 without insides, logged once', async () => {
  const lines: string[] = [];
  const backend = createMemoryBackend();
  const create = backend.create.bind(backend);
  backend.create = (key, value) =>
    key.endsWith('/breaks') ? Promise.reject(new Error('disk on fire at /secret/path')) : create(key, value);
  const t = await startApi({ backend, log: createLog({ name: 'api', level: 'info', write: (line) => void lines.push(line) }) });
  const { code, body, headers } = await t.call('POST', CONFIG_MAPS, { body: configMap('breaks') });
  assert.equal(code, 500);
  assert.equal(body.reason, 'InternalError');
  assert.doesNotMatch(body.message, /secret/);
  const logged = lines.filter((line) => line.includes('disk on fire'));
  assert.equal(logged.length, 1);
  assert.ok(logged[0]!.includes(String(headers['audit-id'])), 'found by the audit id that the client has');
  await t[Symbol.asyncDispose]();
});

test('a store that comes back after a failed watch is read again', async () => {
  const backend = createMemoryBackend();
  const watch = backend.watch.bind(backend);
  const breaking: (() => void)[] = [];
  backend.watch = async function* (prefix, from, signal) {
    const broken = new AbortController();
    breaking.push(() => broken.abort());
    yield* watch(prefix, from, AbortSignal.any([signal, broken.signal]));
    if (broken.signal.aborted) throw new Error('connection lost');
  };
  const t = await startApi({ backend });
  await t.call('POST', CONFIG_MAPS, { body: configMap('before') });
  const response = await t.open('GET', `${CONFIG_MAPS}?watch=true&resourceVersion=1`);
  const ended = (async () => {
    for await (const _event of frames(response));
  })();
  breaking[0]!();
  await ended;
  assert.equal((await t.call('POST', CONFIG_MAPS, { body: configMap('after') })).code, 201);
  const { body } = await t.call('GET', CONFIG_MAPS);
  assert.equal(body.items.length, 2);
  await t[Symbol.asyncDispose]();
});

test('heads that are too large, and bytes that are no HTTP, cost a connection and nothing else', async () => {
  const t = await startApi();
  const raw = async (bytes: string): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port: t.port, ca: t.certificates.caPem });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
    return text;
  };
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(80_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(await raw('\0\u0001garbage\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await raw('GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 401 /);
  assert.match(await raw('BREW /pot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await raw('PROPFIND /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 401 /);
  // A body that nothing was said of, as Node sends it behind a DELETE: the request is answered all the same.
  assert.match(await raw('DELETE /api/v1/nodes/x HTTP/1.1\r\nHost: x\r\n\r\n{"gracePeriodSeconds":1}'), /^HTTP\/1\.1 401 [^]*}$/);
  assert.equal((await t.call('GET', '/healthz')).code, 200);
  await t[Symbol.asyncDispose]();
});

test('a method or a media type that nobody knows gets a Status from us', async () => {
  await using t = await startApi();
  const call = async (method: string, as: string | null, type?: string): Promise<unknown[]> => {
    const headers = type === undefined ? {} : { 'content-type': type };
    const { code, body } = await t.call(method, CONFIG_MAPS, { as, headers });
    return [code, body?.kind, body?.reason];
  };
  for (const method of ['QUERY', 'PROPFIND', 'OPTIONS', 'TRACE']) {
    assert.deepEqual(await call(method, null), [401, 'Status', 'Unauthorized'], method);
    assert.deepEqual(await call(method, 'admin'), [405, 'Status', 'MethodNotAllowed'], method);
  }
  assert.deepEqual(await call('POST', null, 'nonsense'), [401, 'Status', 'Unauthorized']);
});

test('a client that never closes does not keep a connection after an error', { timeout: 40_000 }, async () => {
  await using t = await startApi();
  // It does not answer the end of the connection with its own.
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    host: '127.0.0.1',
    port: t.port,
    rejectUnauthorized: false,
    allowHalfOpen: true,
  };
  const socket = connect(options);
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write('NOT HTTP\r\n\r\n');
  const answer = await new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(data.toString())));
  assert.match(answer, /^HTTP\/1.1 400/);
  // A reset is the only way to see from here that the other end is gone, not just silent.
  const gone = new Promise((resolve) => socket.once('close', resolve));
  const drip = setInterval(() => socket.write('a'), 20).unref();
  await gone;
  clearInterval(drip);
});

test('the requests at one time are limited, and the rest is told when to come back', async () => {
  const backend = createMemoryBackend();
  const gate = Promise.withResolvers<void>();
  const create = backend.create.bind(backend);
  const full = Promise.withResolvers<void>();
  let held = 0;
  backend.create = async (key, value) => {
    if (key.includes('/configmaps/')) {
      if (++held === 300) full.resolve();
      await gate.promise;
    }
    return create(key, value);
  };
  const t = await startApi({ backend });
  const pending = Array.from({ length: 300 }, (_each, i) => t.call('POST', CONFIG_MAPS, { body: configMap(`c${i}`) }));
  await full.promise;
  const { code, headers, body } = await t.call('POST', CONFIG_MAPS, { body: configMap('late') });
  assert.deepEqual([code, headers['retry-after'], body.reason], [429, '1', 'TooManyRequests']);
  assert.equal((await t.call('GET', CONFIG_MAPS)).code, 200, 'reading goes on');
  gate.resolve();
  assert.deepEqual(new Set((await Promise.all(pending)).map((reply) => reply.code)), new Set([201]));
  await t[Symbol.asyncDispose]();
});
