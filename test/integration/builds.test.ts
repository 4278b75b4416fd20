import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from 'node:https';
import type { Build, CommonSpec } from '../../lib/platform/api/build/build-types.ts';
import { readKubeconfig } from '../../lib/platform/pki/kubeconfig.ts';
import { apiCaller } from '../support/api-caller.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { platformImage } from '../support/platform-images.ts';
import { runCommand } from '../support/run-command.ts';
import { BUILDER_LABELS, BUILDER_SCRIPTS, importImage } from '../support/sti-images.ts';

const REGISTRY = `oo-builds-registry-${process.pid}`;
const GROUP = '/apis/build.openshift.io/v1/namespaces/default';
const TIMEOUT = 120_000;
const folder = mkdtempSync(join(tmpdir(), 'oo-test-builds-'));
let platform: TestPlatform;
let call: Awaited<ReturnType<typeof apiCaller>>;
/** `127.0.0.1:PORT` */
let registry: string;
let builder: string;
let repositories: { readonly url: string; stop(): void };

const docker = (...args: string[]) => runCommand(['docker', ...args], { anyCode: true });

before(async () => {
  await platformImage('builder');
  const serve = 'printf %s "$CONFIG" >/tmp/config.yml && exec docker-registry serve /tmp/config.yml';
  const storage = { filesystem: { rootdirectory: '/registry' }, delete: { enabled: true } };
  const config = JSON.stringify({ version: '0.1', storage, http: { addr: ':5000' } });
  const shell = ['--entrypoint', '/bin/sh', '-e', `CONFIG=${config}`, await platformImage('registry'), '-c', serve];
  await docker('run', '-d', '--name', REGISTRY, '-p', '127.0.0.1::5000', ...shell);
  registry = (await docker('port', REGISTRY, '5000')).stdout.split('\n')[0]!.trim();
  builder = `${registry}/tools/builder:v1`;
  await importImage(builder, { files: BUILDER_SCRIPTS, changes: BUILDER_LABELS });
  await eventually(async () => (await docker('push', '-q', builder)).code === 0, { timeout: 30_000 });
  // Both registries: the one beside the platform for what comes from elsewhere, and its own.
  const caFile = join(folder, 'authority.pem');
  const authority = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=company'];
  await runCommand(['openssl', 'req', ...authority, '-keyout', '/dev/null', '-out', caFile]);
  const builds = { httpProxy: 'http://proxy.example:3128', noProxy: ['.company.example'], caFile };
  const own = { images: { registry: await platformImage('registry') }, registry: { enabled: true }, builds };
  platform = await startPlatform({ config: own });
  call = await apiCaller(platform.kubeconfigPath);
  repositories = await serveGit(new URL(platform.url).hostname);
});
after(async () => {
  repositories?.stop();
  await platform?.stop();
  await docker('rm', '-fv', REGISTRY);
  const { stdout } = await docker('images', '--format', '{{.Repository}}:{{.Tag}}');
  const names = stdout.split('\n').filter((name) => registry !== undefined && name.startsWith(registry));
  if (names.length > 0) await docker('rmi', '-f', ...names);
  rmSync(folder, { recursive: true, force: true });
});

/** A repository `shop` with the branches main and broken, for whoever asks at that address. */
async function serveGit(host: string): Promise<{ url: string; stop(): void }> {
  const work = join(folder, 'work');
  mkdirSync(work);
  const git = (...args: string[]) =>
    runCommand(['git', '-C', work, '-c', 'user.name=Ann', '-c', 'user.email=ann@git.example', ...args]);
  await git('init', '-q', '-b', 'main');
  writeFileSync(join(work, 'index.txt'), 'from git\n');
  await git('add', '.');
  await git('commit', '-qm', 'Begin');
  await git('checkout', '-qb', 'broken');
  writeFileSync(join(work, 'fail'), '');
  await git('add', '.');
  await git('commit', '-qm', 'Break');
  await git('clone', '-q', '--bare', work, join(folder, 'shop.git'));
  const port = await freePort();
  const options = ['--export-all', '--reuseaddr', `--base-path=${folder}`, `--listen=${host}`, `--port=${port}`];
  const daemon = spawn('/usr/lib/git-core/git-daemon', options, { stdio: 'ignore' });
  const url = `git://${host}:${port}/shop.git`;
  await eventually(async () => (await runCommand(['git', 'ls-remote', url], { anyCode: true })).code === 0);
  return { url, stop: () => void daemon.kill() };
}

const source = (more: object = {}): CommonSpec['strategy'] => ({
  sourceStrategy: { from: { kind: 'DockerImage', name: builder }, env: [{ name: 'GREETING', value: 'hello' }], ...more },
});

