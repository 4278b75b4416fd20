import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { eventually } from '../support/eventually.ts';
import { ensureWebImages, WEB_A, WEB_B } from '../support/images.ts';
import { platformImage } from '../support/platform-images.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { runCommand, type CommandResult } from '../support/run-command.ts';

let platform: TestPlatform;
let host: string;
const folder = mkdtempSync(join(tmpdir(), 'oo-registry-'));
const made = new Set<string>();

before(async () => {
  const [registry] = await Promise.all([
    platformImage('registry'),
    platformImage('builder'),
    platformImage('static'),
    ensureWebImages(),
  ]);
  platform = await startPlatform({ config: { images: { registry }, registry: { enabled: true, builderImages: ['static'] } } });
  host = `${platform.config.serviceCIDR!.replace(/\d+\/\d+$/, '5')}:5000`;
  const { kubectl } = platform;
  await Promise.all(['shop', 'friend', 'stranger'].map((name) => kubectl(['create', 'namespace', name])));
  // A project's accounts and their roles; namespaces that were not asked for as projects have the accounts only.
  for (const name of ['shop', 'friend', 'stranger']) {
    const pull = ['--clusterrole', 'system:image-puller', '--group', `system:serviceaccounts:${name}`];
    const push = ['--clusterrole', 'system:image-builder', '--serviceaccount', `${name}:builder`];
    await kubectl(['create', 'rolebinding', 'test-pull', ...pull, '--namespace', name]);
    await kubectl(['create', 'rolebinding', 'test-push', ...push, '--namespace', name]);
    await eventually(() => kubectl(['get', 'serviceaccount', 'builder', '--namespace', name]));
  }
  await eventually(() => kubectl(['rollout', 'status', 'deployment/docker-registry', '--timeout=60s']), { timeout: 90_000 });
  // Its pod is ready; its address leads there, and Docker trusts it, when who follows that has heard of it.
  await eventually(() => login('shop'), { timeout: 30_000 });
  await login('stranger');
});

after(async () => {
  await platform?.stop();
  if (made.size > 0) await runCommand(['docker', 'rmi', '--force', ...made], { anyCode: true });
  rmSync(folder, { recursive: true, force: true });
});

/** Docker on the host, as somebody with a login of his own. */
function docker(user: string, args: readonly string[], options: Parameters<typeof runCommand>[1] = {}): Promise<CommandResult> {
  const config = join(folder, user);
  mkdirSync(config, { recursive: true });
  for (const arg of args) if (arg.startsWith(`${host}/`)) made.add(arg);
  return runCommand(['docker', ...args], { ...options, env: { DOCKER_CONFIG: config } });
}

async function login(namespace: string, account = 'builder'): Promise<string> {
  const token = await platform.kubectl.text('create', 'token', account, '--namespace', namespace);
  await docker(namespace, ['login', host, '--username', 'any', '--password-stdin'], { stdin: token });
  return token;
}

async function pushAs(namespace: string, source: string, target: string): Promise<CommandResult> {
  await docker(namespace, ['tag', source, `${host}/${target}`]);
  return docker(namespace, ['push', `${host}/${target}`], { anyCode: true });
}

/** Each test may be the first to need it; pushed again, it is the same. */
async function pushWeb(): Promise<CommandResult> {
  const pushed = await pushAs('shop', WEB_A, 'shop/web:v1');
  assert.equal(pushed.code, 0, pushed.stderr);
  return pushed;
}

const tagged = (namespace: string): Promise<string> =>
  platform.kubectl.text('get', 'imagestreamtags', '--namespace', namespace, '-o', 'jsonpath={.items[*].metadata.name}');

const podOf = (namespace: string, name: string, image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  // Present or not must make no difference: the pull decides.
  spec: { containers: [{ name: 'web', image, imagePullPolicy: 'IfNotPresent' }], terminationGracePeriodSeconds: 0 },
});

