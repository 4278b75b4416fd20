import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runSti } from '../../lib/platform/builds/sti/command.ts';
import { packageRoot } from '../../lib/common/assets.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { runCommand } from '../support/run-command.ts';
import { BUILDER_LABELS, BUILDER_SCRIPTS, importImage } from '../support/sti-images.ts';

const BUILDER = 'oo-test-sti/builder';
const WITH_ENTRYPOINT = 'oo-test-sti/builder-entrypoint';
const WITHOUT_TAR = 'oo-test-sti/builder-without-tar';
const images = new Set<string>([BUILDER, WITH_ENTRYPOINT, WITHOUT_TAR]);
/** Images of this file, by a label of their builder: others make some on this machine too. */
const OURS = `oo.test.sti=${process.pid}`;
let work: string;

before(async () => {
  work = mkdtempSync(join(tmpdir(), 'oo-sti-test-'));
  await importImage(BUILDER, { files: BUILDER_SCRIPTS, changes: [...BUILDER_LABELS, `LABEL ${OURS}`] });
  const entry = '#!/bin/sh\necho "entry point"\nexec "$@"\n';
  const files = { ...BUILDER_SCRIPTS, '/entry': entry };
  await importImage(WITH_ENTRYPOINT, {
    files,
    changes: [...BUILDER_LABELS, 'ENTRYPOINT ["/entry"]', 'LABEL io.openshift.s2i.assemble-user=0'],
  });
  await importImage(WITHOUT_TAR, { files: BUILDER_SCRIPTS, changes: BUILDER_LABELS, applets: (name) => name !== 'tar' });
});

after(async () => {
  rmSync(work, { recursive: true, force: true });
  for (const image of images) await runCommand(['docker', 'rmi', '-f', image], { anyCode: true });
});