async function configure(name: string, spec: object): Promise<void> {
  const output = { to: { kind: 'DockerImage', name: `${registry}/default/${name}:latest` } };
  const body = JSON.stringify({ metadata: { name }, spec: { output, ...spec } });
  const { status, text } = await call('POST', `${GROUP}/buildconfigs`, { body });
  assert.equal(status, 201, text);
}

async function start(name: string): Promise<string> {
  const { status, object, text } = await call('POST', `${GROUP}/buildconfigs/${name}/instantiate`, {
    body: JSON.stringify({ metadata: { name } }),
  });
  assert.equal(status, 201, text);
  return object['metadata'].name as string;
}

const read = async (name: string): Promise<Build> => (await call('GET', `${GROUP}/builds/${name}`)).object as unknown as Build;

/** The build once it has ended, with all of its log. */
async function ended(name: string): Promise<{ build: Build; log: string }> {
  const build = await eventually(
    async () => {
      const found = await read(name);
      assert.ok(found.status?.completionTimestamp, `${name} is ${found.status?.phase}: ${found.status?.message}`);
      return found;
    },
    { timeout: TIMEOUT },
  );
  return { build, log: (await call('GET', `${GROUP}/builds/${name}/log`)).text };
}

async function output(name: string): Promise<string> {
  await docker('pull', '-q', `${registry}/default/${name}:latest`);
  const { stdout } = await docker('run', '--rm', '--network', 'none', `${registry}/default/${name}:latest`);
  return stdout;
}

/** All that the image of a build says of itself. */
async function told(name: string): Promise<string> {
  const image = `${registry}/default/${name}:latest`;
  return (await docker('image', 'inspect', image)).stdout + (await docker('history', '--no-trunc', image)).stdout;
}

