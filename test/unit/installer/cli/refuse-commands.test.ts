import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../../lib/common/assets.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** As somebody types it who has this home folder, and nobody's terminal. A server that is reached for refuses the connection. */
function run(...args: string[]) {
  const argv = ['--disable-warning=ExperimentalWarning', join(packageRoot(), 'bin', 'oo-install.ts'), ...args];
  return spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: folder, env: { ...process.env, HOME: folder } });
}

test('a mistyped command is told, and no server is touched', () => {
  for (const [typed, meant] of [
    ['chekc', 'check'],
    ['statsu', 'status'],
    ['uninstal', 'uninstall'],
    ['instal', 'install'],
    ['Satus', 'status'],
    ['log', 'logs'],
    ['hlep', 'help'],
  ] as const) {
    const { status, stdout, stderr } = run(typed, '127.0.0.1:1');
    assert.equal(status, 2, typed);
    assert.equal(stdout, '');
    assert.equal(run('127.0.0.1:1', typed).stderr, stderr, 'behind a server it is the same');
    assert.match(stderr, new RegExp(`^error: ${typed} is no command.*did you mean ${meant}\\?\\n.*oo-install install ${typed}`));
  }
});

test('what may well be a server is one', () => {
  for (const name of ['web', 'db', 'log1', 'host', 'node', 'start.example.com', 'root@check1', '127.0.0.1']) {
    const { stderr } = run(name, '-F', 'none', '--limit', 'nobody');
    assert.match(stderr, /LIMIT_MATCHES_NOTHING/, `${name}: ${stderr}`);
  }
});

test("so is a name that ssh's configuration or a cluster.yaml knows, and one behind install", () => {
  mkdirSync(join(folder, '.ssh'));
  writeFileSync(join(folder, '.ssh', 'config'), 'Host statsu\n  HostName 127.0.0.1\n');
  writeFileSync(join(folder, 'cluster.yaml'), 'hosts: [{ name: chekc, address: "127.0.0.1:1" }]\n');
  for (const args of [['statsu'], ['chekc'], ['-f', 'cluster.yaml', 'chekc'], ['install', 'uninstal']])
    assert.match(run(...args, '--limit', 'nobody').stderr, /LIMIT_MATCHES_NOTHING/, args.join(' '));
});

test('a command behind something else is one too', () => {
  assert.match(run('--verbose', 'status', 'web1').stderr, /status is a command, and stands behind something else/);
});
