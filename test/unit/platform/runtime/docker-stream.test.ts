import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { mergeFrames, splitFrames } from '../../../../lib/platform/runtime/docker-stream.ts';

const frame = (stream: number, body: string): Buffer => {
  const bytes = Buffer.from(body);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
};
const frames = Buffer.concat([frame(1, 'one '), frame(2, 'err'), frame(1, ''), frame(1, 'zwöi')]);
/** All cuts: a byte each, odd pieces, and at once. */
const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

it('splits and merges frames however they are cut', async () => {
  for (const size of [1, 3, 7, 9, 1000]) {
    const { stdout, stderr } = splitFrames(Readable.from(cut(frames, size), { objectMode: false }));
    assert.deepEqual(await Promise.all([text(stdout), text(stderr)]), ['one zwöi', 'err']);
    assert.equal(await text(Readable.from(cut(frames, size), { objectMode: false }).pipe(mergeFrames())), 'one errzwöi');
  }
});

it('holds the source back while a reader does not keep up', async () => {
  const source = new PassThrough();
  const { stdout, stderr } = splitFrames(source);
  stderr.resume();
  const big = 'x'.repeat(100_000);
  source.write(frame(1, big));
  await new Promise(setImmediate);
  assert.equal(source.isPaused(), true);
  stdout.resume();
  await once(source, 'resume');
  source.end();
  await once(stdout, 'end');
});

it('ends both sides when the connection breaks', async () => {
  const source = new PassThrough();
  const { stdout, stderr } = splitFrames(source);
  source.write(frame(1, 'half'));
  await new Promise(setImmediate);
  source.destroy();
  assert.deepEqual(await Promise.all([text(stdout), text(stderr)]), ['half', '']);
});
