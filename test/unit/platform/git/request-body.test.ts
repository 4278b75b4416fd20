import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { bodyOf } from '../../../../lib/platform/git/request-body.ts';

const LARGEST = 1 << 16;

function requestWith(body: Buffer, encoding?: string): IncomingMessage {
  const headers = { 'content-type': 'application/x-git-upload-pack-request', 'content-encoding': encoding };
  const request = Object.assign(new PassThrough(), { headers });
  request.end(body);
  return request as unknown as IncomingMessage;
}

describe("the body of a request of git's", () => {
  test('is what was sent, compressed or not', async () => {
    const sent = Buffer.from('0032want 0123456789012345678901234567890123456789\n');
    for (const request of [requestWith(sent), requestWith(gzipSync(sent), 'gzip')])
      assert.deepEqual(await buffer(bodyOf(request, 'git-upload-pack', LARGEST)), sent);
  });

  test('that is broken or grows too large breaks nothing but its own request, also when it is read late', async () => {
    const cut = gzipSync(Buffer.alloc(1000, 'abc')).subarray(0, 20);
    const bomb = gzipSync(Buffer.alloc(LARGEST * 100));
    for (const [body, largest] of [
      [Buffer.from('no gzip'), LARGEST],
      [cut, LARGEST],
      [cut, Infinity],
      [bomb, LARGEST],
    ] as const) {
      const read = bodyOf(requestWith(body, 'gzip'), 'git-upload-pack', largest);
      for (let turns = 0; turns < 10; turns++) await turn();
      await assert.rejects(buffer(read));
    }
  });

  test('of a client that goes away ends', async () => {
    const request = new PassThrough();
    const headers = { 'content-type': 'application/x-git-receive-pack-request', 'content-encoding': 'gzip' };
    const read = bodyOf(Object.assign(request, { headers }) as unknown as IncomingMessage, 'git-receive-pack');
    request.write(gzipSync('begun').subarray(0, 12));
    await turn();
    request.destroy(new Error('aborted'));
    await assert.rejects(buffer(read));
  });
});