it('takes pushes of who may push there, as tags of streams, and of nobody else', async () => {
  const refused = await docker('nobody', ['login', host, '--username', 'x', '--password-stdin'], {
    stdin: 'wrong',
    anyCode: true,
  });
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /unauthorized/);
  const pushed = await pushWeb();
  const digest = /sha256:[0-9a-f]{64}/.exec(pushed.stdout)![0];
  const denied = await pushAs('stranger', WEB_A, 'shop/web:v2');
  assert.match(denied.stderr, /denied: requested access to the resource is denied/);
  const tag = await eventually(() => platform.kubectl.json('get', 'imagestreamtag', 'web:v1', '--namespace', 'shop'));
  assert.equal(tag['image'].dockerImageReference, `${host}/shop/web@${digest}`);
  assert.deepEqual(tag['image'].dockerImageMetadata.Config.ExposedPorts, { '8080/tcp': {} });
  assert.equal(await tagged('shop'), 'web:v1');
  const stream = await platform.kubectl.json('get', 'imagestream', 'web', '--namespace', 'shop');
  assert.equal(stream['status'].dockerImageRepository, `${host}/shop/web`);
});

it('lets pull who may pull: on the host and in pods, under each of its names', async () => {
  const { kubectl } = platform;
  const image = `${host}/shop/web:v1`;
  await pushWeb();
  await docker('stranger', ['rmi', image]);
  assert.match((await docker('stranger', ['pull', image], { anyCode: true })).stderr, /denied/);
  await docker('shop', ['pull', image]);
  const group = ['--group', 'system:serviceaccounts:friend', '--namespace', 'shop'];
  await kubectl(['create', 'rolebinding', 'friends', '--clusterrole', 'system:image-puller', ...group]);
  await kubectl.create(podOf('shop', 'own', 'image-registry.openshift-image-registry.svc:5000/shop/web:v1'));
  await kubectl.create(podOf('friend', 'friends', 'docker-registry.default.svc:5000/shop/web:v1'));
  await kubectl.create(podOf('stranger', 'strangers', image));
  // The engine has it by now, and would give it to whoever knows its digest, or the beginning of its id.
  const inspected = await docker('shop', ['image', 'inspect', '--format', '{{.Id}}{{range .RepoDigests}} {{.}}{{end}}', image]);
  const [id = '', ...digests] = inspected.stdout.trim().split(' ');
  // Registries of other platforms on this machine may have the very same image.
  const byDigest = digests.find((digest) => digest.startsWith(`${host}/shop/web@`))!;
  await kubectl.create(podOf('friend', 'friends-digest', byDigest));
  await kubectl.create(podOf('stranger', 'strangers-digest', byDigest));
  await kubectl.create(podOf('stranger', 'strangers-id', id.slice('sha256:'.length, 24)));
  await kubectl(['wait', '--for=condition=Ready', 'pod/own', '--namespace', 'shop', '--timeout=200s']);
  const friends = ['pod/friends', 'pod/friends-digest', '--namespace', 'friend', '--timeout=200s'];
  await kubectl(['wait', '--for=condition=Ready', ...friends]);
  for (const name of ['strangers', 'strangers-digest', 'strangers-id'])
    await eventually(
      async () => {
        const { status } = await kubectl.json<KubeObject>('get', 'pod', name, '--namespace', 'stranger');
        const { waiting } = status.containerStatuses[0].state;
        assert.match(waiting?.reason ?? '', /ErrImagePull|ImagePullBackOff/, name);
        if (name !== 'strangers-id') assert.match(waiting.message, /denied/);
      },
      { timeout: 30_000 },
    );
});

it('gives a layer of one project to another without its being sent, where who pushes may pull it, and to nobody else', async () => {
  await pushWeb();
  const group = ['--group', 'system:serviceaccounts:friend', '--namespace', 'shop'];
  await platform.kubectl(['create', 'rolebinding', 'layers', '--clusterrole', 'system:image-puller', ...group]);
  const own = await registryToken(await login('shop'), 'repository:shop/web:pull');
  const manifest = JSON.parse((await registryCall('GET', '/v2/shop/web/manifests/v1', own)).body.toString());
  const { digest } = manifest.layers[0] as { digest: string };
  const mount = async (namespace: string): Promise<readonly number[]> => {
    const token = await registryToken(await login(namespace), `repository:${namespace}/copy:pull,push repository:shop/web:pull`);
    const asked = await registryCall('POST', `/v2/${namespace}/copy/blobs/uploads/?mount=${digest}&from=shop/web`, token);
    return [asked.code, (await registryCall('HEAD', `/v2/${namespace}/copy/blobs/${digest}`, token)).code];
  };
  assert.deepEqual(await mount('stranger'), [401, 404]);
  await eventually(async () => assert.deepEqual(await mount('friend'), [201, 200]));
});

