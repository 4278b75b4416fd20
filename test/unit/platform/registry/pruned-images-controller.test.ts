import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../../lib/common/clock.ts';
import { silentLog } from '../../../../lib/common/log.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { runControllers } from '../../../../lib/platform/controllers/controller-runner.ts';
import { ensureAuthority } from '../../../../lib/platform/pki/authority.ts';
import { prunedImagesController } from '../../../../lib/platform/registry/pruned-images-controller.ts';
import { RegistryConnection } from '../../../../lib/platform/registry/registry-connection.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ApiUnderTest, startApi } from '../apiserver/api-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-test-pruned-'));
const stop = new AbortController();
/** What the registry was asked, and with which rights. */
const seen: string[] = [];
/** What the registry has: the parts of each. */
const indexes = new Map<string, readonly string[]>();
let granted = '';
let registry: Server;
let api: ApiUnderTest;
let running: Promise<void>;

before(async () => {
  const authority = await ensureAuthority(folder);
  const { certPem, keyPem } = await authority.issue({ commonName: 'registry', ipAddresses: ['127.0.0.1'], usages: ['server'] });
  registry = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    if (request.method === 'DELETE') seen.push(`${request.url} ${granted}`);
    const index = indexes.get(request.url!.split('/').at(-1)!);
    if (request.method === 'GET' && index !== undefined) {
      response.writeHead(200, { 'content-type': INDEX }).end(JSON.stringify({ manifests: index.map((digest) => ({ digest })) }));
      return;
    }
    const codes: Record<string, number> = { DELETE: request.url!.startsWith('/v2/shop/gone/') ? 404 : 202 };
    response.writeHead(codes[request.method!] ?? 200).end();
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  api = await startApi();
  const client = inProcessClient(api.api.verbs({ name: 'system:openshift:registry', groups: ['system:masters'] }), 'test');
  const connection = new RegistryConnection({
    caPem: authority.caPem,
    host: () => Promise.resolve(`127.0.0.1:${(registry.address() as AddressInfo).port}`),
    issue: (_user, access) => {
      granted = JSON.stringify(access);
      return Promise.resolve({ token: 't', expiresIn: 300, issuedAt: '' });
    },
  });
  running = runControllers([prunedImagesController({ client, connection })], {
    client,
    log: silentLog,
    clock: systemClock,
    signal: stop.signal,
  });
});
after(async () => {
  stop.abort();
  await running;
  registry.close();
  await api[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const INDEX = 'application/vnd.oci.image.index.v1+json';
const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;
const DIGEST = digestOf('a');
const IMAGES = '/apis/image.openshift.io/v1/images';

async function image(name: string, names: string, more: object = {}): Promise<void> {
  const annotations = { 'image.openshift.io/pushed-as': names };
  const body = { metadata: { name, annotations }, dockerImageReference: `127.0.0.1:5000/shop/web@${name}`, ...more };
  assert.equal((await api.call('POST', IMAGES, { as: 'admin', body })).code, 201);
}

test('an image that is deleted is forgotten in every repository that it was pushed into; the others stay', async () => {
  const other = `sha256:${'b'.repeat(64)}`;
  await image(DIGEST, 'shop/web:v2 shop/web:v1 shop/gone:v1 other/web:v1');
  await image(other, 'shop/web:v3');
  assert.equal((await api.call('DELETE', `${IMAGES}/${DIGEST}`, { as: 'admin' })).code, 200);
  await eventually(() => assert.equal(seen.length, 3));
  const asked = (repository: string): string =>
    `/v2/${repository}/manifests/${DIGEST} [{"type":"repository","name":"${repository}","actions":["delete"]}]`;
  assert.deepEqual(seen.toSorted(), ['other/web', 'shop/gone', 'shop/web'].map(asked));
});

test('with an index go the manifests that it names; what is an image itself, or a part of another index, stays', async () => {
  seen.length = 0;
  const [first, second, alone, shared, own, nested, inner] = ['1', '2', '3', '4', '5', '6', '7'].map(digestOf) as [
    string, string, string, string, string, string, string,
  ]; // prettier-ignore
  indexes.set(first, [alone, shared, own, nested]).set(second, [shared]).set(nested, [inner]);
  const type = { dockerImageManifestMediaType: INDEX };
  await image(first, 'shop/multi:v1', type);
  await image(second, 'shop/multi:v2', type);
  await image(own, 'shop/multi:own');
  const forgotten = (): string[] => seen.map((line) => /sha256:(.)/.exec(line)![1]!);
  assert.equal((await api.call('DELETE', `${IMAGES}/${first}`, { as: 'admin' })).code, 200);
  await eventually(() => assert.deepEqual(forgotten(), ['1', '3', '6', '7']));
  // A part that was an image too: the index that names it goes on to work.
  await image(shared, 'shop/multi:shared');
  for (const name of [shared, own]) assert.equal((await api.call('DELETE', `${IMAGES}/${name}`, { as: 'admin' })).code, 200);
  await eventually(() => assert.deepEqual(forgotten(), ['1', '3', '6', '7', '5']));
});
