import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { OoError } from '../../lib/common/errors.ts';
import type { Backend } from '../../lib/platform/storage/backend.ts';
import { openSqliteBackend } from '../../lib/platform/storage/sqlite/sqlite-backend.ts';

/** A file system of its own, `size` bytes large. */
function smallDisk(size: number): Disposable & { readonly dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'oo-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'oo-install-test', dir]);
  return {
    dir,
    [Symbol.dispose]: () => {
      execFileSync('umount', [dir]);
      rmSync(dir, { recursive: true });
    },
  };
}

const skip = process.getuid?.() === 0 ? false : 'mounting a small disk needs root';

/** Writes, eight at a time, until one is refused; the keys that were acknowledged. */
async function fillUp(backend: Backend, prefix: string): Promise<{ acknowledged: string[]; refused: string[]; error: unknown }> {
  const acknowledged: string[] = [];
  const refused: string[] = [];
  const errors: unknown[] = [];
  let made = 0;
  const write = async (): Promise<void> => {
    while (errors.length === 0 && made < 5000) {
      const key = `${prefix}${made++}`;
      await backend.create(key, Buffer.alloc(2000, key)).then(
        () => acknowledged.push(key),
        (reason: unknown) => {
          refused.push(key);
          errors.push(reason);
        },
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, write));
  return { acknowledged, refused, error: errors[0] };
}

async function keys(backend: Backend, prefix: string): Promise<string[]> {
  return (await backend.list(prefix)).items.map((item) => item.key).sort();
}

test(
  'on a full disk a write is refused, none that was acknowledged is lost, and it goes on when there is space',
  { skip },
  async () => {
    using disk = smallDisk(6 << 20);
    const path = join(disk.dir, 'store.db');
    const filler = join(disk.dir, 'filler');
    writeFileSync(filler, Buffer.alloc(3 << 20));
    const backend = await openSqliteBackend({ path });
    const { acknowledged, refused, error } = await fillUp(backend, '/a/');
    assert.ok(error instanceof OoError);
    assert.equal(error.code, 'STORE_FULL');
    assert.match(error.message, /^no space left on the disk of .*store\.db$/);
    assert.ok(acknowledged.length > 50);
    assert.ok(statfsSync(disk.dir).bfree < 100);

    // It still reads, and still refuses: by an answer, not by silence.
    assert.deepEqual(await keys(backend, '/a/'), acknowledged.toSorted());
    await assert.rejects(backend.create('/big', Buffer.alloc(1 << 20)), { code: 'STORE_FULL' });
    assert.equal(await backend.currentRevision(), acknowledged.length + 1);

    rmSync(filler);
    const more = await backend.create(refused[0]!, Buffer.from('now it fits'));
    assert.deepEqual(more, { ok: true, revision: acknowledged.length + 2 });
    await backend.close();

    const again = await openSqliteBackend({ path });
    assert.deepEqual(await keys(again, '/a/'), [...acknowledged, refused[0]].toSorted());
    await again.close();
  },
);

test('a store on a full disk opens and reads; a new one is refused with the reason', { skip }, async () => {
  using disk = smallDisk(1 << 20);
  const path = join(disk.dir, 'store.db');
  const backend = await openSqliteBackend({ path });
  await backend.create('/a', Buffer.from('x'));
  await backend.close();
  assert.throws(() => writeFileSync(join(disk.dir, 'filler'), Buffer.alloc(2 << 20)), { code: 'ENOSPC' });
  const again = await openSqliteBackend({ path });
  assert.deepEqual(await keys(again, '/'), ['/a']);
  await assert.rejects(again.create('/b', Buffer.alloc(100_000)), { code: 'STORE_FULL' });
  await assert.rejects(again.compact(2), { code: 'STORE_FULL' });
  await again.close();
  await assert.rejects(openSqliteBackend({ path: join(disk.dir, 'other.db') }), { code: 'STORE_FULL' });
});
