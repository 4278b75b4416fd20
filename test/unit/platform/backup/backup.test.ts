import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { OoError } from '../../../../lib/common/errors.ts';
import { readBackupFile, writeBackupFile } from '../../../../lib/platform/backup/backup-file.ts';
import { backupLines, LineWriter } from '../../../../lib/platform/backup/backup-lines.ts';
import { judgeDataFolder, restoreBackup } from '../../../../lib/platform/backup/restore-backup.ts';
import { takeBackup } from '../../../../lib/platform/backup/take-backup.ts';
import { resolveConfig } from '../../../../lib/platform/config/load-config.ts';
import type { PlatformConfig } from '../../../../lib/platform/config/platform-config.ts';
import { type Backend, CompactedError } from '../../../../lib/platform/storage/backend.ts';
import { encryptedBackend } from '../../../../lib/platform/storage/encryption/encrypted-backend.ts';
import { ValueCipher } from '../../../../lib/platform/storage/encryption/value-cipher.ts';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';
import { openSqliteBackend } from '../../../../lib/platform/storage/sqlite/sqlite-backend.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-'));
});
after(() => rm(folder, { recursive: true }));

let made = 0;
const fresh = (name: string): string => join(folder, `${made++}-${name}`);
const about = { platform: '1.2.3', taken: '2026-01-02T03:04:05Z' };

function configOf(dataDir: string, more: object = {}): PlatformConfig {
  return resolveConfig('test', { dataDir, ...more }, { hostname: 'h', defaultAddress: '192.0.2.1', addresses: [] });
}

async function filled(entries: readonly (readonly [string, Uint8Array])[]): Promise<Backend> {
  const backend = createMemoryBackend();
  for (const [key, value] of entries) assert.ok((await backend.create(key, value)).ok);
  return backend;
}

async function refusal(attempt: Promise<unknown>): Promise<OoError> {
  const error = await attempt.then(
    () => assert.fail('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof OoError, String(error));
  return error;
}

const samples: readonly (readonly [string, Uint8Array])[] = [
  ['/a', Buffer.from('{"plain":"text"}')],
  ['/a/empty', Buffer.alloc(0)],
  ['/b/bytes', randomBytes(70_000)],
  ['/é/\u{1f600}', Buffer.from('"\\n\u2028 and \u{1f600}"')],
  ['/\u{10ffff}', Buffer.from([0xff, 0xfe])],
];

async function sampleBackup(): Promise<string> {
  const file = fresh('sample');
  await writeBackupFile(file, backupLines(await filled(samples), about));
  return file;
}

async function contents(dataDir: string): Promise<[string, string][]> {
  const backend = await openSqliteBackend({ path: join(dataDir, 'store', 'store.db') });
  const { items } = await backend.list('');
  await backend.close();
  return items.map(({ key, value }) => [key, Buffer.from(value).toString('base64')]);
}

test('what was backed up is what is restored, byte for byte; revisions go on far behind, and the past is gone', async () => {
  const file = await sampleBackup();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const dataDir = fresh('data');
  const report = await restoreBackup({ config: configOf(dataDir), file, etcdTls: {} });
  assert.equal(report.keys, samples.length);
  assert.deepEqual(
    await contents(dataDir),
    samples
      .map(([key, value]) => [key, Buffer.from(value).toString('base64')])
      .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a!), Buffer.from(b!))),
  );
  assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  assert.equal(statSync(join(dataDir, 'store', 'store.db')).mode & 0o777, 0o600);
  const backend = await openSqliteBackend({ path: join(dataDir, 'store', 'store.db') });
  assert.ok((await backend.currentRevision()) > 1_000_000_000);
  await assert.rejects(backend.watch('/', 6, new AbortController().signal)[Symbol.asyncIterator]().next(), CompactedError);
  const { item } = await backend.get('/a');
  assert.ok((await backend.update('/a', Buffer.from('new'), item!.revision)).ok);
  await backend.close();
});

