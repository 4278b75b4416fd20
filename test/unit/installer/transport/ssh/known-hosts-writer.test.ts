import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir, readFile, stat, symlink, utimes } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseHostKey } from '../../../../../lib/installer/transport/ssh/host-key.ts';
import { addKnownHost } from '../../../../../lib/installer/transport/ssh/known-hosts-writer.ts';
import { findKnownHosts, standingOf } from '../../../../../lib/installer/transport/ssh/known-hosts.ts';
import { configFiles } from '../../../../support/config-files.ts';
import { testHostKey } from '../../../../support/ssh-keys.ts';

const shown = testHostKey();
const key = parseHostKey(shown.blob)!;

test('a new file and its folder are for their owner alone, and the key is found again', async () => {
  await using files = await configFiles();
  const file = files.path('new/known_hosts');
  await addKnownHost(file, 'web', key, { hash: false });
  assert.equal(await readFile(file, 'utf8'), `web ssh-ed25519 ${shown.base64}\n`);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await stat(files.path('new'))).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(files.path('new')), ['known_hosts']);
});

test('a hashed name is not readable, has a salt of its own each time, and is found', async () => {
  await using files = await configFiles();
  for (const name of ['one', 'two']) await addKnownHost(files.path(name), '[Web]:2222', key, { hash: true });
  const [one, two] = [await readFile(files.path('one'), 'utf8'), await readFile(files.path('two'), 'utf8')];
  assert.match(one, /^\|1\|[A-Za-z0-9+/]{27}=\|[A-Za-z0-9+/]{27}= ssh-ed25519 /);
  assert.notEqual(one, two);
  assert.equal(standingOf(key, await findKnownHosts('[web]:2222', [files.path('one')])).state, 'known');
});

test('what stands in a file stays: a last line without an end, the mode, a link', async () => {
  await using files = await configFiles({ target: 'db ssh-ed25519 AAAA' });
  await chmod(files.path('target'), 0o644);
  await symlink('target', files.path('known_hosts'));
  await addKnownHost(files.path('known_hosts'), 'web', key, { hash: false });
  assert.equal(await readFile(files.path('target'), 'utf8'), `db ssh-ed25519 AAAA\nweb ssh-ed25519 ${shown.base64}\n`);
  assert.equal((await stat(files.path('target'))).mode & 0o777, 0o644);
});

test('nothing is added twice, from one process or from several at the same time', async () => {
  await using files = await configFiles();
  const file = files.path('known_hosts');
  const script = `
    import { addKnownHost } from ${JSON.stringify(fileURLToPath(new URL('../../../../../lib/installer/transport/ssh/known-hosts-writer.ts', import.meta.url)))};
    import { parseHostKey } from ${JSON.stringify(fileURLToPath(new URL('../../../../../lib/installer/transport/ssh/host-key.ts', import.meta.url)))};
    const key = parseHostKey(Buffer.from(process.argv[1], 'base64'));
    for (let n = 0; n < 10; n++) await addKnownHost(process.argv[2], 'web' + n, key, { hash: true });`;
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ['--input-type=module-typescript', '-e', script, shown.base64, file], { stdio: 'inherit' }),
  );
  const own = Promise.all(Array.from({ length: 10 }, (_, n) => addKnownHost(file, `web${n}`, key, { hash: n % 2 === 0 })));
  for (const [code] of await Promise.all(children.map((child) => once(child, 'close')))) assert.equal(code, 0);
  await own;
  for (let n = 0; n < 10; n++) assert.equal((await findKnownHosts(`web${n}`, [file])).plain.length, 1, `web${n}`);
  assert.deepEqual(await readdir(files.folder), ['known_hosts']);
});

test('the lock of a process that ended is taken away', async () => {
  await using files = await configFiles({ 'known_hosts.oo-install': '' });
  await utimes(files.path('known_hosts.oo-install'), 1, 1);
  await addKnownHost(files.path('known_hosts'), 'web', key, { hash: false });
  assert.deepEqual(await readdir(files.folder), ['known_hosts']);
});
