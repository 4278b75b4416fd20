import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { OoError } from '../../../../../lib/common/errors.ts';
import { spawnRole } from '../../../../../lib/common/worker-entry.ts';
import type { Backend } from '../../../../../lib/platform/storage/backend.ts';
import { openSqliteBackend } from '../../../../../lib/platform/storage/sqlite/sqlite-backend.ts';
import { eventually } from '../../../../support/eventually.ts';

function folder(): Disposable & { readonly path: string; readonly dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'oo-store-'));
  return { dir, path: join(dir, 'store.db'), [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

/** A closed store with `count` keys `/0`, `/1` ... of a kilobyte each. */
async function written(path: string, count: number): Promise<void> {
  const backend = await openSqliteBackend({ path });
  await fill(backend, count);
  await backend.close();
}

async function fill(backend: Backend, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => backend.create(`/${i}`, Buffer.alloc(1000, 'v'))));
}

function refusal(code: string, text: RegExp, hint: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof OoError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    assert.match(error.hint ?? '', hint);
    return true;
  };
}

test('what was written is there after a restart, and revisions go on', async () => {
  using at = folder();
  const first = await openSqliteBackend({ path: at.path });
  await first.create('/a', Buffer.from('one'));
  await first.create('/b', Buffer.from('two'));
  await first.delete('/b', 3);
  await first.compact(4);
  await first.close();
  const second = await openSqliteBackend({ path: at.path });
  assert.equal(await second.currentRevision(), 4);
  assert.equal(Buffer.from((await second.get('/a')).item!.value).toString(), 'one');
  await assert.rejects(second.list('/', { revision: 3 }), /compacted/);
  assert.deepEqual(await second.create('/b', Buffer.from('three')), { ok: true, revision: 5 });
  await second.close();
});

test('a first start that was cut short before the tables were there is done again', async () => {
  using at = folder();
  writeFileSync(at.path, '');
  await written(at.path, 1);
  rmSync(at.path);
  const db = new DatabaseSync(at.path);
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
  db.close();
  await written(at.path, 1);
});

test('the database and its log are readable for their owner only', async () => {
  using at = folder();
  const backend = await openSqliteBackend({ path: join(at.dir, 'store', 'store.db') });
  await backend.create('/secret', Buffer.from('x'));
  for (const name of ['', 'store.db', 'store.db-wal', 'store.db.pid'])
    assert.equal(statSync(join(at.dir, 'store', name)).mode & 0o077, 0, name);
  await backend.close();
  assert.deepEqual(readdirSync(join(at.dir, 'store')), ['store.db']);
});

test('a second opener is told who has the store, in this process and in another', async () => {
  using at = folder();
  const backend = await openSqliteBackend({ path: at.path });
  const inUse = refusal('STORE_IN_USE', new RegExp(`${at.path} is in use by process ${process.pid}$`), /stop that process/);
  await assert.rejects(openSqliteBackend({ path: at.path }), inUse);
  const script = `
    import { openSqliteBackend } from ${JSON.stringify(import.meta.resolve('../../../../../lib/platform/storage/sqlite/sqlite-backend.ts'))};
    try { await openSqliteBackend({ path: process.argv[1] }); } catch (error) { console.log(error.code, error.message); }`;
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', script, at.path], { encoding: 'utf8' });
  assert.match(other.stdout, new RegExp(`^STORE_IN_USE .* is in use by process ${process.pid}\n$`));
  assert.equal((await backend.create('/a', Buffer.from('x'))).ok, true);
  await backend.close();
});

