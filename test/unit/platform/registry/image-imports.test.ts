import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lookup } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../../lib/common/clock.ts';
import { silentLog } from '../../../../lib/common/log.ts';
import type { ImageStream, ImageStreamImport } from '../../../../lib/platform/api/image/image-types.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { runControllers } from '../../../../lib/platform/controllers/controller-runner.ts';
import { importController } from '../../../../lib/platform/registry/import-controller.ts';
import { addressJudge, type AddressJudge } from '../../../../lib/platform/registry/remote/address-judge.ts';
import { remoteImages } from '../../../../lib/platform/registry/remote/remote-images.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ApiUnderTest, type Reply, startApi } from '../apiserver/api-under-test.ts';

const TYPE = 'application/vnd.oci.image.manifest.v1+json';
const config = JSON.stringify({ architecture: 'amd64', config: { Env: ['A=1'], Labels: { a: 'b' } } });
const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
let version = 1;
const manifest = (): string =>
  JSON.stringify({
    mediaType: TYPE,
    config: { digest: digest(config), size: config.length },
    layers: [],
    annotations: { version },
  });

/** A registry on loopback, one repository of which is each kind of trouble. */
let registry: Server;
let at: string;
let seen: string[] = [];
let api: ApiUnderTest;
let judge: AddressJudge;
/** Lets the tests' own registry through, and nobody else on loopback. */
const lenient = addressJudge([]);
const stop = new AbortController();
let running: Promise<void>;

