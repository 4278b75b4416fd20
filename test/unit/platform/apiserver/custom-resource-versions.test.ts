import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { specSchema } from '../../../support/custom-resources.ts';
import { type ApiUnderTest, frames, startApi, take } from './api-under-test.ts';
import { CRDS, define } from './define-kind.ts';
import { WIDGETS, merge, apply, widget, created } from './widgets.ts';

test('one object in several versions: read, written, watched and stored in the newest when it is written', async () => {
  await using api = await startApi();
  const old = {
    name: 'v1beta1',
    served: true,
    storage: true,
    schema: specSchema({ a: { type: 'string' }, b: { type: 'string' } }),
  };
  const schema = specSchema({ a: { type: 'string' }, c: { type: 'string', default: 'new' } });
  await define(api, { versions: [old, { name: 'v1', served: true, storage: false, schema, deprecated: true }] });
  const beta = '/apis/example.com/v1beta1/namespaces/default/widgets';
  const watched = frames(await api.open('GET', `${WIDGETS}?watch=true`));
  await created(api, { metadata: { name: 'a' }, spec: { a: '1', b: '2' } }, beta);
  const [event] = await take(watched, 1);
  assert.deepEqual([event!.object.apiVersion, event!.object['spec']], ['example.com/v1', { a: '1', c: 'new' }]);
  const read = await api.call('GET', `${WIDGETS}/a`);
  assert.deepEqual(read.body.spec, { a: '1', c: 'new' });
  assert.equal(read.headers['warning'], '299 - "example.com/v1 Widget is deprecated"');
  const group = (await api.call('GET', '/apis/example.com')).body;
  assert.deepEqual(group.preferredVersion.version, 'v1');
  // Another version is stored from now on; the object follows with its next write.
  const swap = [0, 1].map((i) => ({ op: 'replace', path: `/spec/versions/${i}/storage`, value: i === 1 }));
  const changed = await api.call('PATCH', `${CRDS}/widgets.example.com`, {
    headers: { 'content-type': 'application/json-patch+json' },
    body: swap,
  });
  assert.deepEqual(changed.body.status.storedVersions, ['v1beta1', 'v1']);
  const before = (await api.call('GET', `${beta}/a`)).body;
  assert.deepEqual([before.apiVersion, before.spec], ['example.com/v1beta1', { a: '1', b: '2' }]);
  const put = await api.call('PUT', `${WIDGETS}/a`, { body: (await api.call('GET', `${WIDGETS}/a`)).body });
  assert.notEqual(put.body.metadata.resourceVersion, before.metadata.resourceVersion);
  assert.deepEqual((await api.call('GET', `${beta}/a`)).body.spec, { a: '1' });
  const gone = await api.call('PATCH', `${CRDS}/widgets.example.com`, {
    headers: { 'content-type': 'application/json-patch+json' },
    body: [{ op: 'remove', path: '/spec/versions/0' }],
  });
  assert.match(gone.body.message, /status\.storedVersions\[0\]: Invalid value: "v1beta1": missing from spec\.versions/);
});

