import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { BlobPlaces } from '../../../../../lib/platform/node/builds/blob-places.ts';
import { openPushRelay } from '../../../../../lib/platform/node/builds/push-relay.ts';

const DIGEST = `sha256:${createHash('sha256').update('a layer').digest('hex')}`;
const login = { username: 'x', password: 'secret' };
/** What the registry has: `REPOSITORY DIGEST`. */
const blobs = new Set<string>();
/** Repositories that the login may pull from. */
const mayPull = new Set<string>();
const asked: string[] = [];
let host: string;

// A registry with tokens, as far as a push needs one; a token is the list of its scopes.
const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://registry');
  if (url.pathname === '/token') {
    const scopes = url.searchParams.getAll('scope').filter((scope) => /push/.test(scope) || mayPull.has(scope.split(':')[1]!));
    return void response.end(JSON.stringify({ token: Buffer.from(scopes.join(' ')).toString('base64'), expires_in: 60 }));
  }
  const challenge = { 'www-authenticate': `Bearer realm="http://${host}/token",service="r"` };
  if (url.pathname === '/v2/') return void response.writeHead(401, challenge).end();
  asked.push(`${request.method} ${request.url}`);
  const [, repository = '', rest = ''] = /^\/v2\/(.+)\/blobs\/(.*)$/.exec(url.pathname) ?? [];
  if (request.method === 'HEAD') return void response.writeHead(blobs.has(`${repository} ${rest}`) ? 200 : 404).end();
  const from = url.searchParams.get('from');
  if (from !== null && !scopesOf(request).includes(`repository:${from}:pull`))
    return void response.writeHead(401, challenge).end();
  if (from !== null && blobs.has(`${from} ${url.searchParams.get('mount')}`)) {
    blobs.add(`${repository} ${url.searchParams.get('mount')}`);
    return void response.writeHead(201).end();
  }
  if (request.method === 'PUT') blobs.add(`${repository} ${url.searchParams.get('digest')}`);
  response.writeHead(request.method === 'PUT' ? 201 : 202, { location: `/v2/${repository}/blobs/uploads/1` }).end();
});

const scopesOf = ({ headers }: IncomingMessage): string[] =>
  Buffer.from(headers.authorization!.replace('Bearer ', ''), 'base64').toString().split(' ');

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());
beforeEach(() => {
  for (const each of [blobs, mayPull]) each.clear();
  asked.length = 0;
});

/** A push of one layer as the engine does it: it asks, and sends what is not there. Resolves to whether it was sent. */
async function push(namespace: string, name: string, places: BlobPlaces, bases: readonly string[] = []): Promise<boolean> {
  await using relay = await openPushRelay({ output: `${host}/${namespace}/${name}:latest`, login, namespace, places, bases });
  const url = `http://${relay.name.replace('/', '/v2/').replace(/:latest$/, '')}/blobs`;
  if ((await fetch(`${url}/${DIGEST}`, { method: 'HEAD' })).status === 200) return false;
  assert.equal((await fetch(`${url}/uploads/?digest=${DIGEST}`, { method: 'PUT', body: 'a layer' })).status, 201);
  return true;
}

test('a layer that a project has pushed is taken over into its other repositories', async () => {
  const places = new BlobPlaces();
  mayPull.add('shop/web');
  assert.equal(await push('shop', 'web', places), true);
  assert.equal(await push('shop', 'api', places), false);
  assert.ok(blobs.has(`shop/api ${DIGEST}`));
  asked.length = 0;
  assert.equal(await push('shop', 'api', places), false);
  assert.deepEqual(asked, [`HEAD /v2/shop/api/blobs/${DIGEST}`]);
});

test('what another project has pushed is sent anew, whoever might have it', async () => {
  const places = new BlobPlaces();
  mayPull.add('shop/web');
  assert.equal(await push('shop', 'web', places), true);
  assert.equal(await push('other', 'web', places), true);
  assert.ok(!asked.some((line) => line.includes('from=')), asked.join('\n'));
});

test('a layer is sent where the login may not pull from the repository that has it, or that has it no longer', async () => {
  const places = new BlobPlaces();
  assert.equal(await push('shop', 'web', places), true);
  assert.equal(await push('shop', 'api', places), true);
  mayPull.add('shop/web').add('shop/api');
  blobs.clear();
  assert.equal(await push('shop', 'job', places), true);
});

test("a layer of the image that a build is from is taken over from that image's repository, where the login may pull from there", async () => {
  blobs.add(`openshift/nodejs ${DIGEST}`);
  assert.equal(await push('shop', 'web', new BlobPlaces(), ['tools/cc', 'openshift/nodejs']), true);
  assert.ok(!blobs.has(`shop/api ${DIGEST}`));
  mayPull.add('openshift/nodejs');
  assert.equal(await push('shop', 'api', new BlobPlaces(), ['tools/cc', 'openshift/nodejs']), false);
  assert.ok(blobs.has(`shop/api ${DIGEST}`));
});

test('nobody gets through who does not know the name', async () => {
  await using relay = await openPushRelay({
    output: `${host}/shop/web:latest`,
    login,
    namespace: 'shop',
    places: new BlobPlaces(),
    bases: [],
  });
  const [address] = relay.name.split('/');
  const { status } = await fetch(`http://${address}/v2/shop/web/blobs/${DIGEST}`, { method: 'HEAD' });
  assert.deepEqual([status, asked], [404, []]);
});
