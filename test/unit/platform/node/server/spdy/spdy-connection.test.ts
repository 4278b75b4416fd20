import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  dataFrame,
  pingFrame,
  readFrames,
  settingsFrame,
  synStreamFrame,
  windowUpdateFrame,
} from '../../../../../../lib/platform/node/kubelet/server/spdy/frames.ts';
import { HeaderWriter } from '../../../../../../lib/platform/node/kubelet/server/spdy/header-block.ts';
import { SpdyConnection, type SpdyOptions } from '../../../../../../lib/platform/node/kubelet/server/spdy/spdy-connection.ts';
import type { SpdyStream } from '../../../../../../lib/platform/node/kubelet/server/spdy/spdy-stream.ts';

async function socketPair(t: TestContext): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const near = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const [far] = await accepted;
  t.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return [near, far];
}

async function connections(
  t: TestContext,
  server: Partial<SpdyOptions> = {},
): Promise<{ client: SpdyConnection; near: Socket; far: Socket; closed: Promise<void>; serverSide: SpdyConnection }> {
  const [near, far] = await socketPair(t);
  const serverSide = new SpdyConnection(far, { role: 'server', ...server });
  const client = new SpdyConnection(near, { role: 'client' });
  return { client, near, far, closed: serverSide.closed, serverSide };
}

/** Not by iterating, which destroys a duplex when its readable half ends. */
async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
}

test('a stream carries headers and bytes both ways, and half-closes', async (t) => {
  const { client } = await connections(t, {
    onStream: (stream) => void text(stream).then((got) => stream.end(`${stream.headers.get('streamtype')}:${got}`)),
  });
  const stream = client.openStream(new Map([['streamType', 'data']]));
  stream.end('hello');
  assert.equal(await text(stream), 'data:hello');
});

test('megabytes on several streams at once arrive whole', async (t) => {
  const { client } = await connections(t, { onStream: (stream) => stream.pipe(stream) });
  const bytes = randomBytes(3_000_000);
  const wanted = createHash('sha256').update(bytes).digest('hex');
  await Promise.all(
    Array.from({ length: 4 }, async (_unused, n) => {
      const stream = client.openStream(new Map([['port', String(n)]]));
      const hash = createHash('sha256');
      stream.on('data', (chunk: Buffer) => hash.update(chunk));
      const ended = once(stream, 'end');
      await Promise.all([pipeline(Readable.from([bytes]), stream, { end: true }), ended]);
      assert.equal(hash.digest('hex'), wanted);
    }),
  );
});