test('a version that is stored and not served is nobody’s to ask for, and its objects are there in the others', async () => {
  await using api = await startApi();
  const schema = specSchema({ a: { type: 'string' } });
  await define(api, {
    versions: [
      { name: 'v1', served: true, storage: false, schema },
      { name: 'v0', served: false, storage: true, schema },
    ],
  });
  await created(api, widget('a', { a: 'x' }));
  assert.equal((await api.call('GET', '/apis/example.com/v0/namespaces/default/widgets')).code, 404);
  assert.deepEqual((await api.call('GET', `${WIDGETS}/a`)).body.spec, { a: 'x' });
  assert.deepEqual(
    (await api.call('GET', '/apis/example.com')).body.versions.map(({ version }: { version: string }) => version),
    ['v1'],
  );
  const stored = await api.backend.list('/registry/example.com/widgets/');
  assert.match(Buffer.from(stored.items[0]!.value).toString(), /^{"apiVersion":"example\.com\/v0"/);
});

interface Review {
  readonly apiVersion: string;
  readonly request: { readonly uid: string; readonly desiredAPIVersion: string; readonly objects: readonly KubeObject[] };
}

/** A conversion webhook on a port of its own: `convert` makes the response of a request. */
async function startConverter(
  api: ApiUnderTest,
  convert: (request: Review['request']) => object,
): Promise<AsyncDisposable & { readonly conversion: object; readonly seen: Review['request'][] }> {
  const pair = await api.certificates.authority.issue({ commonName: 'hook', ipAddresses: ['127.0.0.1'], usages: ['server'] });
  const seen: Review['request'][] = [];
  const server: Server = createServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.once('end', () => {
      const { apiVersion, request: asked } = JSON.parse(text) as Review;
      seen.push(asked);
      response.end(JSON.stringify({ apiVersion, kind: 'ConversionReview', response: { uid: asked.uid, ...convert(asked) } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clientConfig = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/convert`,
    caBundle: Buffer.from(api.certificates.caPem).toString('base64'),
  };
  return {
    seen,
    conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** v1 has `host` and `port` where v1beta1 has `address`. */
function convertAddresses({ desiredAPIVersion, objects }: Review['request']): object {
  const convertedObjects = objects.map((object) => {
    const { address, host, port, ...rest } = object['spec'] as Record<string, unknown>;
    const spec =
      desiredAPIVersion === 'example.com/v1'
        ? { ...rest, host: String(address).split(':')[0], port: Number(String(address).split(':')[1]) }
        : { ...rest, address: `${String(host)}:${String(port)}` };
    return { ...object, apiVersion: desiredAPIVersion, spec };
  });
  return { result: { status: 'Success' }, convertedObjects };
}

const VERSIONS = [
  {
    name: 'v1',
    served: true,
    storage: true,
    schema: specSchema({ host: { type: 'string' }, port: { type: 'integer', maximum: 100 } }),
  },
  { name: 'v1beta1', served: true, storage: false, schema: specSchema({ address: { type: 'string' } }) },
];

const BETA = '/apis/example.com/v1beta1/namespaces/default/widgets';

test('a conversion webhook turns objects into other versions: for reads, lists, watches, writes, patches and applications', async () => {
  await using api = await startApi();
  await using hook = await startConverter(api, convertAddresses);
  await define(api, { versions: VERSIONS, spec: { conversion: hook.conversion } });
  const watched = frames(await api.open('GET', `${BETA}?watch=true&allowWatchBookmarks=true`));
  await created(api, widget('a', { host: 'h', port: 80 }));
  const made = await created(api, { metadata: { name: 'b' }, spec: { address: 'x:81' } }, BETA);
  assert.deepEqual([made.body.apiVersion, made.body.spec], ['example.com/v1beta1', { address: 'x:81' }]);
  assert.deepEqual((await api.call('GET', `${WIDGETS}/b`)).body.spec, { host: 'x', port: 81 });
  assert.deepEqual(
    (await take(watched, 2)).map(({ object }) => [object.apiVersion, object['spec']]),
    [
      ['example.com/v1beta1', { address: 'h:80' }],
      ['example.com/v1beta1', { address: 'x:81' }],
    ],
  );
  const list = (await api.call('GET', BETA)).body;
  assert.deepEqual(
    list.items.map(({ apiVersion, spec }: KubeObject) => [apiVersion, spec.address]),
    [
      ['example.com/v1beta1', 'h:80'],
      ['example.com/v1beta1', 'x:81'],
    ],
  );
  // What was asked once is remembered.
  const asked = hook.seen.length;
  await api.call('GET', BETA);
  assert.equal(hook.seen.length, asked);
  const patched = await api.call('PATCH', `${BETA}/a`, { headers: merge, body: { spec: { address: 'h:82' } } });
  assert.deepEqual(patched.body.spec, { address: 'h:82' });
  assert.equal((await api.call('GET', `${WIDGETS}/a`)).body.spec.port, 82);
  const config = { apiVersion: 'example.com/v1beta1', kind: 'Widget', metadata: { name: 'c' }, spec: { address: 'c:1' } };
  const applied = await api.call('PATCH', `${BETA}/c?fieldManager=me`, { headers: apply, body: config });
  assert.deepEqual([applied.code, applied.body.metadata.managedFields[0].apiVersion], [201, 'example.com/v1beta1']);
  const again = await api.call('PATCH', `${BETA}/c?fieldManager=me`, {
    headers: apply,
    body: { ...config, spec: { address: 'c:2' } },
  });
  assert.deepEqual([again.code, again.body.spec], [200, { address: 'c:2' }]);
  assert.deepEqual((await api.call('GET', `${WIDGETS}/c`)).body.spec, { host: 'c', port: 2 });
});

test('an answer of a webhook that is none is told in words, and nothing is written', async () => {
  await using api = await startApi();
  const answers: Record<string, (request: Review['request']) => object> = {
    'no converter for you': () => ({ result: { status: 'Failure', message: 'no converter for you' } }),
    'returned 0 objects, expected 1': () => ({ result: { status: 'Success' }, convertedObjects: [] }),
    'invalid groupVersion \\(expected example\\.com/v1, received example\\.com/v1beta1\\)': ({ objects }) => ({
      result: { status: 'Success' },
      convertedObjects: objects,
    }),
    'must have the same name: a != z': ({ objects, desiredAPIVersion }) => ({
      result: { status: 'Success' },
      convertedObjects: objects.map((each) => ({
        ...each,
        apiVersion: desiredAPIVersion,
        metadata: { ...each.metadata, name: 'z' },
      })),
    }),
  };
  let said = '';
  await using hook = await startConverter(api, (request) => answers[said]!(request));
  await define(api, { versions: VERSIONS, spec: { conversion: hook.conversion } });
  for (said of Object.keys(answers)) {
    const refused = await api.call('POST', BETA, { body: { metadata: { name: 'a' }, spec: { address: 'a:1' } } });
    assert.equal(refused.code, 500, refused.text);
    assert.match(refused.body.message, new RegExp(`conversion webhook for example\\.com/v1beta1, Kind=Widget failed: .*${said}`));
  }
  assert.equal((await api.call('GET', `${WIDGETS}/a`)).code, 404);
});
