import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cloneSource } from '../../../../../../lib/platform/builds/engine/source/git-clone.ts';
import { resolveUrl } from '../../../../../../lib/platform/builds/engine/source/git-submodules.ts';
import { eventually } from '../../../../../support/eventually.ts';
import { freePort } from '../../../../../support/free-port.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-submodules-'));
let base: string;
let daemon: ReturnType<typeof spawn>;

const git = (where: string, ...args: string[]): string =>
  execFileSync('git', ['-C', where, '-c', 'user.name=Ana', '-c', 'user.email=ana@example.com', ...args], { encoding: 'utf8' });

/** A served repository of these files; a module is a path with the repository that `.gitmodules` names for it, and that it is. */
function serve(
  name: string,
  files: Readonly<Record<string, string>>,
  modules: Readonly<Record<string, [url: string, is?: string]>> = {},
): void {
  const work = join(folder, name);
  mkdirSync(work);
  git(work, 'init', '-q', '-b', 'main');
  for (const [path, text] of Object.entries(files)) writeFileSync(join(work, path), text);
  for (const [path, [url, is]] of Object.entries(modules)) {
    git(work, 'config', '--file', '.gitmodules', `submodule.${path}.path`, path);
    git(work, 'config', '--file', '.gitmodules', `submodule.${path}.url`, url);
    if (is === undefined) continue;
    const commit = git(join(folder, is), 'rev-parse', 'HEAD').trim();
    git(work, 'update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
  }
  git(work, 'add', ...Object.keys(files), ...(Object.keys(modules).length > 0 ? ['.gitmodules'] : []));
  git(work, 'commit', '-qm', name);
}

before(async () => {
  serve('leaf', { 'leaf.txt': 'leaf\n' });
  serve('lib', { 'lib.txt': 'lib\n' }, { nested: ['../leaf', 'leaf'] });
  serve('app', { 'app.txt': 'app\n' }, { 'vendor/lib': ['../lib', 'lib'], gone: ['../nowhere'] });
  serve('helper', { a: '' }, { lib: ['ext::sh -c touch% /tmp/oo-submodule', 'lib'] });
  serve('outside', { a: '' }, { lib: ['file:///etc', 'lib'] });
  serve('missing', { a: '' }, { lib: ['../nowhere', 'lib'] });
  const port = await freePort();
  const options = ['--export-all', '--reuseaddr', `--base-path=${folder}`, '--listen=127.0.0.1', `--port=${port}`];
  daemon = spawn('/usr/lib/git-core/git-daemon', options, { stdio: 'ignore' });
  base = `git://127.0.0.1:${port}`;
  await eventually(() => git(folder, 'ls-remote', `${base}/app`) !== '');
});
after(() => {
  daemon?.kill();
  rmSync(folder, { recursive: true });
});

test('submodules are fetched at their commits, those of submodules too', async () => {
  writeFileSync(join(folder, 'lib', 'lib.txt'), 'later\n');
  git(join(folder, 'lib'), 'commit', '-qam', 'Later');
  const target = join(folder, 'fetched');
  const { message } = await cloneSource({ uri: `${base}/app` }, target, new AbortController().signal);
  assert.equal(message, 'app');
  assert.equal(readFileSync(join(target, 'vendor/lib/lib.txt'), 'utf8'), 'lib\n');
  assert.equal(readFileSync(join(target, 'vendor/lib/nested/leaf.txt'), 'utf8'), 'leaf\n');
  assert.ok(!existsSync(join(target, 'vendor/lib/.git')));
});

for (const [name, expected] of [
  ['helper', /submodule "lib" cannot be fetched: "ext::sh -c touch% \/tmp\/oo-submodule": uri is not a valid url/],
  ['outside', /submodule "lib" cannot be fetched: "file:\/\/\/etc": .*"file" is not one of https/],
  ['missing', /submodule "lib" cannot be fetched: git fetch failed/],
] as const)
  test(`not fetched: the submodule of ${name}`, async () => {
    const cloned = cloneSource({ uri: `${base}/${name}` }, join(folder, `of-${name}`), new AbortController().signal);
    await assert.rejects(cloned, (error: Error & { code: string }) => {
      assert.match(error.message, expected);
      return error.code === 'FetchSourceFailed';
    });
    assert.ok(!existsSync('/tmp/oo-submodule'));
  });

test('a relative URL stays on the host of the repository that names it', () => {
  for (const [from, url, expected] of [
    ['https://h.example/a/b.git', '../c.git', 'https://h.example/a/c.git'],
    ['https://h.example:8443/a/b.git/', '../../c.git', 'https://h.example:8443/c.git'],
    ['https://h.example/b.git', '../../evil/c.git', '../../evil/c.git'],
    ['https://h.example/b.git', './c.git', 'https://h.example/b.git/c.git'],
    ['git@h.example:a/b.git', '../c.git', 'git@h.example:a/c.git'],
    ['git@h.example:b.git', '../c.git', 'git@h.example:c.git'],
    ['https://h.example/b.git', 'https://other.example/c.git', 'https://other.example/c.git'],
  ] as const)
    assert.equal(resolveUrl(from, url), expected);
});
