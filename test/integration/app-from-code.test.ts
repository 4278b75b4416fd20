import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isWorkingCopy, makeWorkingCopy } from '../../lib/platform/apps/working-copy.ts';
import type { PlatformAccess } from '../../lib/platform/apps/platform-access.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { runCommand } from '../support/run-command.ts';

// The real git on both sides; nothing of it speaks to a platform.

const home = mkdtempSync(join(tmpdir(), 'oo-test-from-code-'));
const port = await freePort();
const daemon = spawn(
  '/usr/lib/git-core/git-daemon',
  ['--export-all', '--reuseaddr', `--base-path=${home}`, '--listen=127.0.0.1', `--port=${port}`],
  { stdio: 'ignore' },
);
after(() => {
  daemon.kill();
  rmSync(home, { recursive: true, force: true });
});
const git = (...args: string[]) =>
  runCommand(['git', '-c', 'user.name=Ann', '-c', 'user.email=ann@git.example', ...args], { cwd: home });
const access = {
  kubeconfig: {
    server: 'https://192.0.2.7:8443',
    caPem: 'authority\n',
    user: 'u',
    cluster: 'c',
    context: 'web/c/u',
    token: 'sesame',
  },
  path: join(home, "dev's.kubeconfig"),
  namespace: 'web',
} as unknown as PlatformAccess;
const origin = 'https://192.0.2.7:8443/git/web/shop.git';
const { signal } = new AbortController();

test('a repository elsewhere becomes a working copy, with the platform as its origin; a failure leaves nothing', async () => {
  await git('init', '--quiet', '--initial-branch=trunk', 'theirs');
  writeFileSync(join(home, 'theirs', 'index.html'), 'theirs\n');
  await git('-C', 'theirs', 'add', '.');
  await git('-C', 'theirs', 'commit', '--quiet', '--message=Begin');
  const fromCode = `git://127.0.0.1:${port}/theirs`;
  await eventually(() => git('ls-remote', fromCode));
  const work = join(home, 'work');
  mkdirSync(work);
  const request = { folder: join(work, 'shop'), type: 'static' as const, origin, fromCode };

  const absent = { ...request, fromCode: `git://127.0.0.1:${port}/absent` };
  await assert.rejects(makeWorkingCopy(absent, access, signal), { code: 'APP_GIT_FAILED' });
  assert.deepEqual(readdirSync(work), []);

  assert.equal(await isWorkingCopy(request, signal), false);
  await makeWorkingCopy(request, access, signal);
  assert.deepEqual(readdirSync(work), ['shop']);
  assert.ok(existsSync(join(request.folder, 'index.html')));
  const said = async (...args: string[]) => (await git('-C', request.folder, ...args)).stdout.trim();
  assert.equal(await said('remote', 'get-url', 'origin'), origin);
  assert.equal(await said('remote', 'get-url', 'upstream'), fromCode);
  assert.equal(await said('branch', '--show-current'), 'trunk');
  const helpers = await said('config', '--get-all', 'credential.https://192.0.2.7:8443.helper');
  assert.ok(
    helpers.endsWith(`'app' 'git-credential' '--kubeconfig' '${home}/dev'\\''s.kubeconfig' '--context' 'web/c/u'`),
    helpers,
  );
  assert.equal(await isWorkingCopy(request, signal), true);
  await assert.rejects(isWorkingCopy({ ...request, origin: origin.replace('shop', 'other') }, signal), {
    code: 'APP_FOLDER_TAKEN',
  });
});