test('a backup is one moment, whatever is written meanwhile', async () => {
  const backend = await filled(Array.from({ length: 2_000 }, (_, i) => [`/k/${String(i).padStart(4, '0')}`, Buffer.from('old')]));
  const file = fresh('moment');
  const moving = (async function* () {
    let lines = 0;
    for await (const line of backupLines(backend, about)) {
      yield line;
      // Behind the first page everything changes.
      if (lines++ !== 1) continue;
      const { items } = await backend.list('/k/');
      for (const { key, revision } of items) await backend.update(key, Buffer.from('new'), revision);
      await backend.create('/k/late', Buffer.from('new'));
    }
  })();
  await writeBackupFile(file, moving);
  const values = new Set<string>();
  let keys = 0;
  for await (const entry of readBackupFile(file)) if (entry.kind === 'key' && keys++ >= 0) values.add(entry.value.toString());
  assert.deepEqual([keys, [...values]], [2_000, ['old']]);
});

test('every damage is found before anything is written', async () => {
  const whole = await readFile(await sampleBackup());
  const dataDir = fresh('data');
  const damaged = fresh('damaged');
  const attempts: Buffer[] = [];
  for (let i = 0; i < whole.length; i += Math.ceil(whole.length / 60)) {
    const flipped = Buffer.from(whole);
    flipped[i]! ^= 0x10;
    attempts.push(flipped, whole.subarray(0, i));
  }
  attempts.push(
    Buffer.concat([whole, zstdCompressSync('{"key":"/z","text":""}\n')]),
    Buffer.from('no zstd'),
    zstdCompressSync('{}\n'),
  );
  // Changed inside and compressed anew.
  const text = zstdDecompressSync(whole).toString();
  for (const [from, to] of [
    ['plain', 'other'],
    ['"/a/empty"', '"/a/fuller"'],
    ['"keys":5', '"keys":4'],
  ] as const)
    attempts.push(zstdCompressSync(text.replace(from, to)));
  attempts.push(zstdCompressSync(text.split('\n').toSpliced(2, 1).join('\n')));
  for (const [i, attempt] of attempts.entries()) {
    await writeFile(damaged, attempt);
    const { code } = await refusal(restoreBackup({ config: configOf(dataDir), file: damaged, etcdTls: {} }));
    assert.equal(code, 'BACKUP_DAMAGED', `attempt ${i}`);
    assert.ok(!existsSync(dataDir), `attempt ${i} left something`);
  }
});

test('a newer format is named; files that would lie elsewhere are refused', async () => {
  const newer = fresh('newer');
  const lines = new LineWriter();
  await writeBackupFile(
    newer,
    (async function* () {
      yield lines.head({ format: 'openshift-backup', version: 2, revision: 1, ...about });
      yield lines.end();
    })(),
  );
  const { code, message } = await refusal(restoreBackup({ config: configOf(fresh('data')), file: newer, etcdTls: {} }));
  assert.equal(code, 'BACKUP_NEWER');
  assert.match(message, /format 2/);
  for (const name of ['../evil', 'pki/../../evil', '/etc/passwd', 'store/store.db', 'pki/./a', 'pki/']) {
    const file = fresh('evil');
    const writer = new LineWriter();
    await writeBackupFile(
      file,
      (async function* () {
        yield writer.head({ format: 'openshift-backup', version: 1, revision: 1, ...about });
        yield writer.file(name, Buffer.from('x'));
        yield writer.end();
      })(),
    );
    const dataDir = fresh('data');
    assert.equal((await refusal(restoreBackup({ config: configOf(dataDir), file, etcdTls: {} }))).code, 'BACKUP_DAMAGED', name);
    assert.ok(!existsSync(dataDir));
  }
});

