import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { SpdyConnection } from '../../../../../lib/platform/node/kubelet/server/spdy/spdy-connection.ts';
import type { SpdyStream } from '../../../../../lib/platform/node/kubelet/server/spdy/spdy-stream.ts';
import { LocalRuntime, onePod } from './local-runtime.ts';
import { serve } from './serve.ts';

const V5 = 'v5.channel.k8s.io';
const V4 = 'v4.channel.k8s.io';
const pods = onePod({ app: { id: 'c1' } });

function execPath(command: string[], streams: string): string {
  return `/exec/default/web/app?${command.map((part) => `command=${encodeURIComponent(part)}`).join('&')}&${streams}`;
}

/** All that the server says, by channel, until it closes; with the close code. */
async function transcript(ws: WebSocket): Promise<{ channel: (n: number) => Buffer; code: number }> {
  const channels = new Map<number, Buffer[]>();
  ws.on('message', (data: Buffer) => {
    const list = channels.get(data[0]!) ?? [];
    channels.set(data[0]!, list);
    list.push(data.subarray(1));
  });
  const [code] = (await once(ws, 'close')) as [number];
  return { channel: (n) => Buffer.concat(channels.get(n) ?? []), code };
}

test('v5: outputs, then a Status of success, then a clean close', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const ws = await served.webSocket(execPath(['sh', '-c', 'echo out; echo err >&2'], 'output=1&error=1'), V5);
  const { channel, code } = await transcript(ws);
  assert.equal(ws.protocol, V5);
  assert.equal(channel(1).toString(), 'out\n');
  assert.equal(channel(2).toString(), 'err\n');
  assert.deepEqual(JSON.parse(channel(3).toString()), { metadata: {}, status: 'Success' });
  assert.equal(code, 1000);
});

test('an exit code is told as the kubelet tells it', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const { channel } = await transcript(await served.webSocket(execPath(['sh', '-c', 'exit 42'], 'stdout=true&stderr=true'), V4));
  const status = JSON.parse(channel(3).toString()) as { status: string; reason: string; details: unknown };
  assert.equal(status.status, 'Failure');
  assert.equal(status.reason, 'NonZeroExitCode');
  assert.deepEqual(status.details, { causes: [{ reason: 'ExitCode', message: '42' }] });
});

test('a command that cannot start is an internal error on the error channel', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const { channel } = await transcript(await served.webSocket(execPath(['missing'], 'output=1'), V5));
  const status = JSON.parse(channel(3).toString()) as { reason: string; message: string };
  assert.equal(status.reason, 'InternalError');
  assert.match(status.message, /error executing command in container: executable file not found/);
});

test('v5: closing the input channel ends the input, and the outputs still come', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const ws = await served.webSocket(execPath(['sha256sum'], 'input=1&output=1'), V5);
  const input = randomBytes(5_000_000);
  const done = transcript(ws);
  await once(ws, 'open');
  for (let at = 0; at < input.length; at += 32_000) ws.send(Buffer.concat([Buffer.from([0]), input.subarray(at, at + 32_000)]));
  ws.send(Buffer.from([255, 0]));
  const { channel } = await done;
  assert.equal(channel(1).toString().split(' ')[0], createHash('sha256').update(input).digest('hex'));
});

test('a large output arrives whole and in order before the outcome', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const ws = await served.webSocket(execPath(['sh', '-c', 'seq 1 300000'], 'output=1'), V5);
  const { channel } = await transcript(ws);
  assert.equal(channel(1).toString(), `${Array.from({ length: 300_000 }, (_unused, n) => n + 1).join('\n')}\n`);
});

