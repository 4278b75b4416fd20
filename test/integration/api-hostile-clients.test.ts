import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { answersOthers, raw, said, start } from '../support/hostile-client.ts';
import { CONFIG_MAPS, configMap } from '../unit/platform/apiserver/api-under-test.ts';

const settle = (sockets: readonly TLSSocket[]): Promise<unknown> =>
  Promise.all(sockets.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));

test('heads that come byte by byte, and connections on which nothing comes, are ended', { timeout: 240_000 }, async () => {
  await using t = await start({ connectionLimits: { headersTimeout: 3_000, checkInterval: 100 } });
  const sockets = await Promise.all(Array.from({ length: 40 }, () => raw(t)));
  const texts = sockets.map(said);
  const drip = setInterval(() => sockets.slice(0, 20).forEach((socket) => socket.write('a')), 100);
  sockets.slice(0, 20).forEach((socket) => socket.write('GET / HTTP/1.1\r\nX-Slow: '));
  await answersOthers(t);
  const all = await Promise.all(texts);
  clearInterval(drip);
  for (const text of all.slice(0, 20)) assert.match(text, /^HTTP\/1\.1 408 /);
  await answersOthers(t);
});

test('what is no request, or two at once, is refused, and the connection ended', { timeout: 240_000 }, async () => {
  await using t = await start();
  const post = (headers: string, body: string): string =>
    `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
  const smuggled = 'DELETE /api/v1/namespaces/default/configmaps/control HTTP/1.1\r\nHost: x\r\n\r\n';
  for (const [what, bytes] of [
    ['length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`)],
    ['chunks and length', post('Transfer-Encoding: chunked\r\nContent-Length: 4', `0\r\n\r\n${smuggled}`)],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 90', smuggled)],
    ['odd coding', post('Transfer-Encoding: xchunked', `0\r\n\r\n${smuggled}`)],
    ['coding behind chunked', post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${smuggled}`)],
    ['space before the colon', post('Content-Length : 0', smuggled)],
    ['folded header', post('X-Folded: a\r\n b\r\nContent-Length: 0', smuggled)],
    ['negative length', post('Content-Length: -1', smuggled)],
    ['length that is no number', post('Content-Length: +0', smuggled)],
    ['bare line feeds', `GET /api HTTP/1.1\nHost: x\n\n${smuggled}`],
    ['zero in a header', `GET /api HTTP/1.1\r\nHost: x\0y\r\n\r\n${smuggled}`],
    ['chunk size', post('Transfer-Encoding: chunked', `fffffffffffffffff\r\n${smuggled}`)],
    ['old protocol', `GET /api HTTP/0.9\r\n\r\n${smuggled}`],
    ['next protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['headers without end', `GET /api HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(12_000)}\r\n${smuggled}`],
  ] as const) {
    const socket = await raw(t, 'admin');
    socket.write(bytes);
    const text = await said(socket);
    const answers = text.match(/HTTP\/1\.1 \d+/g) ?? [];
    assert.ok(
      answers.every((answer) => /40[0-9]|431|415/.test(answer)),
      `${what}: ${text.slice(0, 300)}`,
    );
    assert.ok(answers.length <= 2, `${what}: ${answers.join(' ')}`);
    assert.equal((await t.call('GET', `${CONFIG_MAPS}/control`)).code, 200, what);
  }
  await answersOthers(t);
});

test('garbage behind a request does not become a part of its answer', { timeout: 240_000 }, async () => {
  await using t = await start();
  const socket = await raw(t, 'admin');
  socket.write(`GET ${CONFIG_MAPS}/control HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n`);
  const text = await said(socket);
  assert.match(text, /^HTTP\/1\.1 200 [^]*}$/);
  await answersOthers(t);
});

test('half-open connections get their answer and are ended', { timeout: 240_000 }, async () => {
  await using t = await start();
  const socket = await raw(t, 'admin', { allowHalfOpen: true });
  socket.end('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(await said(socket), /^HTTP\/1\.1 200 [^]*ok$/);
  const cut = await raw(t, 'admin', { allowHalfOpen: true });
  cut.end(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"metadata":`);
  assert.doesNotMatch(await said(cut), /^HTTP\/1\.1 2/);
  await answersOthers(t);
});

test('two hundred requests in one piece are answered in order', { timeout: 240_000 }, async () => {
  await using t = await start();
  const socket = await raw(t, 'admin');
  const count = 200;
  socket.write(Array.from({ length: count }, (_each, i) => `GET ${CONFIG_MAPS}/n${i} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  let text = '';
  socket.on('data', (part: Buffer) => (text += part.toString()));
  await answersOthers(t);
  await eventually(() => assert.equal(text.match(/"code":(404|429)/g)?.length, count), { timeout: 30_000 });
  const order = [...text.matchAll(/configmaps \\"n(\d+)\\" not found/g)].map((match) => Number(match[1]));
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  socket.destroy();
});

test('readers of large lists who do not read cannot fill the memory', { timeout: 480_000 }, async () => {
  await using t = await start();
  for (let i = 0; i < 10; i++) await t.call('POST', CONFIG_MAPS, { body: configMap(`c${i}`, { a: 'x'.repeat(1 << 20) }) });
  const before = process.memoryUsage.rss();
  const sockets = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = await raw(t, 'admin');
      socket.pause();
      socket.write(`GET ${CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(8));
      return socket;
    }),
  );
  // 160 lists of 10 MiB are asked for. The next one is refused in words, small requests are not.
  await eventually(async () => assert.equal((await t.call('GET', CONFIG_MAPS)).code, 429), { timeout: 60_000 });
  const { headers, body } = await t.call('GET', CONFIG_MAPS);
  assert.deepEqual([headers['retry-after'], body.reason], ['1', 'TooManyRequests']);
  assert.equal(body.message, 'too many large answers wait for their readers, please try again later');
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/control`)).code, 200);
  const grown = (process.memoryUsage.rss() - before) >> 20;
  assert.ok(grown < 900, `the process grew by ${grown} MiB`);
  sockets.forEach((socket) => socket.destroy());
  await settle(sockets);
  await eventually(async () => assert.equal((await t.call('GET', CONFIG_MAPS)).code, 200));
  await answersOthers(t);
});

test('when there are too many connections, the one goes that was idle for longest', { timeout: 240_000 }, async () => {
  await using t = await start({ connectionLimits: { connections: 20 } });
  const watch = await t.open('GET', `${CONFIG_MAPS}?watch=true`);
  let ended = false;
  watch.once('close', () => (ended = true));
  const sockets: TLSSocket[] = [];
  for (let i = 0; i < 60; i++) sockets.push(await raw(t));
  await eventually(() => assert.ok(sockets.filter((socket) => !socket.closed).length <= 20));
  assert.ok(
    sockets.slice(0, 30).every((socket) => socket.closed),
    'the oldest',
  );
  assert.equal(ended, false, 'nobody who is at work');
  await answersOthers(t);
  watch.destroy();
  sockets.forEach((socket) => socket.destroy());
});

test('handshakes that are not ended cost nobody else anything', { timeout: 240_000 }, async () => {
  await using t = await start();
  const { connect: tcp } = await import('node:net');
  const sockets = Array.from({ length: 200 }, () => tcp(t.port, '127.0.0.1').on('error', () => undefined));
  for (const socket of sockets) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
  await answersOthers(t);
  for (const socket of sockets) socket.destroy();
  await delay(0);
  await answersOthers(t);
});
