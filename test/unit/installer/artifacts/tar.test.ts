import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTar } from '../../../../lib/installer/artifacts/tar-reader.ts';
import { type TarEntry, writeTar } from '../../../../lib/installer/artifacts/tar-writer.ts';

const long = `${'d'.repeat(90)}/${'f'.repeat(60)}`;
const entries: TarEntry[] = [
  { path: 'd', type: 'directory', mode: 0o750, mtime: 7 },
  { path: 'd/a', type: 'file', mode: 0o640, mtime: 7, content: Buffer.from('hello') },
  { path: 'd/empty', type: 'file', mode: 0o600, mtime: 7, content: Buffer.alloc(0) },
  { path: 'd/l', type: 'symlink', mode: 0o777, mtime: 7, linkTarget: 'a' },
  { path: long, type: 'file', mode: 0o755, mtime: 1_700_000_000, content: Buffer.alloc(1024, 'x') },
];

test('what the writer writes, the reader and the system tar read', () => {
  const archive = writeTar(entries);
  const read = [...readTar(archive)];
  assert.deepEqual(
    read.map(({ path, type, mode, mtime, linkTarget }) => ({ path, type, mode, mtime, linkTarget })),
    entries.map(({ path, type, mode, mtime, linkTarget }) => ({ path, type, mode, mtime, linkTarget: linkTarget ?? '' })),
  );
  assert.equal(read[1]?.content.toString(), 'hello');

  const dir = mkdtempSync(join(tmpdir(), 'oo-tar-'));
  try {
    const tar = spawnSync('tar', ['-xf', '-', '-C', dir], { input: archive });
    assert.equal(tar.stderr.toString(), '');
    assert.equal(readFileSync(join(dir, 'd/a'), 'utf8'), 'hello');
    assert.equal(readlinkSync(join(dir, 'd/l')), 'a');
    assert.equal(statSync(join(dir, 'd/a')).mode & 0o777, 0o640);
    assert.equal(statSync(join(dir, long)).size, 1024);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('the same entries give the same bytes', () => {
  assert.deepEqual(writeTar(entries), writeTar(entries));
});

test('a cut or garbled archive is refused, not read in part', () => {
  const archive = writeTar(entries);
  assert.throws(() => [...readTar(archive.subarray(0, archive.length - 1024))], { code: 'ARCHIVE_MALFORMED' });
  assert.throws(() => [...readTar(archive.subarray(0, 700))], { code: 'ARCHIVE_MALFORMED' });
  const garbled = Buffer.from(archive);
  garbled[0] = garbled[0]! ^ 1;
  assert.throws(() => [...readTar(garbled)], /wrong checksum/);
});

test('a path that no ustar header holds is refused', () => {
  assert.throws(() => writeTar([{ path: 'x'.repeat(300), type: 'file', mode: 0o644, mtime: 0 }]), { code: 'ARCHIVE_MALFORMED' });
});