test('a client that does not read stops the process, not the server', async (t) => {
  const runtime = new LocalRuntime();
  const served = await serve(t, { runtime, pods });
  const ws = await served.webSocket(execPath(['sh', '-c', 'yes; echo never'], 'output=1'), V5);
  await once(ws, 'open');
  ws.pause();
  const before = process.memoryUsage().rss;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(process.memoryUsage().rss - before < 100_000_000);
  ws.terminate();
  while (runtime.sessionsClosed === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  runtime.children[0]!.kill('SIGKILL');
});

test('a client that goes away closes the input of the process, and only that', async (t) => {
  const runtime = new LocalRuntime();
  const served = await serve(t, { runtime, pods });
  const ws = await served.webSocket(execPath(['sh', '-c', 'cat >/dev/null; exit 7'], 'input=1&output=1'), V4);
  await once(ws, 'open');
  while (runtime.children.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const exited = once(runtime.children[0]!, 'exit') as Promise<[number | null, string | null]>;
  ws.terminate();
  // 7: it saw the end of its input and went on; a signal would have no code.
  assert.deepEqual(await exited, [7, null]);
});

test('a terminal: one output, and every size that the client names', async (t) => {
  const runtime = new LocalRuntime();
  const served = await serve(t, { runtime, pods });
  const ws = await served.webSocket(execPath(['cat'], 'input=1&output=1&error=1&tty=1'), V5);
  const done = transcript(ws);
  await once(ws, 'open');
  ws.send(Buffer.from('\u0004{"Width":80,"Height":24}\n'));
  ws.send(Buffer.from('\u0004nonsense{"Width":-1,"Height":2}'));
  ws.send(Buffer.from('\u0004{"Width":81,"Height":25}\n{"width":82,'));
  ws.send(Buffer.from('\u0004"height":26}'));
  ws.send(Buffer.from('\u0000typed'));
  ws.send(Buffer.from([255, 0]));
  const { channel } = await done;
  assert.equal(channel(1).toString(), 'typed');
  assert.deepEqual(runtime.sizes, [
    { width: 80, height: 24 },
    { width: 81, height: 25 },
    { width: 82, height: 26 },
  ]);
});

test('base64 and the protocols before v4', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const base64 = await transcript(await served.webSocket(execPath(['echo', 'hi'], 'output=1'), 'v4.base64.channel.k8s.io'));
  const text = base64.channel('1'.charCodeAt(0)).toString();
  assert.equal(Buffer.from(text, 'base64').toString(), 'hi\n');
  const old = await transcript(await served.webSocket(execPath(['sh', '-c', 'exit 3'], 'output=1'), undefined));
  assert.match(old.channel(3).toString(), /^command terminated with non-zero exit code/);
});

test('attach joins the process that runs, and ends when its output does', async (t) => {
  const runtime = new LocalRuntime();
  const served = await serve(t, { runtime, pods });
  const ws = await served.webSocket('/attach/default/web/app?stdin=true&stdout=true', V5);
  const done = transcript(ws);
  await once(ws, 'open');
  ws.send(Buffer.from('\u0000question'));
  const [question] = (await once(runtime.attachInput, 'data')) as [Buffer];
  assert.equal(question.toString(), 'question');
  runtime.attached.end('answer');
  const { channel } = await done;
  assert.equal(channel(1).toString(), 'answer');
  assert.deepEqual(JSON.parse(channel(3).toString()), { metadata: {}, status: 'Success' });
});

test('what cannot be served is refused before the upgrade, in plain words', async (t) => {
  const stopped = onePod({ app: { state: 'terminated', id: 'c1' } });
  const served = await serve(t, { runtime: new LocalRuntime(), pods: stopped });
  assert.deepEqual(await served.refusedWebSocket('/exec/default/web/app?command=ls&output=1', V5), {
    code: 500,
    body: 'container not found ("app")',
  });
  assert.deepEqual(await served.refusedWebSocket('/exec/default/gone/app?command=ls&output=1', V5), {
    code: 404,
    body: 'pod does not exist',
  });
  const running = await serve(t, { runtime: new LocalRuntime(), pods });
  assert.equal((await running.refusedWebSocket('/exec/default/web/app?command=ls', V5)).code, 400);
  assert.equal((await running.refusedWebSocket('/exec/default/web/app?output=1', V5)).code, 400);
  assert.equal((await running.refusedWebSocket('/exec/default/web/app?command=ls&output=1', 'v9.channel.k8s.io')).code, 400);
  assert.equal((await running.get('/exec/default/web/app?command=ls&output=1')).body, 'Upgrade request required');
});

test('only the API server may come in', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  assert.equal((await served.get('/healthz')).body, 'ok');
  assert.equal((await served.get('/healthz', { ca: served.tls.ca })).code, 401);
  const other = await served.clientNamed('system:node:other');
  const forbidden = await served.get('/pods', other);
  assert.equal(forbidden.code, 403);
  assert.match(forbidden.body, /user=system:node:other/);
  const listed = JSON.parse((await served.get('/pods')).body) as { kind: string; items: { metadata: { name: string } }[] };
  assert.deepEqual([listed.kind, listed.items[0]!.metadata.name], ['PodList', 'web']);
  assert.equal((await served.get('/nowhere')).code, 404);
});

const collect = async (stream: Readable): Promise<string> => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
};

test('SPDY: the same command over its streams', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const path = execPath(['sh', '-c', 'cat; echo err >&2; exit 5'], 'input=1&output=1&error=1');
  const { status, headers, socket } = await served.spdy(path, 'v5.channel.k8s.io, v4.channel.k8s.io, v3.channel.k8s.io');
  assert.match(status, /101/);
  assert.match(headers, /X-Stream-Protocol-Version: v4\.channel\.k8s\.io/);
  const connection = new SpdyConnection(socket, { role: 'client' });
  const open = (type: string): SpdyStream => connection.openStream(new Map([['streamType', type]]));
  const [error, stdin, stdout, stderr] = ['error', 'stdin', 'stdout', 'stderr'].map(open) as [
    SpdyStream,
    SpdyStream,
    SpdyStream,
    SpdyStream,
  ];
  const input = 'x'.repeat(1_000_000);
  stdin.end(input);
  const [outcome, out, err] = await Promise.all([collect(error), collect(stdout), collect(stderr)]);
  assert.equal(out, input);
  assert.equal(err, 'err\n');
  assert.deepEqual((JSON.parse(outcome) as { details: unknown }).details, { causes: [{ reason: 'ExitCode', message: '5' }] });
  await connection.closed;
});

test('SPDY: no common protocol is a 403 that names both sides', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const { status } = await served.spdy(execPath(['ls'], 'output=1'), 'v9.channel.k8s.io');
  assert.match(status, /403/);
});

for (const protocol of ['websocket', 'spdy'])
  test(`${protocol}: a session on which nobody says anything is ended, as the kubelet ends it`, async (t) => {
    const served = await serve(t, { runtime: new LocalRuntime(), pods, idleTimeout: 100 });
    const path = execPath(['cat'], 'input=1&output=1');
    if (protocol === 'websocket') return void (await once(await served.webSocket(path, V5), 'close'));
    const { status, socket } = await served.spdy(path, 'v4.channel.k8s.io');
    assert.match(status, /101/);
    socket.resume();
    await once(socket, 'close');
  });