it("has the platform's builder images, as streams of the project openshift, and what is made from them takes their layers from there", async () => {
  const { kubectl } = platform;
  const path = 'jsonpath={.image.dockerImageReference} {.image.dockerImageMetadata.Config.Labels}';
  const tag = ['get', 'imagestreamtag', 'static:latest', '--namespace', 'openshift', '-o', path];
  // First it is named on its node.
  await eventually(
    async () => assert.match(await kubectl.text(...tag), new RegExp(`^${host}/openshift/static@sha256:.*/usr/libexec/s2i`)),
    {
      timeout: 90_000,
    },
  );
  const [reference = ''] = (await kubectl.text(...tag)).split(' ');
  const scope = 'repository:stranger/page:pull,push repository:openshift/static:pull';
  const token = await registryToken(await login('stranger'), scope);
  const digest = reference.slice(reference.indexOf('@') + 1);
  const { body } = await registryCall('GET', `/v2/openshift/static/manifests/${digest}`, token);
  const { layers } = JSON.parse(body.toString()) as { layers: { digest: string }[] };
  assert.ok(layers.length > 0);
  // What Docker asks for before it sends a layer. Which repositories it tries is its own choice.
  for (const layer of layers) {
    const path = '/v2/stranger/page/blobs';
    assert.equal((await registryCall('HEAD', `${path}/${layer.digest}`, token)).code, 404);
    assert.equal((await registryCall('POST', `${path}/uploads/?mount=${layer.digest}&from=openshift/static`, token)).code, 201);
    assert.equal((await registryCall('HEAD', `${path}/${layer.digest}`, token)).code, 200);
  }
  const page = join(folder, 'page');
  mkdirSync(page);
  writeFileSync(join(page, 'Dockerfile'), `FROM ${reference}\nLABEL made=here\n`);
  await docker('stranger', ['pull', '--quiet', reference]);
  await docker('stranger', ['build', '--quiet', '--tag', `${host}/stranger/page:v1`, page]);
  await docker('stranger', ['push', '--quiet', `${host}/stranger/page:v1`]);
  assert.match((await pushAs('stranger', WEB_A, 'openshift/static:latest')).stderr, /denied/);
});

it('has every push that it answered, when registry and daemon are killed in the middle', async () => {
  const { kubectl } = platform;
  const target = 'shop/large:v1';
  const big = join(folder, 'big');
  mkdirSync(big);
  writeFileSync(join(big, 'noise'), randomBytes(64 << 20));
  writeFileSync(join(big, 'Dockerfile'), `FROM ${WEB_B}\nCOPY noise /noise\n`);
  await docker('shop', ['build', '--quiet', '--tag', `${host}/${target}`, big], { timeout: 120_000 });
  const push = docker('shop', ['push', `${host}/${target}`], { anyCode: true, timeout: 120_000 });
  const container = await containerOfRegistry();
  // Some of the layer is there.
  const volumes = join(platform.dataDir, 'volumes');
  const isUpload = (path: string): boolean => /_uploads\/.*\/data$/.test(path) && statSync(join(volumes, path)).size > 1_024;
  // Not by a program: the push may be over before it has looked.
  await eventually(() => readdirSync(volumes, { recursive: true, encoding: 'utf8' }).some(isUpload), {
    timeout: 60_000,
    what: 'a part of a layer',
  });
  await runCommand(['docker', 'kill', '--signal', 'KILL', container]);
  const first = await push;
  // Docker tries again by itself; whether it had enough patience does not matter.
  if (first.code !== 0) await eventually(async () => assert.equal((await pushAgain(target)).code, 0), { timeout: 60_000 });
  await eventually(async () => assert.match(await tagged('shop'), /large:v1/), { timeout: 60_000 });

  // A push that was answered while nobody could be told of it, and then the registry forgets what it had to tell.
  // A tag that there was before would not tell whether this push has been told of: that would bring it back.
  assert.equal((await pushAs('shop', WEB_A, 'shop/web:gone')).code, 0);
  await eventually(async () => assert.match(await tagged('shop'), /web:gone/), { timeout: 60_000 });
  await kubectl(['delete', 'imagestreamtag', 'web:gone', '--namespace', 'shop']);
  const token = await registryToken(await login('shop'), 'repository:shop/web:pull,push');
  const manifest = await registryCall('GET', '/v2/shop/web/manifests/gone', token);
  await platform.kill('SIGKILL');
  const answer = await registryCall('PUT', '/v2/shop/web/manifests/late', token, manifest.body);
  assert.equal(answer.code, 201, answer.body.toString());
  await runCommand(['docker', 'kill', '--signal', 'KILL', await containerOfRegistry()]);
  await platform.start();
  await eventually(async () => assert.match(await tagged('shop'), /web:late/), { timeout: 60_000 });
  // The tag that was taken away is still in the registry, and stays away from the stream.
  assert.equal((await registryCall('GET', '/v2/shop/web/manifests/gone', token)).code, 200);
  assert.doesNotMatch(await tagged('shop'), /web:gone/);
});