test('a source that fails leaves no file; a file that is there stays', async () => {
  const file = fresh('cut');
  const cut = (async function* () {
    yield Buffer.from('half');
    throw new Error('the connection broke');
  })();
  const { code, message } = await refusal(writeBackupFile(file, cut));
  assert.deepEqual([code, message], ['BACKUP_CUT_OFF', 'the platform did not send its whole store: the connection broke']);
  await writeFile(file, 'mine');
  assert.equal((await refusal(writeBackupFile(file, backupLines(await filled(samples), about)))).code, 'BACKUP_EXISTS');
  assert.equal(await readFile(file, 'utf8'), 'mine');
  assert.equal(
    (await refusal(writeBackupFile(join(folder, 'no', 'where'), backupLines(await filled([]), about)))).code,
    'BACKUP_UNWRITABLE',
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('a folder that is not empty is refused; what a restore was cut off in is begun anew, and not started on', async () => {
  const file = await sampleBackup();
  const taken = fresh('data');
  await mkdir(taken);
  await writeFile(join(taken, 'mine'), '');
  assert.equal((await refusal(restoreBackup({ config: configOf(taken), file, etcdTls: {} }))).code, 'RESTORE_NOT_EMPTY');
  assert.deepEqual(readdirSync(taken), ['mine']);
  await judgeDataFolder(taken);

  const cut = fresh('data');
  await mkdir(join(cut, 'store'), { recursive: true });
  await writeFile(join(cut, 'store', 'store.db.restoring'), 'half');
  await writeFile(join(cut, 'restore-unfinished'), '');
  assert.equal((await refusal(judgeDataFolder(cut))).code, 'RESTORE_UNFINISHED');
  await restoreBackup({ config: configOf(cut), file, etcdTls: {} });
  await judgeDataFolder(cut);
  assert.deepEqual(readdirSync(cut), ['store']);
  assert.equal((await contents(cut)).length, samples.length);
});

test('keys go along when they are asked for; encrypted values stay so, and their keys are named', async () => {
  const source = fresh('source');
  await mkdir(join(source, 'pki', 'front-proxy'), { recursive: true });
  await writeFile(join(source, 'pki', 'ca.key'), 'the key');
  await writeFile(join(source, 'pki', 'front-proxy', 'ca.crt'), 'a certificate');
  const secretsKeyFile = join(source, 'secrets.key');
  const key = randomBytes(32);
  await writeFile(secretsKeyFile, `k1 ${key.toString('base64')}\n`);
  const stored = createMemoryBackend();
  await encryptedBackend(stored, ['/secret'], new ValueCipher([{ name: 'k1', key }])).create('/secret', Buffer.from('hush'));
  const options = { config: configOf(source, { secretsKeyFile }), openStore: async () => stored, platform: '1' };
  const bare = fresh('bare');
  const kept = createMemoryBackend();
  for (const { key: name, value } of (await stored.list('')).items) await kept.create(name, value);
  const report = await takeBackup({ ...options, openStore: async () => kept, file: bare, withKeys: false });
  assert.deepEqual([report.files, report.secretsKeys], [0, ['k1']]);
  assert.ok(!zstdDecompressSync(await readFile(bare)).includes('hush'));

  const missing = await refusal(restoreBackup({ config: configOf(fresh('data')), file: bare, etcdTls: {} }));
  assert.equal(missing.code, 'RESTORE_KEYS_MISSING');
  assert.match(missing.message, /encrypted under k1/);
  await restoreBackup({ config: configOf(fresh('data'), { secretsKeyFile }), file: bare, etcdTls: {} });

  const full = fresh('full');
  assert.equal((await takeBackup({ ...options, file: full, withKeys: true })).files, 3);
  const target = fresh('data');
  const elsewhere = join(folder, `${made++}`, 'secrets.key');
  await restoreBackup({ config: configOf(target, { secretsKeyFile: elsewhere }), file: full, etcdTls: {} });
  assert.equal(await readFile(join(target, 'pki', 'ca.key'), 'utf8'), 'the key');
  assert.equal(await readFile(join(target, 'pki', 'front-proxy', 'ca.crt'), 'utf8'), 'a certificate');
  assert.equal(await readFile(elsewhere, 'utf8'), await readFile(secretsKeyFile, 'utf8'));
  for (const path of [join(target, 'pki', 'ca.key'), elsewhere]) assert.equal(statSync(path).mode & 0o777, 0o600);
});
