import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { platformImage } from '../support/platform-images.ts';
import { startPlatform } from '../support/platform.ts';
import { runCommand } from '../support/run-command.ts';

// The real git on both sides. Builds are removed before they begin: what becomes of them is tested with builds.

await platformImage('builder');
const platform = await startPlatform();
const home = mkdtempSync(join(tmpdir(), 'oo-test-git-'));
after(async () => {
  await platform.stop();
  rmSync(home, { recursive: true, force: true });
});
const { kubectl } = platform;

const buildConfig = (namespace: string, name: string, path = `${namespace}/${name}`): string =>
  JSON.stringify({
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildConfig',
    metadata: { name, namespace },
    spec: {
      source: { git: { uri: `${platform.url}/git/${path}.git` } },
      strategy: { dockerStrategy: {} },
      output: { to: { kind: 'ImageStreamTag', name: `${name}:latest` } },
    },
  });

for (const namespace of ['red', 'blue']) {
  await kubectl(['create', 'namespace', namespace]);
  await kubectl(['create', 'serviceaccount', 'dev', '-n', namespace]);
  await kubectl(['create', 'rolebinding', 'dev', '--clusterrole=edit', `--serviceaccount=${namespace}:dev`, '-n', namespace]);
}
await kubectl(['create', 'serviceaccount', 'reader', '-n', 'red']);
await kubectl(['create', 'rolebinding', 'reader', '--clusterrole=view', '--serviceaccount=red:reader', '-n', 'red']);
for (const config of [buildConfig('red', 'web'), buildConfig('blue', 'web'), buildConfig('red', 'elsewhere', 'blue/web')])
  await kubectl.create(config);

const ca = join(home, 'ca.crt');
const { stdout: encoded } = await kubectl([
  'config',
  'view',
  '--raw',
  '-o',
  'jsonpath={.clusters[0].cluster.certificate-authority-data}',
]);
writeFileSync(ca, Buffer.from(encoded, 'base64'));
const token = async (account: string, namespace: string): Promise<string> =>
  (await kubectl(['create', 'token', account, '-n', namespace])).stdout.trim();
for (const namespace of ['red', 'blue'])
  await eventually(() => kubectl(['get', 'rolebinding', 'system:image-builders', '-n', namespace]));
const tokens = {
  red: await token('dev', 'red'),
  reader: await token('reader', 'red'),
  blue: await token('dev', 'blue'),
  builder: await eventually(() => token('builder', 'red')),
  otherBuilder: await eventually(() => token('builder', 'blue')),
};

/** Git's environment for somebody with this token. It is asked for as a password would be. */
function environment(password: string): Record<string, string> {
  const askpass = join(home, `askpass-${password.slice(-8)}`);
  writeFileSync(askpass, `#!/bin/sh\necho '${password}'\n`, { mode: 0o700 });
  const settings = ['user.name=Dev', 'user.email=dev@example.com', 'init.defaultBranch=main'];
  const config = settings.flatMap((setting, n) => {
    const [key, value] = setting.split('=') as [string, string];
    return [
      [`GIT_CONFIG_KEY_${n}`, key],
      [`GIT_CONFIG_VALUE_${n}`, value],
    ];
  });
  return {
    ...(Object.fromEntries(config) as Record<string, string>),
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_SSL_CAINFO: ca,
    GIT_ASKPASS: askpass,
    GIT_TERMINAL_PROMPT: '0',
    HOME: home,
    LC_ALL: 'C.UTF-8',
  };
}

const url = (path: string): string => `${platform.url.replace('://', '://somebody@')}/git/${path}.git`;
const git = (as: keyof typeof tokens, args: readonly string[], cwd = home) =>
  runCommand(['git', ...args], { env: environment(tokens[as]), cwd, anyCode: true });

/** A working copy with one commit, never pushed. */
async function workingCopy(name: string): Promise<string> {
  const folder = join(home, name);
  mkdirSync(folder);
  await git('red', ['init', '--quiet'], folder);
  writeFileSync(join(folder, 'index.html'), `${name}\n`);
  await git('red', ['add', '.'], folder);
  await git('red', ['commit', '--quiet', '--message=first'], folder);
  return folder;
}