test('a reader that does not read stops the sender, and its data is there when it does', async (t) => {
  let held: SpdyStream | undefined;
  const { client } = await connections(t, { maxBuffered: 100_000, onStream: (stream) => (held = stream) });
  const stream = client.openStream(new Map());
  const total = 40_000_000;
  const progress = { sent: 0 };
  const piece = Buffer.alloc(100_000);
  const source = Readable.from(
    (function* () {
      for (; progress.sent < total; progress.sent += piece.length) yield piece;
    })(),
  );
  const done = pipeline(source, stream);
  // Until nothing has moved for a while.
  for (let before = -1; before !== progress.sent || before === 0;) {
    before = progress.sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(progress.sent < total, `all ${progress.sent} bytes were taken though nobody reads`);
  assert.ok(held !== undefined);
  let received = 0;
  assert.ok(held !== undefined);
  for await (const chunk of held as SpdyStream) received += (chunk as Buffer).length;
  await done;
  assert.equal(received, total);
});

test('pings are answered, and a lost connection closes every stream', async (t) => {
  let held: SpdyStream | undefined;
  const { client, near } = await connections(t, { onStream: (stream) => (held = stream) });
  const stream = client.openStream(new Map());
  await client.ping();
  assert.ok(held !== undefined);
  const closed = [once(held, 'close'), once(stream, 'close')];
  near.destroy();
  await Promise.all(closed);
});

test('what has arrived whole is there for who reads it after the connection has gone', async (t) => {
  const { client, serverSide } = await connections(t, {
    onStream: (stream) => {
      stream.end(`said to ${stream.headers.get('name')}`);
      stream.once('finish', () => stream.headers.get('name') === 'b' && serverSide.close());
    },
  });
  const streams = ['a', 'b'].map((name) => client.openStream(new Map([['name', name]])));
  const unread = client.openStream(new Map([['name', 'unread']]));
  await client.closed;
  assert.deepEqual(await Promise.all(streams.map(text)), ['said to a', 'said to b']);
  // Nor does who writes to one wait for a peer that is gone.
  await new Promise<void>((resolve) => unread.write(Buffer.alloc(200_000), () => resolve()));
});

test('destroying a stream resets it at the peer, the others go on', async (t) => {
  const streams: SpdyStream[] = [];
  const { client } = await connections(t, { onStream: (stream) => streams.push(stream) });
  const first = client.openStream(new Map());
  const second = client.openStream(new Map());
  await client.ping();
  const closed = once(streams[0]!, 'close');
  first.destroy();
  await closed;
  second.end('still here');
  assert.equal(await text(streams[1]!), 'still here');
});

test('more streams than allowed are refused', async (t) => {
  const streams: SpdyStream[] = [];
  const { client } = await connections(t, { maxStreams: 2, onStream: (stream) => streams.push(stream) });
  const opened = [1, 2, 3].map(() => client.openStream(new Map()));
  await once(opened[2]!, 'close');
  assert.equal(streams.length, 2);
});

test('a peer that shows that it counts is never sent more than its window', async (t) => {
  const [near, far] = await socketPair(t);
  const opened = Promise.withResolvers<SpdyStream>();
  const served = new SpdyConnection(far, { role: 'server', onStream: opened.resolve });
  // The peer is bare frames: a stream, a window of 1000 bytes, then 500 more.
  const writer = new SpdyConnection(near, { role: 'client' });
  t.after(() => writer.close());
  writer.openStream(new Map());
  near.write(settingsFrame(1000));
  const stream = await opened.promise;
  await writer.ping();
  let sent = 0;
  const written = served.sendData(stream, Buffer.alloc(2000)).then(() => (sent = 2000));
  await writer.ping();
  assert.equal(stream.sendWindow, 0);
  assert.equal(sent, 0);
  near.write(windowUpdateFrame(stream.id, 400));
  near.write(windowUpdateFrame(stream.id, 700));
  await written;
  assert.equal(stream.sendWindow, 100);
});

test('garbage never throws out of the connection', async (t) => {
  for (let n = 0; n < 40; n++) {
    const [near, far] = await socketPair(t);
    const connection = new SpdyConnection(far, { role: 'server', onStream: (stream) => stream.resume() });
    const bytes = randomBytes(200);
    // Make it look like control frames most of the time, so that the parser gets further.
    if (n % 4 !== 0) Buffer.from([0x80, 3, 0, 1 + (n % 9), 0, 0, 0, n % 32]).copy(bytes);
    near.end(bytes);
    near.resume();
    await connection.closed;
  }
});

test('a control frame that claims to be huge is refused before it is read', async () => {
  const header = Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff]);
  await assert.rejects(async () => {
    for await (const frame of readFrames(Readable.from([header]))) assert.ok(frame);
  }, /too long/);
});

/** A peer that has sent all this, and takes what it is answered only when it is told to. */
function peerThatSends(frames: Buffer): { peer: Duplex; reads: () => void } {
  let blocked: (() => void) | undefined;
  let reads = false;
  const peer = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, taken) => (reads ? taken() : void (blocked = taken)),
  });
  // As the network gives it, in pieces.
  for (let at = 0; at < frames.length; at += 12_000) peer.push(frames.subarray(at, at + 12_000));
  return {
    peer,
    reads() {
      reads = true;
      blocked?.();
    },
  };
}

/** Until the connection reads no more. */
async function settled(peer: Duplex): Promise<void> {
  for (let before = -1; before !== peer.readableLength;) {
    before = peer.readableLength;
    for (let i = 0; i < 20; i++) await turn();
  }
}

test('a peer that sends pings and reads no answers is not read on', async () => {
  const { peer, reads } = peerThatSends(Buffer.concat(Array.from({ length: 12_000 }, (_each, i) => pingFrame(2 * i + 1))));
  const connection = new SpdyConnection(peer, { role: 'server' });
  await settled(peer);
  assert.ok(peer.writableLength < 10_000 * 12, `${peer.writableLength / 12} answers wait`);
  reads();
  await settled(peer);
  assert.deepEqual([peer.readableLength, peer.writableLength], [0, 0], 'all are answered in the end');
  peer.destroy();
  await connection.closed;
});

test('data that comes byte by byte counts for what it takes to keep', async () => {
  const count = 20_000;
  const opening = synStreamFrame(1, new HeaderWriter().write(new Map()), false);
  const bytes = Array.from({ length: count }, (_each, i) => dataFrame(1, Buffer.from('x'), i === count - 1));
  const { peer, reads } = peerThatSends(Buffer.concat([opening, ...bytes]));
  reads();
  const opened = Promise.withResolvers<SpdyStream>();
  const connection = new SpdyConnection(peer, { role: 'server', maxBuffered: 100_000, onStream: opened.resolve });
  const stream = await opened.promise;
  await settled(peer);
  assert.ok(stream.readableLength < 1000, `${stream.readableLength} pieces are kept`);
  assert.equal((await text(stream)).length, count);
  peer.destroy();
  await connection.closed;
});
