import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../../../../lib/common/assets.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** As somebody types it who has this home folder, and nobody's terminal. A server that is reached for refuses the connection. */
async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const argv = ['--disable-warning=ExperimentalWarning', join(packageRoot(), 'bin', 'oo-install.ts'), ...args];
  const running = promisify(execFile)(process.execPath, argv, { cwd: folder, env: { ...process.env, HOME: folder } });
  return running.then(
    (ended) => ({ status: 0, ...ended }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ status: code, stdout, stderr }),
  );
}

/** Runs one case after another within a lane, and the lanes side by side: a start waits for the disk as often as for a processor. */
const sideBySide = <T>(cases: readonly T[], check: (one: T) => Promise<void>) =>
  Promise.all(
    Array.from({ length: 3 }, async (_, lane) => {
      for (let index = lane; index < cases.length; index += 3) await check(cases[index]!);
    }),
  );

test('a mistyped command is told, and no server is touched', async () => {
  const cases = [
    ['chekc', 'check'],
    ['statsu', 'status'],
    ['uninstal', 'uninstall'],
    ['instal', 'install'],
    ['Satus', 'status'],
    ['log', 'logs'],
    ['hlep', 'help'],
  ] as const;
  await sideBySide(cases, async ([typed, meant]) => {
    const { status, stdout, stderr } = await run(typed, '127.0.0.1:1');
    assert.equal(status, 2, typed);
    assert.equal(stdout, '');
    assert.equal((await run('127.0.0.1:1', typed)).stderr, stderr, 'behind a server it is the same');
    assert.match(stderr, new RegExp(`^error: ${typed} is no command.*did you mean ${meant}\\?\\n.*oo-install install ${typed}`));
  });
});

test('what may well be a server is one', async () => {
  const names = ['web', 'db', 'log1', 'host', 'node', 'start.example.com', 'root@check1', '127.0.0.1'];
  await sideBySide(names, async (name) => {
    const { stderr } = await run(name, '-F', 'none', '--limit', 'nobody');
    assert.match(stderr, /LIMIT_MATCHES_NOTHING/, `${name}: ${stderr}`);
  });
});

test("so is a name that ssh's configuration or a cluster.yaml knows, and one behind install", async () => {
  mkdirSync(join(folder, '.ssh'));
  writeFileSync(join(folder, '.ssh', 'config'), 'Host statsu\n  HostName 127.0.0.1\n');
  writeFileSync(join(folder, 'cluster.yaml'), 'hosts: [{ name: chekc, address: "127.0.0.1:1" }]\n');
  await sideBySide([['statsu'], ['chekc'], ['-f', 'cluster.yaml', 'chekc'], ['install', 'uninstal']], async (args) => {
    assert.match((await run(...args, '--limit', 'nobody')).stderr, /LIMIT_MATCHES_NOTHING/, args.join(' '));
  });
});

test('a command behind something else is one too', async () => {
  assert.match((await run('--verbose', 'status', 'web1')).stderr, /status is a command, and stands behind something else/);
});
