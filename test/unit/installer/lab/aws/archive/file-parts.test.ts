import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { compositeChecksum, partsOf, readPart } from '../../../../../../lib/installer/lab/aws/archive/file-parts.ts';
import { configFiles } from '../../../../../support/config-files.ts';

const mebibyte = 1 << 20;
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest();

test('parts are of one size but the last, and are together the whole file', async () => {
  await using files = await configFiles({ archive: 'ab'.repeat(6 * mebibyte) });
  const path = files.path('archive');
  const parts = await partsOf(path, 12 * mebibyte, 5 * mebibyte);
  assert.deepEqual(
    parts.map(({ number, offset, size }) => [number, offset / mebibyte, size / mebibyte]),
    [
      [1, 0, 5],
      [2, 5, 5],
      [3, 10, 2],
    ],
  );
  const contents = await Promise.all(parts.map((part) => readPart(path, part)));
  assert.equal(Buffer.concat(contents).toString('latin1'), 'ab'.repeat(6 * mebibyte));
  assert.equal(parts[2]!.sha256, sha256(contents[2]!).toString('base64'));
  // As S3 documents it: the hash of the parts' hashes, a hyphen, their number.
  assert.equal(compositeChecksum(parts), `${sha256(Buffer.concat(contents.map(sha256))).toString('base64')}-3`);
});

test('no part but the last is smaller than S3 takes, whatever is asked for', async () => {
  await using files = await configFiles({ archive: 'x'.repeat(6 * mebibyte) });
  const parts = await partsOf(files.path('archive'), 6 * mebibyte, 1);
  assert.deepEqual(
    parts.map(({ size }) => size / mebibyte),
    [5, 1],
  );
});

test('a file that became shorter meanwhile is told', async () => {
  await using files = await configFiles({ archive: 'short' });
  await assert.rejects(readPart(files.path('archive'), { offset: 0, size: 6 }), /ends at byte 5: it has been changed meanwhile/);
});
