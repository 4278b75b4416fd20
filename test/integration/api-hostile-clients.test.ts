import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, startApi } from '../unit/platform/apiserver/api-under-test.ts';

/** Slower than this no other client may become, in ms, on a machine that does much else. */
const QUICK = 2_000;
/** Nor for longer than this at a time, in ms of the processor: 300 is the aim, the rest is left to the collector of garbage. */
const LONGEST_STEP = 600;

/** A connection as somebody's, or as nobody's, whose bytes the test makes. What comes is read only when asked for. */
async function raw(
  t: ApiUnderTest,
  as: string | null = null,
  more: ConnectionOptions & { allowHalfOpen?: boolean } = {},
): Promise<TLSSocket> {
  const { cert, key } = (await t.agent(as)).options;
  const socket = connect({
    host: '127.0.0.1',
    port: t.port,
    ca: t.certificates.caPem,
    ...(cert === undefined ? {} : { cert, key: key! }),
    ...more,
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** All that comes until the connection ends. */
async function said(socket: TLSSocket): Promise<string> {
  let text = '';
  socket.on('data', (part: Buffer) => (text += part.toString('latin1')));
  if (!socket.closed) await once(socket, 'close');
  return text;
}

/** The control of every test here: the same server answers others, and soon. */
async function answersOthers(t: ApiUnderTest): Promise<void> {
  for (const [method, path, body] of [
    ['GET', '/readyz', undefined],
    ['GET', CONFIG_MAPS, undefined],
    ['PUT', `${CONFIG_MAPS}/control`, configMap('control', { at: String(performance.now()) })],
  ] as const) {
    const began = performance.now();
    const { code } = await t.call(method, path, body === undefined ? {} : { body });
    assert.equal(code, 200, path);
    const ms = performance.now() - began;
    assert.ok(ms < QUICK, `${method} ${path} took ${ms.toFixed()} ms`);
  }
}

async function start(options: Parameters<typeof startApi>[0] = {}): Promise<ApiUnderTest> {
  const t = await startApi(options);
  await t.call('POST', CONFIG_MAPS, { body: configMap('control') });
  await answersOthers(t);
  return t;
}

const settle = (sockets: readonly TLSSocket[]): Promise<unknown> =>
  Promise.all(sockets.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));

test('heads that come byte by byte, and connections on which nothing comes, are ended', { timeout: 60_000 }, async () => {
  await using t = await start({ connectionLimits: { headersTimeout: 1_500, checkInterval: 100 } });
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

test('what is no request, or two at once, is refused, and the connection ended', { timeout: 60_000 }, async () => {
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

test('garbage behind a request does not become a part of its answer', { timeout: 60_000 }, async () => {
  await using t = await start();
  const socket = await raw(t, 'admin');
  socket.write(`GET ${CONFIG_MAPS}/control HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n`);
  const text = await said(socket);
  assert.match(text, /^HTTP\/1\.1 200 [^]*}$/);
  await answersOthers(t);
});

test('half-open connections get their answer and are ended', { timeout: 60_000 }, async () => {
  await using t = await start();
  const socket = await raw(t, 'admin', { allowHalfOpen: true });
  socket.end('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(await said(socket), /^HTTP\/1\.1 200 [^]*ok$/);
  const cut = await raw(t, 'admin', { allowHalfOpen: true });
  cut.end(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"metadata":`);
  assert.doesNotMatch(await said(cut), /^HTTP\/1\.1 2/);
  await answersOthers(t);
});

test('two hundred requests in one piece are answered in order', { timeout: 60_000 }, async () => {
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

test('readers of large lists who do not read cannot fill the memory', { timeout: 120_000 }, async () => {
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

test('when there are too many connections, the one goes that was idle for longest', { timeout: 60_000 }, async () => {
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

test('handshakes that are not ended cost nobody else anything', { timeout: 60_000 }, async () => {
  await using t = await start();
  const { connect: tcp } = await import('node:net');
  const sockets = Array.from({ length: 200 }, () => tcp(t.port, '127.0.0.1').on('error', () => undefined));
  for (const socket of sockets) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
  await answersOthers(t);
  for (const socket of sockets) socket.destroy();
  await delay(0);
  await answersOthers(t);
});

test('selectors, patches and bodies that are built to be slow are not', { timeout: 60_000 }, async () => {
  await using t = await start();
  const deep = (open: string, close: string, count: number): string => open.repeat(count) + close.repeat(count);
  const yaml = `a: &a [${'x,'.repeat(50)}]\n${Array.from({ length: 20 }, (_each, i) => `${'bcdefghijklmnopqrstu'[i]}: &${'bcdefghijklmnopqrstu'[i]} [${`*${'abcdefghijklmnopqrstu'[i]},`.repeat(20)}]`).join('\n')}`;
  for (const [what, method, path, type, body, codes] of [
    [
      'selector',
      'GET',
      `${CONFIG_MAPS}?labelSelector=${encodeURIComponent(`${'a in (b,c),'.repeat(1500)}a=b`)}`,
      undefined,
      undefined,
      [200, 400],
    ],
    ['set', 'GET', `${CONFIG_MAPS}?labelSelector=a%20in%20(${'b,'.repeat(10_000)}c)`, undefined, undefined, [200, 400]],
    [
      'field selector',
      'GET',
      `${CONFIG_MAPS}?fieldSelector=${'metadata.name=a,'.repeat(2000)}metadata.name=b`,
      undefined,
      undefined,
      [200, 400],
    ],
    ['deep JSON', 'POST', CONFIG_MAPS, 'application/json', deep('[', ']', 1_000_000), [400]],
    ['deep objects', 'POST', CONFIG_MAPS, 'application/json', `${'{"a":'.repeat(400_000)}1${'}'.repeat(400_000)}`, [400]],
    [
      'many keys',
      'POST',
      CONFIG_MAPS,
      'application/json',
      `{"metadata":{"name":"k"},"data":{${Array.from({ length: 20_000 }, (_each, i) => `"k${i}":"v"`).join(',')}}}`,
      [201, 422, 413],
    ],
    ['same keys', 'POST', CONFIG_MAPS, 'application/json', `{${'"data":{},'.repeat(200_000)}"metadata":{"name":"s"}}`, [413]],
    [
      'many values',
      'POST',
      CONFIG_MAPS,
      'application/json',
      `{"metadata":{"name":"v"},"x":[${'[],'.repeat(1_000_000)}1]}`,
      [413],
    ],
    [
      'ports that are all to be told apart',
      'POST',
      '/api/v1/namespaces/default/services',
      'application/json',
      JSON.stringify({
        metadata: { name: 'ports' },
        spec: { ports: Array.from({ length: 9_900 }, (_each, i) => ({ name: `p${i}`, port: i + 1 })) },
      }),
      [201],
    ],
    [
      'owners without names, all of them controllers',
      'POST',
      CONFIG_MAPS,
      'application/json',
      JSON.stringify({
        metadata: { name: 'o', ownerReferences: Array.from({ length: 9_900 }, () => ({ uid: 'u', controller: true })) },
      }),
      [422],
    ],
    [
      'owners of fields without end',
      'PUT',
      `${CONFIG_MAPS}/control`,
      'application/json',
      JSON.stringify({
        metadata: {
          name: 'control',
          managedFields: Array.from({ length: 8_000 }, (_each, i) => ({
            manager: `m${i}`,
            operation: 'Update',
            apiVersion: 'v1',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:data': { [`f:k${i}`]: {} } },
          })),
        },
        data: { a: 'b' },
      }),
      [200],
    ],
    ['long number', 'POST', CONFIG_MAPS, 'application/json', `{"metadata":{"generation":${'9'.repeat(2_000_000)}}}`, [400, 422]],
    ['YAML aliases', 'POST', CONFIG_MAPS, 'application/yaml', yaml, [400, 422]],
    ['deep YAML', 'POST', CONFIG_MAPS, 'application/yaml', deep('[', ']', 200_000), [400]],
    [
      'many operations',
      'PATCH',
      `${CONFIG_MAPS}/control`,
      'application/json-patch+json',
      JSON.stringify(Array.from({ length: 50_000 }, () => ({ op: 'test', path: '/metadata/name', value: 'control' }))),
      [200, 413, 422],
    ],
    [
      'copies of copies',
      'PATCH',
      `${CONFIG_MAPS}/control`,
      'application/json-patch+json',
      JSON.stringify(Array.from({ length: 40 }, (_each, i) => ({ op: 'copy', from: '/data', path: `/data/x${i}` }))),
      [400, 413, 422],
    ],
    [
      'deep paths',
      'PATCH',
      `${CONFIG_MAPS}/control`,
      'application/json-patch+json',
      JSON.stringify([{ op: 'add', path: '/a'.repeat(1_000_000), value: 1 }]),
      [400, 422],
    ],
    [
      'protobuf lengths',
      'POST',
      CONFIG_MAPS,
      'application/vnd.kubernetes.protobuf',
      Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(2_000_000, 0xff)]),
      [400],
    ],
    [
      'protobuf groups',
      'POST',
      CONFIG_MAPS,
      'application/vnd.kubernetes.protobuf',
      Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(2_000_000, 0x0b)]),
      [400],
    ],
    ['packed body', 'POST', CONFIG_MAPS, 'application/json', Buffer.from('1f8b0800', 'hex'), [400]],
  ] as const) {
    const began = performance.now();
    const reply = t.call(method, path, {
      headers: type === undefined ? {} : { 'content-type': type },
      ...(body === undefined ? {} : { body }),
    });
    await Promise.all([reply, answersOthers(t)]);
    const { code, text } = await reply;
    assert.ok((codes as readonly number[]).includes(code), `${what}: ${code} ${text.slice(0, 300)}`);
    const ms = performance.now() - began;
    assert.ok(ms < 2 * QUICK, `${what} took ${ms.toFixed()} ms`);
  }
});

/** The longest that `work` keeps the thread, by its processor time in ms: what else the machine does is not counted. */
async function longestStep(work: () => Promise<unknown>): Promise<number> {
  const used = (): number => Object.values(process.threadCpuUsage()).reduce((sum, part) => sum + part, 0) / 1000;
  let [longest, last] = [0, used()];
  const look = (): void => {
    const now = used();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  await work();
  look();
  clearInterval(timer);
  return longest;
}

test('objects that are as large as they may be hold nobody up for long', { timeout: 120_000 }, async () => {
  await using t = await start();
  const variables = (value: string): object[] =>
    Array.from({ length: 3_200 }, (_each, i) => ({ name: `k${i}`, value: `${value}-of-${i}` }));
  const containers = (value: string): object[] =>
    Array.from({ length: 10 }, (_each, i) => ({ name: `c${i}`, image: 'i', env: variables(value) }));
  const deployment = (value: string): string =>
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'large' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: containers(value) } },
      },
    });
  const keys = (prefix: string, value: string): object =>
    Object.fromEntries(Array.from({ length: 9_900 }, (_each, i) => [`${prefix}${i}`, value]));
  const map = (value: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'large', labels: keys('l', 'a'), annotations: keys('a', 'a') },
      data: keys('k', value),
      binaryData: keys('b', 'YQ=='),
    });
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  const apply = 'application/apply-patch+yaml';
  for (const [method, path, body, type] of [
    ['POST', CONFIG_MAPS, map('a'), 'application/json'],
    ['PUT', `${CONFIG_MAPS}/large`, map('b'), 'application/json'],
    ['PATCH', `${CONFIG_MAPS}/large?fieldManager=other&force=true`, map('c'), apply],
    ['POST', deployments, deployment('a'), 'application/json'],
    ['PATCH', `${deployments}/large`, deployment('b'), 'application/strategic-merge-patch+json'],
    ['PATCH', `${deployments}/large?fieldManager=other&force=true`, deployment('c'), apply],
    ['PATCH', `${deployments}/large?fieldManager=other&force=true`, deployment('d'), apply],
  ] as const) {
    const bytes = Buffer.from(body);
    const ms = await longestStep(async () => {
      const { code, text } = await t.call(method, path, { body: bytes, headers: { 'content-type': type } });
      assert.ok(code === 200 || code === 201, `${method} ${path}: ${code} ${text.slice(0, 300)}`);
    });
    assert.ok(ms < LONGEST_STEP, `${method} ${path} kept the thread for ${ms.toFixed()} ms`);
  }
});
