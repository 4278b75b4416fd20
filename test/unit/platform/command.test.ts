import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { runOpenshift } from '../../../lib/platform/command.ts';
import { freePort } from '../../support/free-port.ts';

const dir = mkdtempSync(join(tmpdir(), 'oo-command-'));
after(() => rmSync(dir, { recursive: true }));
const flags = ['--data-dir', dir, '--node-name', 'n', '--advertise-address', '127.0.0.1', '--log-level', 'silent'];
const etcd = ['--etcd', '--etcd-ca', '--etcd-cert', '--etcd-key'];
let printed = '';
const host = { signal: new AbortController().signal, write: (text: string) => void (printed += text) };

test('the version is told as a command too', async () => {
  printed = '';
  assert.equal(await runOpenshift(['version'], host), 0);
  assert.match(printed, /^openshift \d+\.\d+\.\d+\n$/);
});

test('a daemon that is asked to end while it starts ends', async () => {
  const listen = `127.0.0.1:${await freePort()}`;
  const ending = { ...host, signal: AbortSignal.abort() };
  assert.equal(await runOpenshift(['start', 'master', ...flags, '--listen', listen], ending), 0);
});

test('the help of a command tells of the flags that decide something for it, and no line is wider than a terminal', async () => {
  const flagsOf = async (...command: string[]): Promise<string[]> => {
    printed = '';
    await runOpenshift([...command, '--help'], host);
    for (const line of printed.split('\n')) assert.ok(line.length <= 80, line);
    return [...printed.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag!);
  };
  assert.deepEqual(await flagsOf('defrag'), ['--config', '--data-dir', ...etcd, '--help']);
  assert.deepEqual(await flagsOf('backup'), ['--with-keys', '--config', '--data-dir', ...etcd, '--help']);
  assert.deepEqual(await flagsOf('rotate', 'secrets-key'), ['--config', '--data-dir', '--help']);
  const machine = ['--node-name', '--advertise-address'];
  assert.deepEqual(await flagsOf('start', 'node'), [
    '--config',
    '--data-dir',
    ...machine,
    '--kubeconfig',
    '--log-level',
    '--help',
  ]);
});

test('a store that is not there is neither backed up nor made', async () => {
  const absent = ['--data-dir', join(dir, 'mistyped')];
  await assert.rejects(runOpenshift(['backup', join(dir, 'file'), ...absent], host), {
    code: 'STORE_ABSENT',
    message: /mistyped/,
  });
  await assert.rejects(runOpenshift(['defrag', ...absent], host), { code: 'STORE_ABSENT' });
  assert.deepEqual(readdirSync(dir).sort(), ['kubeconfig', 'pki', 'store']);
});

test('check says that this version can take over, also while the store is open', async () => {
  const held = new DatabaseSync(join(dir, 'store', 'store.db'));
  held.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  assert.equal(await runOpenshift(['check', ...flags], host), 0);
  held.close();
  assert.match(printed, /can run with this configuration/);
});

test('check refuses a store of a newer version, one of another program, and a setting that it does not know', async () => {
  const path = join(dir, 'store', 'store.db');
  const change = (sql: string): void => {
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
  };
  change('PRAGMA user_version = 99');
  await assert.rejects(runOpenshift(['check', ...flags], host), { code: 'STORE_NEWER', message: /99/ });
  change('PRAGMA user_version = 1; PRAGMA application_id = 7');
  await assert.rejects(runOpenshift(['check', ...flags], host), { code: 'STORE_FOREIGN' });
  const config = join(dir, 'config.yaml');
  writeFileSync(config, 'ofTomorrow: true\n');
  await assert.rejects(runOpenshift(['check', ...flags, '--config', config], host), {
    code: 'CONFIG_INVALID',
    message: /ofTomorrow/,
  });
});
