import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { SpdyConnection } from '../../../../../lib/platform/node/kubelet/server/spdy/spdy-connection.ts';
import type { SpdyStream } from '../../../../../lib/platform/node/kubelet/server/spdy/spdy-stream.ts';
import { LocalRuntime, onePod } from './local-runtime.ts';
import { serve } from './serve.ts';

/** A server on the loopback that answers with what it got, backwards in halves: it needs the client's half-close first. */
async function echoAtEnd(t: TestContext): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const chunks: Buffer[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.end(Buffer.concat(chunks)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as { port: number }).port;
}

function openPair(connection: SpdyConnection, port: number, id: string): { data: SpdyStream; error: SpdyStream } {
  const headers = (type: string): Map<string, string> =>
    new Map([
      ['streamType', type],
      ['port', String(port)],
      ['requestID', id],
    ]);
  const error = connection.openStream(headers('error'));
  error.end();
  return { error, data: connection.openStream(headers('data')) };
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

async function exchange(connection: SpdyConnection, port: number, id: string): Promise<void> {
  const { data, error } = openPair(connection, port, id);
  const sent = randomBytes(300_000);
  data.end(sent);
  const [got, problem] = await Promise.all([collect(data), collect(error)]);
  assert.equal(problem.toString(), '');
  assert.ok(got.equals(sent));
}

const pods = onePod({ app: { id: 'c1' } });

test('plain SPDY: connections one after another and at once, with half-closes', async (t) => {
  const port = await echoAtEnd(t);
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const { status, socket } = await served.spdy('/portForward/default/web', 'portforward.k8s.io');
  assert.match(status, /101/);
  const connection = new SpdyConnection(socket, { role: 'client' });
  await exchange(connection, port, '0');
  await Promise.all([1, 2, 3, 4, 5].map((id) => exchange(connection, port, String(id))));
});

test('a port that nobody listens on is told on the error stream, and the connection goes on', async (t) => {
  const port = await echoAtEnd(t);
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const { socket } = await served.spdy('/portForward/default/web', 'portforward.k8s.io');
  const connection = new SpdyConnection(socket, { role: 'client' });
  const { data, error } = openPair(connection, 1, '0');
  data.end('x');
  const text = (await collect(error)).toString();
  assert.match(text, /^error forwarding port 1 to pod sandbox-id, uid a-uid: failed to connect to localhost:1 inside namespace /);
  assert.match(text, /connect: connection refused/);
  await exchange(connection, port, '1');
});

test('a client that goes away closes the connections in the pod', async (t) => {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer((socket) => accepted.resolve(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const { socket } = await served.spdy('/portForward/default/web', 'portforward.k8s.io');
  const connection = new SpdyConnection(socket, { role: 'client' });
  openPair(connection, (server.address() as { port: number }).port, '0').data.write('hello');
  const inPod = await accepted.promise;
  inPod.on('error', () => undefined);
  inPod.resume();
  const closed = once(inPod, 'close');
  socket.destroy();
  await closed;
});

test('channels, as JavaScript clients speak it', async (t) => {
  const port = await echoAtEnd(t);
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const ws = await served.webSocket(`/portForward/default/web?ports=${port}&ports=1`, 'v4.channel.k8s.io');
  const got: Buffer[] = [];
  const problems: Buffer[] = [];
  const refused = Promise.withResolvers<void>();
  ws.on('message', (message: Buffer) => {
    if (message[0] === 0) got.push(message.subarray(1));
    if (message[0] === 3) problems.push(message.subarray(1));
    if (problems.length === 2) refused.resolve();
  });
  await once(ws, 'open');
  ws.send(Buffer.from('\u0000hello'));
  await refused.promise;
  assert.match(problems[1]!.toString(), /connection refused/);
  assert.equal(problems[0]!.readUInt16LE(0), 1);
  while (got.length === 0) await once(ws, 'message');
  assert.equal(got[0]!.readUInt16LE(0), port);
});

test('pods without a network and ports that are none are refused', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  assert.equal((await served.refusedWebSocket('/portForward/default/web?ports=99999', 'v4.channel.k8s.io')).code, 400);
  assert.equal((await served.refusedWebSocket('/portForward/default/web', 'v4.channel.k8s.io')).code, 400);
  assert.equal((await served.refusedWebSocket('/portForward/default/gone?ports=80', 'v4.channel.k8s.io')).code, 404);
});

test('a stream that is reset before its other half has come is forgotten', async (t) => {
  const port = await echoAtEnd(t);
  const served = await serve(t, { runtime: new LocalRuntime(), pods });
  const { socket } = await served.spdy('/portForward/default/web', 'portforward.k8s.io');
  const connection = new SpdyConnection(socket, { role: 'client' });
  connection
    .openStream(
      new Map([
        ['streamType', 'error'],
        ['port', String(port)],
        ['requestID', '0'],
      ]),
    )
    .destroy();
  await connection.ping();
  await exchange(connection, port, '0');
});