before(async () => {
  registry = createServer((request, response) => {
    const path = request.url!.split('?')[0]!;
    seen.push(`${request.headers.host} ${path} ${request.headers.authorization ?? '-'}`);
    const answer = (code: number, body: string, headers: Record<string, string> = {}): void =>
      void response.writeHead(code, { 'content-type': TYPE, ...headers }).end(body);
    if (path === '/token')
      return answer(
        request.headers.authorization === `Basic ${Buffer.from('ann:secret').toString('base64')}` ? 200 : 401,
        '{"token":"t"}',
      );
    const [, , repository, kind, reference] = /^\/v2\/(shop)\/([\w-]+)\/(\w+)\/(.+)$/.exec(path) ?? [];
    if (repository === 'private' && request.headers.authorization !== 'Bearer t')
      return answer(401, '', { 'www-authenticate': `Bearer realm="http://${at}/token",service="x"` });
    if (repository === 'metadata') return answer(302, '', { location: 'http://169.254.169.254/latest/meta-data/' });
    if (repository === 'endless') return void response.writeHead(200, { 'content-type': TYPE }).write(Buffer.alloc(5 << 20));
    if (repository === 'liar') return answer(200, kind === 'blobs' ? 'something else' : manifest());
    if (repository !== 'web' && repository !== 'private') return answer(404, '{}');
    if (kind === 'tags') return answer(200, JSON.stringify({ tags: ['a', 'b', 'c', 'd', 'e', 'f', 'latest', '-bad'] }));
    if (kind === 'blobs' && reference === digest(config)) return answer(200, config);
    return kind === 'manifests' ? answer(200, manifest()) : answer(404, '{}');
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  at = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  judge = {
    problem: (address) => (address === '127.0.0.1' ? undefined : lenient.problem(address)),
    lookup: (name, options, callback) =>
      lookup(name, { ...options, all: true }, (error, addresses) => callback(error, addresses)),
  };
  const remote = remoteImages({
    judge: { problem: (address) => judge.problem(address), lookup: (...args) => judge.lookup(...args) },
    ownHost: async () => undefined,
    caPem: '',
  });
  api = await startApi({ remoteImages: remote });
  await api.call('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } } });
  const user = { name: 'system:openshift-master', groups: ['system:masters'] };
  running = runControllers([importController(systemClock)], {
    client: inProcessClient(api.api.verbs(user), user.name),
    log: silentLog,
    clock: systemClock,
    signal: stop.signal,
  });
});
after(async () => {
  stop.abort();
  await running;
  registry.closeAllConnections();
  registry.close();
  await api[Symbol.asyncDispose]();
});

const STREAMS = '/apis/image.openshift.io/v1/namespaces/shop/imagestreams';

async function ask(spec: Partial<ImageStreamImport['spec']>, name = 'web', as?: string): Promise<Reply> {
  const body = {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStreamImport',
    metadata: { name },
    spec: { import: false, ...spec },
    status: {},
  };
  return api.call('POST', '/apis/image.openshift.io/v1/namespaces/shop/imagestreamimports', {
    body,
    ...(as === undefined ? {} : { as }),
  });
}

const from = (repository: string, more: object = {}): NonNullable<ImageStreamImport['spec']['images']>[number] => ({
  from: { kind: 'DockerImage', name: `${at}/shop/${repository}` },
  importPolicy: { insecure: true },
  ...more,
});

/** What became of one image. */
async function fate(repository: string): Promise<{ status: string; reason?: string; message?: string }> {
  const { body, text, code } = await ask({ images: [from(repository)] });
  assert.equal(code, 201, text);
  return body.status.images[0].status;
}

test('without import nothing is written, and the image says what it is', async () => {
  const { body } = await ask({ images: [from('web:1')] }, 'looked');
  const [found] = body.status.images;
  assert.equal(found.status.status, 'Success');
  assert.equal(found.tag, '1');
  assert.equal(found.image.metadata.name, digest(manifest()));
  assert.deepEqual(found.image.dockerImageMetadata.Config, { Env: ['A=1'], Labels: { a: 'b' } });
  assert.equal(found.image.dockerImageManifest, undefined);
  assert.equal((await api.call('GET', `${STREAMS}/looked`)).code, 404);
});

test('each failure is its image’s own, in OpenShift’s words', async () => {
  assert.deepEqual((await fate('absent')).reason, 'NotFound');
  assert.match((await fate('absent')).message!, /^dockerimage.image.openshift.io "127.0.0.1:\d+\/shop\/absent" not found$/);
  assert.deepEqual((await fate('private')).reason, 'Unauthorized');
  assert.match((await fate('liar')).message!, /something else than what has this digest/);
  assert.match((await fate('endless')).message!, /longer than 4194304 bytes/);
  const refused = await ask({ images: [{ from: { kind: 'DockerImage', name: 'A B' } }] });
  assert.match(refused.text, /spec.images\[0\].from.name: Invalid value: \\"A B\\": invalid reference format/);
});

test('no user has the platform ask the host, the cloud or the cluster', async () => {
  assert.match((await fate('metadata')).message!, /images are not imported from address 169.254.169.254/);
  const strict = addressJudge(['10.128.0.0/14', '172.30.0.0/16', '192.0.2.7']);
  for (const address of ['127.0.0.1', '10.130.0.9', '172.30.0.1', '192.0.2.7', '0.0.0.0', '::1', '::ffff:127.0.0.1', 'fe80::1'])
    assert.match(strict.problem(address) ?? '', /not imported from address/, address);
  for (const address of ['10.0.0.9', '203.0.113.9', '2001:db8::1']) assert.equal(strict.problem(address), undefined, address);
  const before = judge;
  judge = strict;
  seen = [];
  assert.match((await fate('web')).message!, /images are not imported from address 127.0.0.1/);
  const named = await ask({
    images: [{ ...from('x'), from: { kind: 'DockerImage', name: at.replace('127.0.0.1', 'localhost') + '/shop/web' } }],
  });
  assert.match(named.body.status.images[0].status.message, /images are not imported from address/);
  assert.deepEqual(seen, [], 'nobody was asked');
  judge = before;
});

test('the project’s secrets open registries, for their own host alone', async () => {
  const login = (host: string): string =>
    Buffer.from(JSON.stringify({ auths: { [host]: { auth: Buffer.from('ann:secret').toString('base64') } } })).toString('base64');
  const secret = (name: string, host: string): object => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': login(host) },
  });
  await api.call('POST', '/api/v1/namespaces/shop/secrets', { body: secret('other', 'registry.example') });
  assert.equal((await fate('private')).reason, 'Unauthorized');
  await api.call('POST', '/api/v1/namespaces/shop/secrets', { body: secret('own', at) });
  assert.equal((await fate('private')).status, 'Success');
});

test('with import the stream has tags and images; who may not write streams imports none', async () => {
  const { body, code, text } = await ask({ import: true, images: [from('web:1', { to: { name: 'prod' } }), from('absent:2')] });
  assert.equal(code, 201, text);
  const { spec, status, metadata } = body.status.import as ImageStream;
  assert.deepEqual(
    spec.tags!.map(({ name }) => name),
    ['prod', '2'],
  );
  assert.ok(metadata.annotations!['openshift.io/image.dockerRepositoryCheck']);
  const [prod, second] = status.tags!;
  assert.deepEqual([prod!.tag, prod!.items![0]!.image], ['prod', digest(manifest())]);
  assert.deepEqual(
    [second!.conditions![0]!.type, second!.conditions![0]!.status, second!.conditions![0]!.reason],
    ['ImportSuccess', 'False', 'NotFound'],
  );
  const denied = await ask({ import: true, images: [from('web')] }, 'web', 'bob');
  assert.equal(denied.code, 403, denied.text);
});

test('a repository brings five tags and names the others', async () => {
  const { body } = await ask({ import: true, repository: from('web') }, 'whole');
  assert.equal(body.status.repository.status.status, 'Success');
  assert.deepEqual(
    body.status.repository.images.map(({ tag }: { tag: string }) => tag),
    ['latest', 'a', 'b', 'c', 'd'],
  );
  assert.deepEqual(body.status.repository.additionalTags, ['e', 'f']);
});

test('tags of a stream are imported by themselves, and again when somebody asks', async () => {
  const tag = { name: 'x', from: { kind: 'DockerImage', name: `${at}/shop/web:x` }, importPolicy: { insecure: true } };
  const stream = (tags: object[]): object => ({
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name: 'auto' },
    spec: { tags },
  });
  await api.call('POST', STREAMS, { body: stream([tag]) });
  const items = async (): Promise<string[]> =>
    ((await api.call('GET', `${STREAMS}/auto`)).body.status.tags?.[0]?.items ?? []).map(({ image }: { image: string }) => image);
  const first = digest(manifest());
  await eventually(async () => assert.deepEqual(await items(), [first]));
  version++;
  await api.call('PUT', `${STREAMS}/auto`, { body: stream([{ ...tag, generation: 0 }]) });
  await eventually(async () => assert.deepEqual(await items(), [digest(manifest()), first]));
});