test('the database of a newer version is refused and left as it is', async () => {
  using at = folder();
  await written(at.path, 3);
  const db = new DatabaseSync(at.path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  const before = readFileSync(at.path);
  await assert.rejects(
    openSqliteBackend({ path: at.path }),
    refusal('STORE_NEWER', /store\.db has schema version 99, this program knows up to 1/, /newer version/),
  );
  assert.ok(before.equals(readFileSync(at.path)));
});

test("another program's database is refused and left as it is", async () => {
  using at = folder();
  const db = new DatabaseSync(at.path);
  db.exec('CREATE TABLE theirs (x)');
  db.close();
  const before = readFileSync(at.path);
  await assert.rejects(openSqliteBackend({ path: at.path }), refusal('STORE_FOREIGN', /store\.db/, /move/));
  assert.ok(before.equals(readFileSync(at.path)));
});

test('a file that is no database is refused and left as it is', async () => {
  using at = folder();
  writeFileSync(at.path, 'this is no database '.repeat(500));
  await assert.rejects(openSqliteBackend({ path: at.path }), refusal('STORE_CORRUPT', /not a database/, /backup.*\.recover/));
  assert.ok(readFileSync(at.path, 'utf8').startsWith('this is no database'));
});

test('damage is found at the start', async () => {
  using at = folder();
  await written(at.path, 300);
  const whole = readFileSync(at.path);
  for (const [what, broken] of [
    ['overwritten', Buffer.concat([whole.subarray(0, 40_960), Buffer.alloc(40_960, 0x5a), whole.subarray(81_920)])],
    ['cut off', whole.subarray(0, whole.length - 81_920)],
  ] as const) {
    writeFileSync(at.path, broken);
    await assert.rejects(
      openSqliteBackend({ path: at.path }),
      refusal('STORE_CORRUPT', /store\.db is damaged: /, /backup/),
      what,
    );
  }
});

test('damage that shows later ends the store: every call is refused, none waits for ever', async () => {
  using at = folder();
  await written(at.path, 3000);
  const failures: Error[] = [];
  const backend = await openSqliteBackend({ path: at.path, onFailure: (error) => failures.push(error) });
  const watch = backend.watch('/', 3002, new AbortController().signal)[Symbol.asyncIterator]().next();
  const file = openSync(at.path, 'r+');
  writeSync(file, Buffer.alloc(statSync(at.path).size - 8192, 0x5a), 0, undefined, 8192);
  closeSync(file);
  const damaged = refusal('STORE_CORRUPT', /store\.db is damaged: /, /backup/);
  const calls = [backend.list('/'), backend.list('/2'), backend.get('/77')];
  for (const result of await Promise.allSettled(calls)) if (result.status === 'rejected') damaged(result.reason);
  await assert.rejects(Promise.all(calls), damaged);
  await assert.rejects(watch, damaged);
  await assert.rejects(backend.create('/x', Buffer.from('x')), damaged);
  assert.equal(failures.length, 1);
  await backend.close();
});

test('a path that cannot be written is refused with the reason', async () => {
  using at = folder();
  writeFileSync(join(at.dir, 'file'), '');
  await assert.rejects(
    openSqliteBackend({ path: join(at.dir, 'file', 'store.db') }),
    refusal('STORE_UNREACHABLE', /file/, /check that/),
  );
});

test('when its thread dies, every pending call is refused and watches fail', async () => {
  using at = folder();
  let worker: Worker | undefined;
  const failures: Error[] = [];
  const backend = await openSqliteBackend({
    path: at.path,
    spawn: (data) => (worker = spawnRole('store', data)),
    onFailure: (error) => failures.push(error),
  });
  await backend.create('/a', Buffer.from('x'));
  const watch = backend.watch('/', 3, new AbortController().signal)[Symbol.asyncIterator]().next();
  const ended = worker!.terminate();
  const pending = [backend.create('/b', Buffer.from('x')), backend.get('/a'), backend.list('/'), backend.compact(2)];
  const crashed = refusal('STORE_CRASHED', /thread that serves .*store\.db ended/, /start the platform again/);
  for (const result of await Promise.allSettled([...pending, watch]))
    crashed(result.status === 'rejected' ? result.reason : result.value);
  await ended;
  assert.throws(() => crashed(failures[1]));
  crashed(failures[0]);
  await backend.close();
});

test('by itself it keeps the newest revisions and compacts the rest', async () => {
  using at = folder();
  const backend = await openSqliteBackend({
    path: at.path,
    compaction: { retainMs: 0, retainRevisions: 10, maxRevisions: 1000, intervalMs: 5 },
  });
  await fill(backend, 100);
  await eventually(() => assert.rejects(backend.list('/', { revision: 90 }), /has been compacted \(oldest is 91\)/));
  assert.equal((await backend.list('/', { revision: 91 })).items.length, 90);
  assert.equal((await backend.list('/')).items.length, 100);
  await backend.close();
});
