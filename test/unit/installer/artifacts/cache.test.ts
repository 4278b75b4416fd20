import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { artifactTar, makeArtifact } from '../../../../lib/installer/artifacts/artifact.ts';
import { blobPath, hashOf, ownCacheDir } from '../../../../lib/installer/artifacts/cache.ts';

function scratch(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'oo-cache-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('the cache is closed to others, and one that others could write to is refused', (t) => {
  using folder = scratch();
  const dir = join(folder.path, 'a', 'oo-install');
  assert.equal(ownCacheDir(dir), dir);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  chmodSync(dir, 0o755);
  ownCacheDir(dir);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  chmodSync(dir, 0o775);
  assert.throws(() => ownCacheDir(dir), { code: 'CACHE_UNSAFE', message: /mode 775: others may write/ });
  assert.equal(statSync(dir).mode & 0o777, 0o775);
  if (process.getuid?.() !== 0) return t.diagnostic('only root can give a folder away');
  const theirs = join(folder.path, 'theirs');
  mkdirSync(theirs, { mode: 0o700 });
  chownSync(theirs, 65_534, 65_534);
  assert.throws(() => ownCacheDir(theirs), { code: 'CACHE_UNSAFE', message: /belongs to somebody else/ });
});

test('what is no hash names no file of the cache', () => {
  assert.throws(() => blobPath('/cache', '../../.ssh/id_ed25519'), TypeError);
});

test('a file that is not what its hash says is not packed for a server', async () => {
  using folder = scratch();
  const source = join(folder.path, 'node');
  writeFileSync(source, 'evil');
  const file = { path: 'bin/node', mode: 0o755, sha256: hashOf('good'), size: 4, source };
  await assert.rejects(buffer(artifactTar(makeArtifact('runtime', [file]))), { code: 'FILE_CORRUPT' });
  writeFileSync(source, 'good');
  assert.ok((await buffer(artifactTar(makeArtifact('runtime', [file])))).includes('good'));
});