describe('the git server', () => {
  test('takes a push, builds it and tells of it while it pushes; what was pushed can be cloned', async () => {
    const folder = await workingCopy('first');
    const push = spawn('git', ['push', url('red/web'), 'HEAD:main'], {
      env: { PATH: process.env['PATH'], ...environment(tokens.red) },
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    push.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise((resolve) => push.once('close', resolve));
    await eventually(() => assert.match(said, /remote: build web-1 of [0-9a-f]{10} begins/), { timeout: 60_000 });
    const build = await kubectl.json('get', 'build', 'web-1', '-n', 'red');
    const { revision, triggeredBy } = build.spec as {
      revision: { git: { commit: string } };
      triggeredBy: { message: string }[];
    };
    assert.equal(revision.git.commit, (await git('red', ['rev-parse', 'HEAD'], folder)).stdout.trim());
    assert.equal(triggeredBy[0]!.message, 'git push by system:serviceaccount:red:dev');
    await kubectl(['delete', 'build', 'web-1', '-n', 'red']);
    assert.equal(await ended, 0, said);
    assert.match(said, /\[new branch\] +HEAD -> main/);

    const { code } = await git('red', ['clone', '--quiet', '--depth=1', url('red/web'), 'cloned']);
    assert.equal(code, 0);
    const log = await git('red', ['log', '--format=%s %D'], join(home, 'cloned'));
    assert.match(log.stdout, /^first .*origin\/main/);
  });

  test('builds nothing of another branch, and says so', async () => {
    const { code, stderr } = await git('red', ['push', url('red/web'), 'HEAD:refs/heads/topic'], join(home, 'first'));
    assert.equal(code, 0, stderr);
    assert.match(stderr, /remote: nothing to build: builds are made of the branch main/);
  });

  test('lets a reader fetch and not push, and another project neither', async () => {
    const folder = join(home, 'first');
    assert.match((await git('reader', ['ls-remote', url('red/web')])).stdout, /refs\/heads\/main/);
    const pushed = await git('reader', ['push', url('red/web'), 'HEAD:refs/heads/topic2'], folder);
    assert.notEqual(pushed.code, 0);
    assert.match(pushed.stderr, /403|forbidden|buildconfigs\/instantiate/);
    const other = await git('blue', ['ls-remote', url('red/web')]);
    assert.match(other.stderr, /repository .* not found/);
    assert.equal((await git('blue', ['ls-remote', url('blue/web')])).code, 0);
    // A build config does not make another's repository its owner's.
    assert.match((await git('red', ['ls-remote', url('red/elsewhere')])).stderr, /not found/);
    assert.match((await git('red', ['ls-remote', url('blue/web')])).stderr, /not found/);
  });

  test("lets a project's builds fetch and not push, and another project's neither", async () => {
    assert.match((await git('builder', ['ls-remote', url('red/web')])).stdout, /refs\/heads\/main/);
    const pushed = await git('builder', ['push', url('red/web'), 'HEAD:refs/heads/topic3'], join(home, 'first'));
    assert.notEqual(pushed.code, 0);
    assert.match((await git('otherBuilder', ['ls-remote', url('red/web')])).stderr, /not found/);
    assert.equal((await git('otherBuilder', ['ls-remote', url('blue/web')])).code, 0);
  });

  test('asks nobody for a password, and takes no wrong one', async () => {
    const wrong = await runCommand(['git', 'ls-remote', url('red/web')], {
      env: environment('nonsense'),
      cwd: home,
      anyCode: true,
    });
    assert.match(wrong.stderr, /Authentication failed/);
  });

  test('knows no other paths and services', async () => {
    for (const path of [
      'red/web.git/HEAD',
      'red/web.git/objects/info/packs',
      'red/..%2fblue/web.git/info/refs?service=git-upload-pack',
    ]) {
      const { stdout } = await curl(path);
      assert.equal(stdout, '404', path);
    }
    assert.equal((await curl('red/web.git/info/refs?service=git-upload-archive')).stdout, '404');
    assert.equal((await curl('red/web.git/git-upload-pack', '--data', '0000')).stdout, '415');
  });

  test('outlives bodies that are broken, and refuses a push of more refs than one may have', async () => {
    for (const service of ['git-upload-pack', 'git-receive-pack']) {
      const broken = [
        '--data-binary',
        'no gzip',
        '-H',
        'Content-Encoding: gzip',
        '-H',
        `Content-Type: application/x-${service}-request`,
      ];
      await curl(`red/web.git/${service}`, ...broken).catch(() => undefined);
    }
    const folder = join(home, 'first');
    const commit = (await git('red', ['rev-parse', 'HEAD'], folder)).stdout.trim();
    // Few with long names: git itself takes a minute to push ten thousand.
    const prefix = `refs/heads/many/${'x'.repeat(230)}`;
    const refs = Array.from({ length: 3_500 }, (_, n) => `create ${prefix}${String(n).padStart(4, '0')} ${commit}\n`).join('');
    // To sync each of them to the disk takes seconds.
    await runCommand(['git', '-c', 'core.fsync=none', 'update-ref', '--stdin'], {
      env: environment(tokens.red),
      cwd: folder,
      stdin: refs,
    });
    const many = await git('red', ['push', '--quiet', url('red/web'), 'refs/heads/many/*:refs/heads/many/*'], folder);
    assert.notEqual(many.code, 0);
    assert.match(many.stderr, /the refs of one push are more than 1048576 bytes, push them in parts/);
    assert.equal((await git('red', ['ls-remote', url('red/web'), 'refs/heads/many/*'])).stdout, '');
    const few = await git('red', ['push', '--quiet', url('red/web'), `${prefix}00*:${prefix}00*`], folder);
    assert.equal(few.code, 0, few.stderr);
  });

  test('gives a build config that was made again an empty repository', async () => {
    await kubectl(['delete', 'buildconfig', 'web', '-n', 'red']);
    await kubectl.create(buildConfig('red', 'web'));
    const { code, stdout } = await git('red', ['ls-remote', url('red/web')]);
    assert.deepEqual([code, stdout], [0, '']);
  });

  test('ends what a client had asked for who hangs up', async () => {
    assert.equal((await git('blue', ['ls-remote', url('blue/web')])).code, 0);
    const pod = (await kubectl(['get', 'pods', '--namespace=openshift-git', '--output=name'])).stdout.trim();
    const inPod = async (script: string): Promise<string> =>
      (await kubectl(['exec', '--namespace=openshift-git', pod, '--', 'sh', '-c', script])).stdout.trim();
    const refs = `/repositories/${(await kubectl.json('get', 'buildconfig', 'web', '-n', 'blue')).metadata.uid}.git/packed-refs`;
    // Whoever reads it waits for what nobody writes: git works for as long as we like.
    await inPod(`rm -f ${refs}; mkfifo ${refs}`);
    const running = (): Promise<string> => inPod('grep -la upload-pac[k] /proc/[0-9]*/cmdline 2>/dev/null | wc -l');
    const asked = spawn('git', ['ls-remote', url('blue/web')], {
      env: { PATH: process.env['PATH'], ...environment(tokens.blue) },
      cwd: home,
      stdio: 'ignore',
      detached: true,
    });
    await eventually(async () => assert.notEqual(await running(), '0'));
    // With the helper that it speaks HTTP by.
    process.kill(-asked.pid!, 'SIGKILL');
    await eventually(async () => assert.equal(await running(), '0'));
    await inPod(`rm ${refs}`);
    assert.equal((await git('blue', ['ls-remote', url('blue/web')])).code, 0);
  });

  test('removes what belonged to build configs that are gone, however many, and nothing else', async () => {
    const pod = (await kubectl(['get', 'pods', '--namespace=openshift-git', '--output=name'])).stdout.trim();
    const inPod = async (script: string): Promise<string> =>
      (await kubectl(['exec', '--namespace=openshift-git', pod, '--', 'sh', '-c', script])).stdout;
    const [left, kept] = [
      '00000000-0000-0000-0000-00000000',
      (await kubectl.json('get', 'buildconfig', 'web', '-n', 'red')).metadata.uid,
    ];
    // As if so many had been asked for, and their build configs deleted.
    await inPod(`for n in $(seq 1000 2599); do mkdir /repositories/${left}$n.git; done`);
    await kubectl.create(buildConfig('red', 'another'));
    assert.equal((await git('red', ['ls-remote', url('red/another')])).code, 0);
    const there = await inPod('ls /repositories');
    assert.doesNotMatch(there, new RegExp(left));
    assert.match(there, new RegExp(`${kept}.git`));
  });
});

/** The status of an answer, for red's developer. */
const curl = (path: string, ...more: string[]) =>
  runCommand(
    [
      'curl',
      '--silent',
      '--output',
      '/dev/null',
      '--write-out',
      '%{http_code}',
      '--path-as-is',
      '--cacert',
      ca,
      '--config',
      '-',
      ...more,
      `${platform.url}/git/${path}`,
    ],
    { stdin: `user = "x:${tokens.red}"\n` },
  );