function source(name: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = join(work, name);
  for (const [path, text] of Object.entries({ 'index.txt': `this is ${name}\n`, ...files })) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function sti(args: readonly string[], signal = new AbortController().signal): Promise<Result> {
  let out = '';
  let err = '';
  const code = await runSti(args, { signal, write: (text) => (out += text), writeError: (text) => (err += text) });
  const containers = await runCommand(['docker', 'ps', '-aq', '--filter', 'name=^/sti\\.']);
  assert.equal(containers.stdout, '', 'a container is left');
  return { code, out, err };
}

/** Builds, and gives the image's configuration. */
async function built(
  name: string,
  args: readonly string[],
): Promise<Result & { image: string; config: Record<string, unknown> }> {
  const image = `oo-test-sti/${name}`;
  images.add(image);
  const result = await sti(['build', ...args.slice(0, 2), image, ...args.slice(2)]);
  assert.equal(result.code, 0, result.out + result.err);
  const { stdout } = await runCommand(['docker', 'image', 'inspect', '-f', '{{json .Config}}', image]);
  return { ...result, image, config: JSON.parse(stdout) as Record<string, unknown> };
}

const run = async (image: string, ...args: string[]): Promise<string> =>
  (await runCommand(['docker', 'run', '--rm', '--network', 'none', image, ...args])).stdout;
const fileOf = (image: string, path: string): Promise<string> => run(image, 'cat', path);

test('a folder becomes an image that runs it', async () => {
  const folder = source('plain', {
    '.s2i/environment': '# who is greeted\nGREETING=source\nOTHER=a=b\n',
    '.s2iignore': '*.log\n!kept.log\nignored\n',
    'a.log': '',
    'kept.log': '',
    'ignored/deep/file': '',
    '.git/config': '',
    metadata: '{"labels": [{"from.assemble": "yes"}]}',
  });
  symlinkSync('/etc/shadow', join(folder, 'link'));
  const { image, config, out } = await built('plain', [folder, BUILDER, '-e', 'GREETING=asked', '--label', 'tier=web']);
  assert.match(out, /^assembling as 1001 with GREETING=asked$/m);
  assert.equal(await run(image), 'this is plain\nGREETING=asked user=1001 args=\n');
  assert.deepEqual((await fileOf(image, '/tmp/app/files')).trim().split('\n'), [
    '.', './.s2i', './.s2i/environment', './.s2iignore', './index.txt', './kept.log', './link', './metadata',
  ]); // prettier-ignore
  assert.deepEqual(config['Cmd'], ['/usr/libexec/s2i/run']);
  assert.equal(config['User'], '1001');
  assert.deepEqual(config['Env'], ['PATH=/bin', 'GREETING=asked', 'OTHER=a=b']);
  const labels = config['Labels'] as Record<string, string>;
  assert.deepEqual(
    [labels['vendor'], labels['from.assemble'], labels['tier'], labels['io.openshift.s2i.build.image']],
    ['test', 'yes', 'web', BUILDER],
  );
});

test('an entrypoint stays out of the build and in the image; who assembles is the label’s to say', async () => {
  const { image, config, out } = await built('entrypoint', [source('entrypoint'), WITH_ENTRYPOINT]);
  assert.doesNotMatch(out, /entry point/);
  assert.match(out, /^assembling as 0 /m);
  assert.equal(await run(image), 'entry point\nthis is entrypoint\nGREETING= user=1001 args=\n');
  assert.deepEqual([config['Entrypoint'], config['User']], [['/entry'], '1001']);
});

test('a builder image without tar gets the source from the engine', async () => {
  const { image, out } = await built('no-tar', [source('no-tar'), WITHOUT_TAR]);
  assert.match(out, /has no sh or no tar/);
  assert.equal(await run(image), 'this is no-tar\nGREETING= user=1001 args=\n');
});

test("the source's scripts come before the image's, those that are asked for before both", async (t) => {
  const folder = source('scripts', { '.s2i/bin/run': '#!/bin/sh\necho own run\n', 'context/index.txt': 'in context\n' });
  chmodSync(join(folder, '.s2i/bin/run'), 0o755);
  assert.equal(await run((await built('scripts', [folder, BUILDER])).image), 'own run\n');

  const server = createServer((request, response) => {
    if (request.url !== '/s/assemble') return void response.writeHead(404).end();
    return void response.end('#!/bin/sh\nmkdir -p /tmp/app && echo fetched >/tmp/app/index.txt\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/s`;
  const { image, out } = await built('scripts-url', [
    folder, BUILDER, '--scripts-url', url, '--context-dir', 'context', '--loglevel', '1',
  ]); // prettier-ignore
  assert.match(out, /^Using assemble from http:/m);
  assert.match(await run(image), /^fetched$/m);
});

test('an incremental build takes over what the last one saved, a clean one does not', async () => {
  const folder = source('again');
  const { image } = await built('again', [folder, BUILDER]);
  const first = await fileOf(image, '/tmp/app/cache');
  const { out } = await built('again', [folder, BUILDER, '--incremental', '--rm']);
  assert.match(out, new RegExp(`artifacts: ${first.trim()}`));
  assert.equal((await fileOf(image, '/tmp/app/cache')).split('\n').length, 3);
  assert.doesNotMatch((await built('again', [folder, BUILDER, '--clean'])).out, /artifacts:/);
  // The first one of a name has nothing to take over, which is no error.
  await built('first', [folder, BUILDER, '--incremental']);
});

test('a failing assemble is told with its exit code, and leaves nothing', async () => {
  const before = await danglingImages();
  const failed = await sti(['build', source('failing', { fail: '' }), BUILDER, 'oo-test-sti/failing']);
  assert.deepEqual([failed.code, failed.err], [1, 'sti: the assemble script failed with exit code 3\n']);
  assert.match(failed.out, /this source cannot be built/);
  assert.equal((await runCommand(['docker', 'image', 'inspect', 'oo-test-sti/failing'], { anyCode: true })).code, 1);
  assert.deepEqual(await danglingImages(), before);
  const json = await sti(['build', join(work, 'failing'), BUILDER, 'oo-test-sti/failing', '--json']);
  const events = json.out.trim().split('\n').map((line) => JSON.parse(line) as { type: string; reason?: string }); // prettier-ignore
  assert.deepEqual(events.at(-1)?.type, 'error');
  assert.equal(events.at(-1)?.reason, 'AssembleFailed');
});

const danglingImages = async (): Promise<string[]> =>
  (await runCommand(['docker', 'images', '-q', '--filter', 'dangling=true', '--filter', `label=${OURS}`])).stdout
    .split('\n')
    .sort();

test('what cannot be meant is refused before anything is started', async () => {
  const folder = source('refused');
  const refusals: [string[], RegExp][] = [
    [[folder, BUILDER, 'a/UPPER'], /app tag "a\/UPPER": repository name must be lowercase/],
    [[join(work, 'nowhere'), BUILDER, 'x'], /no folder and no URL/],
    [['ext::sh -c true', BUILDER, 'x'], /not a valid url/],
    [['--upload-pack=/bin/true', BUILDER, 'x'], /unknown option/],
    [['file:///nowhere.git', BUILDER, 'x'], /not one of https, http, git, ssh|not a valid url/],
    [['https://example.com/r.git', BUILDER, 'x', '--ref', '--output=/tmp/x'], /is no name of a branch/],
    [[folder, BUILDER, 'x', '--context-dir', '../..'], /context directory "..\/.." is outside/],
    [[folder, BUILDER, 'x', '--context-dir', 'none'], /is not in the source/],
    [[folder, BUILDER, 'x', '--network', 'host'], /Allowed choices are bridge, none/],
    [[folder, BUILDER, 'x', '--clean', '--incremental'], /contradict/],
    [[folder, 'oo-test-sti/none', 'x', '-p', 'never'], /oo-test-sti\/none: it is not here/],
    [[folder, BUILDER, 'x', '--scripts-url', 'ftp://x'], /scripts URL "ftp:\/\/x"/],
  ];
  for (const [args, expected] of refusals) {
    const { code, err } = await sti(['build', ...args]);
    assert.notEqual(code, 0, args.join(' '));
    assert.match(err, expected);
  }
  symlinkSync('/etc', join(folder, 'etc'));
  assert.match((await sti(['build', folder, BUILDER, 'x', '--context-dir', 'etc'])).err, /is outside of the source/);
});

test('a build has no more than its limits', async () => {
  const hook = 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; ip route | wc -l\n';
  const folder = source('limits', { hook });
  const { out } = await built('limits', [folder, BUILDER, '--memory', '64m', '--cpus', '0.5', '--network', 'none']);
  assert.match(out, /^67108864\n0$/m);
  const late = await sti(['build', source('late', { wait: '' }), BUILDER, 'oo-test-sti/late', '--timeout', '2']);
  assert.equal(late.err, 'sti: the build took longer than 2 s and was given up\n');
});

test('a git repository is cloned at a ref, without its hooks, submodules and filters', async (t) => {
  const folder = source('repository', { '.gitattributes': '* filter=evil\n' });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=Ana', '-c', 'user.email=ana@example.com', ...args], { encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'First');
  git('tag', 'v1');
  const first = git('rev-parse', 'HEAD').trim();
  writeFileSync(join(folder, 'index.txt'), 'second\n');
  git('commit', '-qam', 'Second');

  const bare = join(work, 'served');
  cpSync(join(folder, '.git'), join(bare, 'app.git'), { recursive: true });
  writeFileSync(join(bare, 'app.git', 'git-daemon-export-ok'), '');
  const port = await freePort();
  const daemon = spawn('git', ['daemon', `--port=${port}`, '--listen=127.0.0.1', `--base-path=${bare}`, '--reuseaddr'], {
    stdio: 'ignore',
    detached: true,
  });
  t.after(() => process.kill(-daemon.pid!));
  const url = `git://127.0.0.1:${port}/app.git`;
  await eventually(async () => (await runCommand(['git', 'ls-remote', url], { anyCode: true })).code === 0);

  const head = await built('git', [url, BUILDER]);
  assert.match(head.out, /^Cloning "git:/m);
  assert.equal(await run(head.image), 'second\nGREETING= user=1001 args=\n');
  const labels = (await built('git-tag', [url, BUILDER, '--ref', 'v1'])).config['Labels'] as Record<string, string>;
  assert.deepEqual(
    [
      labels['io.openshift.s2i.build.commit.id'],
      labels['io.openshift.s2i.build.commit.author'],
      labels['io.openshift.s2i.build.commit.ref'],
    ],
    [first, 'Ana <ana@example.com>', 'v1'],
  );
  assert.match(await run((await built('git-commit', [url, BUILDER, '--ref', first.slice(0, 10)])).image), /^this is repository/);
  const missing = await sti(['build', url, BUILDER, 'x', '--ref', 'none']);
  assert.match(missing.err, /git fetch failed: fatal: couldn't find remote ref none/);
  // A folder's own history, where a ref is asked for.
  assert.match(await run((await built('git-folder', [folder, BUILDER, '--ref', 'v1'])).image), /^this is repository/);
});

test('Ctrl-C leaves no container and no image; after a kill the next one clears away', async () => {
  const folder = source('interrupted', { wait: '' });
  const start = (): ReturnType<typeof spawn> =>
    spawn(process.execPath, [join(packageRoot(), 'bin/sti.ts'), 'build', folder, BUILDER, 'oo-test-sti/interrupted'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const waiting = async (child: ReturnType<typeof spawn>): Promise<void> => {
    let out = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await eventually(() => out.includes('waiting'), { timeout: 20_000 });
  };
  const left = async (): Promise<string> => (await runCommand(['docker', 'ps', '-aq', '--filter', 'name=^/sti\\.'])).stdout;
  const interrupted = start();
  await waiting(interrupted);
  interrupted.kill('SIGINT');
  const code = await new Promise((resolve) => interrupted.on('close', resolve));
  assert.deepEqual([code, await left()], [130, '']);

  const killed = start();
  await waiting(killed);
  killed.kill('SIGKILL');
  await new Promise((resolve) => killed.on('close', resolve));
  assert.notEqual(await left(), '');
  await built('after-kill', [source('after-kill'), BUILDER]);
  assert.equal(await left(), '');
});

test('help, usage and version', async () => {
  assert.match((await sti(['build', '--help'])).out, /Usage: sti build \[options\] <source> <builder-image> <app-tag>/);
  assert.equal((await sti(['usage', BUILDER])).out, 'put an index.txt into your source\n');
  assert.match((await sti(['version'])).out, /^sti \d/);
  assert.equal((await sti(['build', 'only-one'])).code, 2);
  const { stdout } = await runCommand([join(packageRoot(), 'bin/sti'), 'version']);
  assert.match(stdout, /^sti \d/);
});
