import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { packageRoot } from '../../lib/common/assets.ts';
import { writeBackupFile } from '../../lib/platform/backup/backup-file.ts';
import { backupLines } from '../../lib/platform/backup/backup-lines.ts';
import { type Backend, CompactedError } from '../../lib/platform/storage/backend.ts';
import { openEtcdBackend } from '../../lib/platform/storage/etcd/etcd-backend.ts';
import { createMemoryBackend } from '../../lib/platform/storage/memory/memory-backend.ts';
import { openSqliteBackend } from '../../lib/platform/storage/sqlite/sqlite-backend.ts';
import { apiCaller } from '../support/api-caller.ts';
import { startEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { writeLoad } from '../support/load.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { runCommand } from '../support/run-command.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oo-backup-'));
});
after(() => rm(folder, { recursive: true }));

const openshift = (...args: string[]): string[] => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(packageRoot(), 'bin', 'openshift.ts'),
  ...args,
];

/** The commands of docs/backup.md, in their order, with files in this test's folder. */
const documented = [...readFileSync(join(packageRoot(), 'docs', 'backup.md'), 'utf8').matchAll(/^openshift (.+)$/gm)].map(
  (match) => match[1]!.replace('/var/backups', folder ?? '/var/backups').split(' '),
);

async function configFile(name: string, config: object): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** Runs a command of the documentation against a platform. */
async function run(platform: TestPlatform, command: readonly string[], more: object = {}): Promise<string> {
  const config = await configFile('running.yaml', { ...platform.config, ...more });
  const args = command.map((arg) => arg.replace('/var/backups', folder));
  return (await runCommand(openshift(...args, '--config', config), { timeout: 60_000 })).stdout;
}

/** A backup of so many objects, and what it holds. */
async function largeBackup(objects: number): Promise<string> {
  const file = join(folder, `large-${objects}`);
  if (existsSync(file)) return file;
  const backend = createMemoryBackend();
  const value = Buffer.alloc(1_000, 'x');
  for (let i = 0; i < objects; i++) await backend.create(`/registry/things/${String(i).padStart(6, '0')}`, value);
  await writeBackupFile(file, backupLines(backend, { platform: '0', taken: new Date().toISOString() }));
  return file;
}

