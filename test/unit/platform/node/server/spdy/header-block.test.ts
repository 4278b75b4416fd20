import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, createDeflate, inflateSync } from 'node:zlib';
import {
  HeaderReader,
  HeaderWriter,
  spdyDictionary,
} from '../../../../../../lib/platform/node/kubelet/server/spdy/header-block.ts';

function plainBlock(headers: Record<string, string>): Buffer {
  const number = (value: number): Buffer => {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(value);
    return out;
  };
  const parts = [number(Object.keys(headers).length)];
  for (const [name, value] of Object.entries(headers))
    parts.push(number(name.length), Buffer.from(name), number(value.length), Buffer.from(value));
  return Buffer.concat(parts);
}

/** What a real client does: one zlib stream with the dictionary, flushed after every block. */
function compressor(): (plain: Buffer) => Promise<Buffer> {
  const deflate = createDeflate({ dictionary: spdyDictionary });
  return (plain) =>
    new Promise((resolve) => {
      deflate.write(plain);
      deflate.flush(constants.Z_SYNC_FLUSH, () => {
        const parts: Buffer[] = [];
        for (let part = deflate.read() as Buffer | null; part !== null; part = deflate.read() as Buffer | null) parts.push(part);
        resolve(Buffer.concat(parts));
      });
    });
}

function adler32(bytes: Buffer): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

test('the dictionary is the one of SPDY/3', () => {
  assert.equal(spdyDictionary.length, 1423);
  assert.equal(adler32(spdyDictionary), 0xe3c6a7c2);
});

test('reads blocks that refer back to the dictionary and to earlier blocks', async () => {
  const compress = compressor();
  const reader = new HeaderReader();
  for (let n = 0; n < 500; n++) {
    const headers = {
      streamtype: n % 2 === 0 ? 'data' : 'error',
      port: '8080',
      requestid: String(n),
      padding: 'x'.repeat(n * 7),
    };
    const block = await compress(plainBlock(headers));
    assert.deepEqual(Object.fromEntries(reader.read(block)), headers);
  }
});

test('names are lower-cased and the first of several values counts', async () => {
  const read = new HeaderReader().read(await compressor()(plainBlock({ StreamType: 'stdin\0other' })));
  assert.equal(read.get('streamtype'), 'stdin');
});

test('what the writer makes is one zlib stream', () => {
  const writer = new HeaderWriter();
  const reader = new HeaderReader();
  const blocks = [new Map([['streamType', 'stdout']]), new Map<string, string>()].map((headers) => writer.write(headers));
  assert.deepEqual(
    blocks.map((block) => Object.fromEntries(reader.read(block))),
    [{ streamtype: 'stdout' }, {}],
  );
  // Without it, Go's inflater takes the end of a block for the end of its input.
  for (const block of blocks) assert.equal(block.subarray(-5).toString('hex'), '000000ffff');
  const plain = inflateSync(Buffer.concat(blocks), { finishFlush: constants.Z_SYNC_FLUSH });
  assert.deepEqual(plain, Buffer.concat([plainBlock({ streamtype: 'stdout' }), plainBlock({})]));
});

test('refuses a bomb, a truncated block and garbage', async () => {
  const bomb = await compressor()(plainBlock({ bomb: '0'.repeat(10_000_000) }));
  assert.ok(bomb.length < 20_000);
  assert.throws(() => new HeaderReader().read(bomb));
  const long = await compressor()(plainBlock({ long: '0'.repeat(5000) }));
  assert.throws(() => new HeaderReader().read(long), 'each stream would keep it');
  const truncated = plainBlock({ name: 'value' }).subarray(0, 14);
  const cut = await compressor()(truncated);
  assert.throws(() => new HeaderReader().read(cut));
  assert.throws(() => new HeaderReader().read(Buffer.from('GET / HTTP/1.1')));
  assert.throws(() => new HeaderReader().read(Buffer.alloc(0)));
});
