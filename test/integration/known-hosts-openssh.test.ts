import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseHostKey } from '../../lib/installer/transport/ssh/host-key.ts';
import { addKnownHost } from '../../lib/installer/transport/ssh/known-hosts-writer.ts';
import { findKnownHosts } from '../../lib/installer/transport/ssh/known-hosts.ts';
import { configFiles, type ConfigFiles } from '../support/config-files.ts';
import { runCommand } from '../support/run-command.ts';
import { testHostKey } from '../support/ssh-keys.ts';

const key = testHostKey();
const names = [
  'web',
  'WEB',
  'db',
  'a.example.com',
  'b.example.com',
  '[web]:2222',
  '[10.0.0.7]:22',
  '10.0.0.7',
  '::1',
  '[::1]:2222',
];

/** The lines that ssh-keygen -F finds for a name. */
async function sshFinds(files: ConfigFiles, name: string): Promise<number[]> {
  const { stdout } = await runCommand(['ssh-keygen', '-F', name, '-f', files.path('known_hosts')], { anyCode: true });
  return [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map(([, line]) => Number(line));
}

async function weFind(files: ConfigFiles, name: string): Promise<number[]> {
  const { plain, authorities, revoked } = await findKnownHosts(name, [files.path('known_hosts')]);
  return [...plain, ...authorities, ...revoked].map(({ line }) => line).sort((a, b) => a - b);
}

test('the same lines are found as by ssh-keygen -F, plain and after ssh-keygen -H', async () => {
  const hosts = ['web', 'web,db', '*.example.com,!b.example.com', '[web]:2222', '10.0.0.?', '::1', '[::1]:2222', 'WEB', '!web,*'];
  const marked = [`@revoked web`, '@cert-authority *.example.com'];
  await using files = await configFiles({
    known_hosts: [...hosts, ...marked].map((word) => `${word} ${key.type} ${key.base64} comment\n`).join(''),
  });
  for (const name of names) assert.deepEqual(await weFind(files, name), await sshFinds(files, name), name);
  await runCommand(['ssh-keygen', '-H', '-f', files.path('known_hosts')]);
  assert.match(await readFile(files.path('known_hosts'), 'utf8'), /^\|1\|/);
  // ssh(1) looks up names in lower case; ssh-keygen -F takes a hashed one as it is.
  for (const name of names.filter((other) => other === other.toLowerCase())) {
    assert.deepEqual(await weFind(files, name), await sshFinds(files, name), `${name}, hashed`);
  }
});

test('what is recorded here, ssh-keygen finds, prints with the same fingerprint, and removes', async () => {
  for (const hash of [false, true]) {
    await using files = await configFiles();
    const file = files.path('known_hosts');
    for (const name of ['web', '[web]:2222']) await addKnownHost(file, name, parseHostKey(key.blob)!, { hash });
    assert.deepEqual(await sshFinds(files, 'web'), [1]);
    assert.deepEqual(await sshFinds(files, '[web]:2222'), [2]);
    assert.ok((await runCommand(['ssh-keygen', '-lf', file])).stdout.includes(parseHostKey(key.blob)!.fingerprint));
    await runCommand(['ssh-keygen', '-R', '[web]:2222', '-f', file]);
    assert.deepEqual([await weFind(files, 'web'), await weFind(files, '[web]:2222')], [[1], []]);
  }
});