/** Runs a command and kills it when `due` resolves; whether it was through before. */
async function runAndKill(args: readonly string[], due: () => Promise<unknown>): Promise<boolean> {
  const [program, ...rest] = openshift(...args);
  const child = spawn(program!, rest, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await Promise.race([ended, due()]);
  child.kill('SIGKILL');
  const [code] = (await ended) as [number | null];
  return code === 0;
}

async function keysOf(backend: Backend): Promise<number> {
  return await backend
    .list('/registry/things/')
    .then(({ items }) => items.length)
    .finally(() => backend.close());
}

test('a platform is backed up while it is written to, lost, and restored with its keys: the same one for its clients', async () => {
  const [bare, withKeys, restore, , defrag] = documented as [string[], string[], string[], string[], string[]];
  await using platform = await startPlatform({ parts: 'master' });
  const { kubectl } = platform;
  await kubectl(['create', 'secret', 'generic', 'hush', '--from-literal=a=b']);
  const load = writeLoad(await apiCaller(platform.kubeconfigPath), 'default');
  assert.match(await run(platform, bare), /\d+ keys as they were at revision \d+, \d+ bytes\nwithout the keys/);
  const acknowledged = load.results.length;
  assert.match(await run(platform, withKeys), /whoever has it can act as anybody here/);
  const sent = load.results.slice(0, acknowledged);
  assert.match(await run(platform, defrag), /store\.db: \d+ bytes before, \d+ after/);
  await load.stop();
  const { resourceVersion } = (await kubectl.json('get', 'secret', 'hush')).metadata;
  await platform.kill('SIGKILL');

  await assert.rejects(run(platform, restore), /is not empty/);
  await rm(platform.dataDir, { recursive: true });
  assert.match(await run(platform, restore), /restored \d+ keys as they were on .*, with \d+ files of keys/);
  await platform.start();
  await kubectl(['get', 'secret', 'hush']);
  const names = new Set((await kubectl.text('get', 'configmaps', '-o', 'name')).split('\n'));
  for (const name of sent) assert.ok(names.has(`configmap/${name}`), `${name} was acknowledged before the backup and is gone`);
  const old = await kubectl.text('get', '--raw', `/api/v1/namespaces/default/secrets?watch=1&resourceVersion=${resourceVersion}`);
  assert.match(old, /too old resource version.*"code":410/);
});

test('a backup that is killed leaves no file of that name, and the platform serves', async () => {
  await using platform = await startPlatform({ parts: 'master' });
  const config = await configFile('killed.yaml', platform.config);
  const target = join(folder, 'killed.backup');
  for (let ms = 100; ms < 2_500; ms += 300) {
    const through = await runAndKill(['backup', target, '--config', config], () => delay(ms));
    // Killed between its last step and its end it may be whole already; half it never is.
    if (!through && existsSync(target)) await runCommand(openshift('restore', target, '--data-dir', join(folder, `from-${ms}`)));
    await rm(target, { force: true });
  }
  await platform.kubectl(['create', 'namespace', 'after']);
});

test('a restore that is killed is told of, not started on, and begun anew', async () => {
  const file = await largeBackup(10_000);
  let cut = 0;
  // At three moments; and again, should the look come late each time and the restore be through.
  for (let ms = 0; ms < 300 || (cut === 0 && ms < 1_300); ms += 100) {
    const dataDir = join(folder, `killed-${ms}`);
    const restore = ['restore', file, '--data-dir', dataDir];
    const isMarked = (): boolean => existsSync(join(dataDir, 'restore-unfinished'));
    await runAndKill(restore, async () => {
      await eventually(isMarked, { timeout: 20_000 });
      await delay(ms < 300 ? ms : 0);
    });
    if (isMarked()) {
      cut++;
      const judged = await runCommand(openshift('start', 'master', '--data-dir', dataDir), { anyCode: true });
      assert.match(judged.stderr, /a restore into .* was cut off\n  run "openshift restore" again/);
      assert.ok(!existsSync(join(dataDir, 'pki')), 'a platform has begun on it');
      await runCommand(openshift(...restore));
    }
    assert.equal(await keysOf(await openSqliteBackend({ path: join(dataDir, 'store', 'store.db') })), 10_000);
    await rm(dataDir, { recursive: true });
  }
  assert.ok(cut > 0, 'no restore was killed in the middle');
});

test('a restore into an etcd: refused where something is, begun anew after a kill, and back into a file', async () => {
  await using etcd = await startEtcd();
  const endpoints = etcd.endpoints.join();
  const file = await largeBackup(10_000);
  const into = ['restore', file, '--etcd', endpoints, '--data-dir', join(folder, 'unused')];
  const check = () =>
    runCommand(openshift('check', '--etcd', endpoints, '--data-dir', join(folder, 'unused')), { anyCode: true });
  const watching = await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/openshift' });
  await runAndKill(into, () =>
    eventually(async () => (await watching.list('/registry/', { limit: 1 })).remaining > 100, { timeout: 30_000 }),
  );
  await watching.close();
  assert.match((await check()).stderr, /holds a restore that was cut off/);
  const { stdout } = await runCommand(openshift(...into), { timeout: 120_000 });
  const newest = Number(/^restored 10000 keys .* go on from (\d+)$/m.exec(stdout)![1]);
  assert.equal((await check()).code, 0);
  assert.match((await runCommand(openshift(...into), { anyCode: true })).stderr, /\/openshift in this etcd is not empty/);

  const backend = await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/openshift' });
  const revision = await backend.currentRevision();
  assert.ok(revision > 1_000_000_000, String(revision));
  for (const past of [10_001, newest - 1])
    await assert.rejects(backend.watch('/', past, new AbortController().signal)[Symbol.asyncIterator]().next(), CompactedError);
  const { item } = await backend.get('/registry/things/000007');
  const updated = await backend.update(item!.key, Buffer.from('new'), item!.revision);
  assert.ok(updated.ok && updated.revision === revision + 1);
  for await (const batch of backend.watch('/', revision + 1, new AbortController().signal)) {
    assert.deepEqual(
      batch.events.map(({ key, previous }) => [key, previous?.revision]),
      [[item!.key, item!.revision]],
    );
    break;
  }
  await backend.close();

  const back = join(folder, 'from-etcd');
  await runCommand(openshift('backup', back, '--etcd', endpoints, '--data-dir', join(folder, 'unused')));
  const dataDir = join(folder, 'from-etcd-data');
  await runCommand(openshift('restore', back, '--data-dir', dataDir));
  assert.equal(await keysOf(await openSqliteBackend({ path: join(dataDir, 'store', 'store.db') })), 10_000);
});

test('the room of 100,000 objects that were deleted goes back to the disk', async () => {
  const path = join(folder, 'defrag', 'store.db');
  const backend = await openSqliteBackend({ path, compaction: { intervalMs: 0 } });
  const value = Buffer.alloc(1_000, 'x');
  const revisions: number[] = [];
  for (let from = 0; from < 100_000; from += 2_000) {
    const results = await Promise.all(Array.from({ length: 2_000 }, (_, i) => backend.create(`/k/${from + i}`, value)));
    for (const result of results) revisions.push(result.ok ? result.revision : assert.fail());
  }
  const full = statSync(path).size;
  for (let from = 0; from < 100_000; from += 2_000)
    await Promise.all(revisions.slice(from, from + 2_000).map((revision, i) => backend.delete(`/k/${from + i}`, revision)));
  await backend.compact(await backend.currentRevision());
  const [done] = await backend.defragment();
  await backend.close();
  assert.ok(full > 100_000_000 && done!.after < 1_000_000, JSON.stringify(done));
  assert.ok(statSync(path).size < 1_000_000);
});