it('forgets an image that is deleted, with what an index of it names alone, and frees its layers when it starts the next time', async () => {
  const { kubectl } = platform;
  const multi = await pushIndexes();
  const tag = ['get', 'imagestreamtag', 'large:v1', '--namespace', 'shop'];
  const digest = await kubectl.text(...tag, '-o', 'jsonpath={.image.metadata.name}');
  const token = await registryToken(await login('shop'), 'repository:shop/large:pull repository:shop/web:pull');
  const large = async (): Promise<string> =>
    (await runCommand(['find', join(platform.dataDir, 'volumes'), '-path', '*/blobs/*/data', '-size', '+60M'])).stdout.trim();
  assert.equal((await registryCall('GET', `/v2/shop/large/manifests/${digest}`, token)).code, 200);
  assert.equal((await large()).split('\n').length, 1);
  await kubectl(['delete', 'image', digest]);
  await eventually(async () => assert.equal((await registryCall('GET', `/v2/shop/large/manifests/${digest}`, token)).code, 404), {
    timeout: 30_000,
  });
  assert.equal((await registryCall('GET', '/v2/shop/large/manifests/v1', token)).code, 404);
  await kubectl([
    'delete',
    'image',
    await kubectl.text('get', 'imagestreamtag', 'multi:v1', '-n', 'shop', '-o', 'jsonpath={.image.metadata.name}'),
  ]);
  await eventually(async () => assert.deepEqual(await multi(), [404, 200, 404, 200]), { timeout: 30_000 });
  await runCommand(['docker', 'kill', '--signal', 'KILL', await containerOfRegistry()]);
  await eventually(async () => assert.equal(await large(), ''), { timeout: 60_000 });
  const parts = ['-path', '*/blobs/*/data', '-size', '+4M', '-size', '-6M'];
  // One blob goes after the other.
  await eventually(async () => {
    const left = await runCommand(['find', join(platform.dataDir, 'volumes'), ...parts]);
    assert.equal(left.stdout.trim().split('\n').length, 1);
  });
  await eventually(async () => assert.equal((await registryCall('GET', '/v2/shop/web/manifests/late', token)).code, 200), {
    timeout: 60_000,
  });
  // Of two indexes with a manifest in common the first is gone, and what it named alone.
  assert.deepEqual(await multi(), [404, 200, 404, 200]);
  // It is not found there again.
  await assert.rejects(kubectl(['get', 'image', digest]), /NotFound/);
});

it('is trusted by Docker through a file that the clean-up removes', async () => {
  const path = `/etc/docker/certs.d/${host}/ca.crt`;
  assert.equal(readFileSync(path, 'utf8'), readFileSync(join(platform.dataDir, 'pki', 'ca.crt'), 'utf8'));
  await platform.stop();
  assert.throws(() => readFileSync(path), /ENOENT/);
});