/** Sends bytes as `oc start-build --from-archive` does: in chunks, and without a word on what they are. */
async function upload(name: string, bytes: Buffer): Promise<{ status: number; object: Build & { message?: string } }> {
  const { server, caPem, certPem, keyPem } = await readKubeconfig(platform.kubeconfigPath);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${server}${GROUP}/buildconfigs/${name}/instantiatebinary?revision.message=by+hand`,
      { method: 'POST', ca: caPem, cert: certPem, key: keyPem, agent: false, headers: { 'transfer-encoding': 'chunked' } },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => resolve({ status: response.statusCode!, object: JSON.parse(text) as Build }));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(bytes);
  });
}

async function tar(script: string, compress = false): Promise<Buffer> {
  const pack = `tar -c${compress ? 'z' : ''}P -f - $(ls -A) $EXTRA | base64 -w0`;
  const { stdout } = await runCommand(['sh', '-c', `set -e; d=$(mktemp -d); cd $d; ${script}; ${pack}; rm -r $d`]);
  return Buffer.from(stdout, 'base64');
}

test('a branch in git becomes an image; the log, the revision and the digest are told', async () => {
  await configure('shop', {
    source: { git: { uri: repositories.url, ref: 'main' } },
    strategy: source(),
    triggers: [{ type: 'ConfigChange' }, { type: 'Generic', generic: { secret: 'word' } }],
    postCommit: { script: 'test -s /tmp/app/index.txt && echo hook ran' },
  });
  const { build, log } = await ended('shop-1');
  assert.equal(build.status?.phase, 'Complete', `${build.status?.message}\n${log}`);
  assert.match(log, /^Cloning "git:/m);
  assert.match(log, /^Push successful$/m);
  assert.match(build.status?.output?.to?.imageDigest ?? '', /^sha256:[0-9a-f]{64}$/);
  assert.match(build.spec.revision?.git?.commit ?? '', /^[0-9a-f]{40}$/);
  assert.equal(build.spec.revision?.git?.author?.name, 'Ann');
  assert.match(await output('shop'), /^from git\nGREETING=hello user=1001/);
});

test('a webhook builds once more', async () => {
  const hook = { anonymous: true, body: '{}' };
  const { status, object } = await call('POST', `${GROUP}/buildconfigs/shop/webhooks/word/generic`, hook);
  assert.deepEqual([status, object['metadata'].name], [200, 'shop-2']);
  assert.equal((await ended('shop-2')).build.status?.phase, 'Complete');
});

test('a source that cannot be assembled, and a branch that is not there, say so', async () => {
  await configure('broken', { source: { git: { uri: repositories.url, ref: 'broken' } }, strategy: source() });
  const { build, log } = await ended(await start('broken'));
  assert.deepEqual([build.status?.phase, build.status?.reason], ['Failed', 'AssembleFailed'], log);
  assert.match(log, /this source cannot be built/);
  await configure('absent', { source: { git: { uri: repositories.url, ref: 'nowhere' } }, strategy: source() });
  const absent = await ended(await start('absent'));
  assert.deepEqual([absent.build.status?.phase, absent.build.status?.reason], ['Failed', 'FetchSourceFailed'], absent.log);
});

test('an upload becomes an image, gzipped or not; one that leads out of its folder, or is none, makes none', async () => {
  await configure('upload', { source: { binary: {} }, strategy: source(), runPolicy: 'Parallel' });
  const hook = `printf '%s\\n' 'echo "proxy=$HTTP_PROXY=$http_proxy not for $NO_PROXY"' 'grep -c BEGIN "$SSL_CERT_FILE"' >hook`;
  const good = await upload('upload', await tar(`echo uploaded >index.txt; ${hook}`, true));
  assert.equal(good.status, 201, good.object.message ?? '');
  const { build, log } = await ended(good.object.metadata.name!);
  assert.equal(build.status?.phase, 'Complete', `${build.status?.message}\n${log}`);
  assert.match(await output('upload'), /^uploaded$/m);
  // What the configuration says of all builds is there while one is assembled, and not in its image.
  assert.match(log, /^proxy=http:\/\/proxy\.example:3128=http:\/\/proxy\.example:3128 not for .*,\.svc,.*,\.company\.example$/m);
  assert.match(log, /^1\d\d$/m);
  assert.ok(!(await told('upload')).includes('proxy.example'));
  const bad = await upload('upload', Buffer.from('this is no tar'));
  assert.equal(bad.status, 400);
  const outside = await upload('upload', await tar('mkdir in; echo x >evil; cd in; echo uploaded >index.txt; EXTRA=../evil'));
  // On the builder and on the node, and not in the image that the source is assembled in.
  const link = await upload('upload', await tar('ln -s /etc/debian_version index.txt'));
  for (const each of [outside, link]) {
    if (each.status === 400) continue;
    const made = await ended(each.object.metadata.name!);
    assert.equal(made.build.status?.phase, 'Failed', made.log);
  }
});

test('the text of a Dockerfile is built, with arguments of more than one line, where names of the cluster are known', async () => {
  await configure('text', {
    source: {
      dockerfile: `FROM ${builder}\nARG LINES\nRUN echo "$LINES" >/tmp/lines && echo "through $HTTP_PROXY" && nslookup kubernetes.default.svc.cluster.local\nCOPY authorities/ca-bundle.crt /tmp/\nRUN echo "authorities: $(grep -c BEGIN /tmp/ca-bundle.crt)"\nCMD ["cat", "/tmp/lines"]\n`,
      configMaps: [{ configMap: { name: 'openshift-build-trusted-ca' }, destinationDir: 'authorities' }],
    },
    strategy: { dockerStrategy: { buildArgs: [{ name: 'LINES', value: 'one\nRUN id' }] } },
  });
  const { build, log } = await ended(await start('text'));
  assert.equal(build.status?.phase, 'Complete', `${build.status?.message}\n${log}`);
  assert.match(log, /^authorities: [1-9]\d+$/m);
  assert.match(log, /^through http:\/\/proxy\.example:3128$/m);
  assert.match(log, /^Name:\s+kubernetes\.default\.svc\.cluster\.local\nAddress: 172\.\d+\.\d+\.1$/m);
  assert.equal(await output('text'), 'one\nRUN id\n');
  assert.ok(!(await told('text')).includes('proxy.example'));
});

test("an image goes into the platform's registry, and what follows its tag is built of it", async () => {
  const { kubectl } = platform;
  const ready = ['rollout', 'status', 'deployment/docker-registry', '--timeout=60s'];
  await eventually(() => kubectl(ready), { timeout: TIMEOUT });
  await eventually(async () => assert.notEqual(await kubectl.text('get', 'sa', 'builder', '-o', 'jsonpath={.secrets}'), ''));
  const streams = '/apis/image.openshift.io/v1/namespaces/default/imagestreams';
  for (const name of ['base', 'top']) await call('POST', streams, { body: JSON.stringify({ metadata: { name } }) });
  const to = (name: string): object => ({ to: { kind: 'ImageStreamTag', name: `${name}:latest` } });
  const from = { kind: 'ImageStreamTag', name: 'base:latest' };
  const triggers = [{ type: 'ImageChange' }];
  const second = { source: { dockerfile: 'FROM x\nCMD ["echo", "on top"]\n' }, strategy: { dockerStrategy: { from } } };
  await configure('top', { ...second, triggers, output: to('top') });
  const text = `FROM ${builder}\nLABEL layer=base\n`;
  await configure('base', { source: { dockerfile: text }, strategy: { dockerStrategy: {} }, output: to('base') });
  const { build, log } = await ended(await start('base'));
  assert.equal(build.status?.phase, 'Complete', `${build.status?.message}\n${log}`);
  const base = build.status!.output!.to!.imageDigest!;
  // The registry tells of what was pushed when it has answered.
  await eventually(async () =>
    assert.equal(await kubectl.text('get', 'imagestreamtag', 'base:latest', '-o', 'jsonpath={.image.metadata.name}'), base),
  );
  await eventually(() => kubectl(['get', 'build', 'top-1']), { timeout: 20_000 });
  const top = await ended('top-1');
  assert.equal(top.build.status?.phase, 'Complete', `${top.build.status?.message}\n${top.log}`);
  assert.ok(top.build.spec.strategy.dockerStrategy?.from?.name.endsWith(`@${base}`));
  assert.equal(top.build.spec.triggeredBy?.[0]?.message, 'Image change');
});

test('steps of a Dockerfile are taken over from the image before, in one project and unless told not to', async () => {
  const text = `FROM ${builder} AS compiler\nRUN date +%s%N >/tmp/compiled\nFROM ${builder}\nRUN date +%s%N >/tmp/when
COPY --from=compiler /tmp/compiled /tmp/\nCOPY . /tmp/context/\nCMD ["cat", "/tmp/when"]\n`;
  const output = { to: { kind: 'ImageStreamTag', name: 'stepped:latest' } };
  const spec = { source: { dockerfile: text }, strategy: { dockerStrategy: {} }, output };
  const stream = { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata: { name: 'stepped' } };
  for (const namespace of ['default', 'elsewhere']) {
    if (namespace !== 'default') await platform.kubectl(['create', 'namespace', namespace]);
    await platform.kubectl(['create', '-n', namespace, '-f', '-'], { stdin: JSON.stringify(stream) });
  }
  /** The log of a build that has ended well. */
  const built = async (name: string, namespace = 'default', noCache = false): Promise<string> => {
    const made = { ...spec, strategy: { dockerStrategy: { noCache } } };
    const object = { apiVersion: 'build.openshift.io/v1', kind: 'Build', metadata: { name }, spec: made };
    await platform.kubectl(['create', '-n', namespace, '-f', '-'], { stdin: JSON.stringify(object) });
    const path = `/apis/build.openshift.io/v1/namespaces/${namespace}/builds/${name}`;
    return eventually(
      async () => {
        const { status } = (await call('GET', path)).object as unknown as Build;
        const log = (await call('GET', `${path}/log`)).text;
        assert.equal(status?.phase, 'Complete', `${status?.message}\n${log}`);
        return log;
      },
      { timeout: TIMEOUT },
    );
  };
  assert.doesNotMatch(await built('first'), /Using cache/);
  const again = await built('second');
  // Those of the stage that the image does not hold, too.
  for (const step of ['RUN date.*/tmp/compiled', 'RUN date.*/tmp/when', 'COPY --from', 'COPY \\.'])
    assert.match(again, new RegExp(`${step}.*\\n(?: ---> )?.*Using cache`));
  // The image is another one all the same: it tells of its own build.
  await eventually(async () => {
    const image = await platform.kubectl.json('get', 'imagestreamtag', 'stepped:latest');
    const { Config } = image['image'].dockerImageMetadata as { Config: { Labels: Record<string, string>; Env: string[] } };
    assert.equal(Config.Labels['io.openshift.build.name'], 'second');
    assert.ok(Config.Env.includes('OPENSHIFT_BUILD_NAME=second'), String(Config.Env));
  });
  assert.doesNotMatch(await built('fresh', 'default', true), /Using cache/);
  assert.doesNotMatch(await built('first', 'elsewhere'), /Using cache/);
});

test('a build that is cancelled in the middle ends, and leaves nothing on the node', async () => {
  await configure('slow', { source: { binary: {} }, strategy: source() });
  const { object } = await upload('slow', await tar('echo x >index.txt; touch wait'));
  const name = object.metadata.name!;
  const path = `${GROUP}/builds/${name}`;
  await eventually(async () => assert.match((await call('GET', `${path}/log`)).text, /^waiting$/m), { timeout: TIMEOUT });
  const type = 'application/merge-patch+json';
  await call('PATCH', path, { type, body: '{"status":{"cancelled":true}}' });
  const cancelled = await eventually(
    async () => {
      const found = await read(name);
      assert.equal(found.status?.phase, 'Cancelled');
      return found;
    },
    { timeout: 30_000 },
  );
  assert.equal(cancelled.status?.reason, 'CancelledBuild');
  // Other platforms build on this machine too.
  await eventually(
    async () => {
      const { stdout } = await docker('ps', '--filter', `name=^/build\\.${platform.nodeName}\\.`, '--format', '{{.Names}}');
      assert.equal(stdout, '');
    },
    { timeout: 30_000 },
  );
});