/** Bytes of a layer of its own, as nothing else has it. */
const PART_SIZE = 5 << 20;

/** Images for several machines, v1 of manifests A and B, v2 of B alone. What is answered asks for both, then for A and B. */
async function pushIndexes(): Promise<() => Promise<number[]>> {
  const token = await registryToken(await login('shop'), 'repository:shop/multi:pull,push');
  const put = (path: string, body: Buffer, type?: string) => registryCall('PUT', `/v2/shop/multi/${path}`, token, body, type);
  const blob = async (bytes: Buffer): Promise<{ digest: string; size: number }> => {
    const digest = digestOf(bytes);
    const { location } = await registryCall('POST', '/v2/shop/multi/blobs/uploads/', token);
    const { pathname, search } = new URL(location!, `https://${host}`);
    assert.equal((await registryCall('PUT', `${pathname}${search}&digest=${digest}`, token, bytes)).code, 201);
    return { digest, size: bytes.length };
  };
  const manifest = async (architecture: string): Promise<{ readonly digest: string; readonly [field: string]: unknown }> => {
    const config = await blob(
      Buffer.from(JSON.stringify({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [] } })),
    );
    const layer = await blob(randomBytes(PART_SIZE));
    const layers = [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...layer }];
    const body = { schemaVersion: 2, mediaType: MANIFEST, layers };
    const text = Buffer.from(
      JSON.stringify({ ...body, config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config } }),
    );
    assert.equal((await put(`manifests/${digestOf(text)}`, text)).code, 201);
    return { mediaType: MANIFEST, digest: digestOf(text), size: text.length, platform: { architecture, os: 'linux' } };
  };
  const [a, b] = [await manifest('amd64'), await manifest('arm64')];
  const index = async (tag: string, manifests: object[]): Promise<string> => {
    const text = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
    assert.equal((await put(`manifests/${tag}`, text, INDEX)).code, 201);
    await eventually(async () => assert.match(await tagged('shop'), new RegExp(`multi:${tag}`)));
    return digestOf(text);
  };
  const all = [await index('v1', [a, b]), await index('v2', [b]), a.digest, b.digest];
  const code = async (digest: string): Promise<number> =>
    (await registryCall('GET', `/v2/shop/multi/manifests/${digest}`, token)).code;
  return () => Promise.all(all.map(code));
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const pushAgain = (target: string): Promise<CommandResult> =>
  docker('shop', ['push', `${host}/${target}`], { anyCode: true, timeout: 60_000 });

async function containerOfRegistry(): Promise<string> {
  const filters = [`io.kubernetes.container.name=registry`, `io.openshift.node=${platform.nodeName}`];
  const { stdout } = await runCommand(['docker', 'ps', '-q', ...filters.flatMap((label) => ['--filter', `label=${label}`])]);
  assert.notEqual(stdout.trim(), '');
  return stdout.trim().split('\n')[0]!;
}

interface RawAnswer {
  readonly code: number;
  readonly body: Buffer;
  readonly location: string | undefined;
}

async function registryToken(password: string, scope: string): Promise<string> {
  const { body } = await call(
    `${platform.url}/registry/token?service=docker-registry&scope=${encodeURIComponent(scope)}`,
    'GET',
    `Basic ${Buffer.from(`any:${password}`).toString('base64')}`,
  );
  return (JSON.parse(body.toString()) as { token: string }).token;
}

const registryCall = (method: string, path: string, token: string, body?: Buffer, type?: string): Promise<RawAnswer> =>
  call(`https://${host}${path}`, method, `Bearer ${token}`, body, type);

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';

function call(url: string, method: string, authorization: string, body?: Buffer, type = MANIFEST): Promise<RawAnswer> {
  const ca = readFileSync(join(platform.dataDir, 'pki', 'ca.crt'));
  const headers = { authorization, accept: `${MANIFEST},${INDEX}`, ...(body === undefined ? {} : { 'content-type': type }) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ca, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('end', () =>
        resolve({ code: response.statusCode ?? 0, body: Buffer.concat(parts), location: response.headers.location }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
