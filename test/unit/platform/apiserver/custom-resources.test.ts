import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { customResourceDefinition, specSchema } from '../../../support/custom-resources.ts';
import { type ApiUnderTest, frames, type Reply, startApi, take } from './api-under-test.ts';
import { CRDS, define } from './define-kind.ts';

const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';
const merge = { 'content-type': 'application/merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };

const widget = (name: string, spec: object = {}, more: object = {}): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
  ...more,
});

const created = async (api: ApiUnderTest, body: object, path = WIDGETS): Promise<Reply> => {
  const reply = await api.call('POST', path, { body });
  assert.equal(reply.code, 201, reply.text);
  return reply;
};

test('a kind is there from the answer to its acceptance on, and not before', async () => {
  await using api = await startApi();
  assert.equal((await api.call('GET', WIDGETS)).code, 404);
  assert.equal((await api.call('GET', '/apis/example.com')).code, 404);
  const made = await api.call('POST', CRDS, { body: customResourceDefinition() });
  assert.deepEqual(made.body.spec.names, { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' });
  assert.deepEqual([made.body.status.storedVersions, made.body.spec.conversion.strategy], [['v1'], 'None']);
  assert.equal((await api.call('GET', WIDGETS)).code, 404);
  await api.call('DELETE', `${CRDS}/widgets.example.com`);
  await define(api, { group: 'other.example.com' });
  const path = '/apis/other.example.com/v1/namespaces/default/widgets';
  assert.equal((await api.call('GET', path)).body.kind, 'WidgetList');
  assert.equal((await api.call('GET', '/apis/other.example.com/v1')).body.resources[0].name, 'widgets');
  assert.ok((await api.call('GET', '/apis')).body.groups.some((group: { name: string }) => group.name === 'other.example.com'));
  assert.ok('apis/other.example.com/v1' in (await api.call('GET', '/openapi/v3')).body.paths);
});

test('unknown fields are refused, warned about or dropped; nulls go, defaults come', async () => {
  await using api = await startApi();
  const properties = {
    color: { type: 'string', default: 'red' },
    size: { type: 'integer' },
    note: { type: 'string', nullable: true },
    open: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: { known: { type: 'object', properties: {} } },
    },
  };
  await define(api, { version: { schema: specSchema(properties) } });
  const sent = widget('a', { colour: 'blue', size: null, note: null, open: { x: 1, known: { y: 2 } } });
  const strict = await api.call('POST', `${WIDGETS}?fieldValidation=Strict`, { body: sent });
  assert.equal(
    strict.body.message,
    'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.colour", unknown field "spec.open.known.y"',
  );
  const warned = await created(api, sent, `${WIDGETS}?fieldValidation=Warn`);
  assert.deepEqual(
    warned.headers['warning'],
    '299 - "unknown field \\"spec.colour\\"", 299 - "unknown field \\"spec.open.known.y\\""',
  );
  assert.deepEqual(warned.body.spec, { color: 'red', note: null, open: { x: 1, known: {} } });
  const bad = await api.call('POST', WIDGETS, { body: widget('b', {}, { metadata: { name: 'b', labels: { a: 1 } } }) });
  assert.deepEqual(
    [bad.code, bad.body.message],
    [
      400,
      'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
  );
});

test('causes are in Kubernetes’ words; what was wrong before and stays the same is let be', async () => {
  await using api = await startApi();
  const properties = {
    size: { type: 'integer', minimum: 1, maximum: 9 },
    name: { type: 'string', maxLength: 3, pattern: '^[a-z]+$' },
    kind: { type: 'string', enum: ['a', 'b'] },
  };
  await define(api, { version: { schema: specSchema(properties, { required: ['name'] }) } });
  const bad = await api.call('POST', WIDGETS, { body: widget('a', { size: 10, kind: 'c' }) });
  assert.deepEqual(bad.body.details.causes, [
    { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.name' },
    {
      reason: 'FieldValueInvalid',
      message: 'Invalid value: 10: spec.size in body should be less than or equal to 9',
      field: 'spec.size',
    },
    { reason: 'FieldValueNotSupported', message: 'Unsupported value: "c": supported values: "a", "b"', field: 'spec.kind' },
  ]);
  await created(api, widget('a', { name: 'abc', size: 9 }));
  const definition = await api.call('PATCH', `${CRDS}/widgets.example.com`, {
    headers: { 'content-type': 'application/json-patch+json' },
    body: [{ op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/maximum', value: 5 }],
  });
  assert.equal(definition.code, 200, definition.text);
  const other = await api.call('PATCH', `${WIDGETS}/a`, { headers: merge, body: { spec: { name: 'xyz' } } });
  assert.equal(other.code, 200, other.text);
  const again = await api.call('PATCH', `${WIDGETS}/a`, { headers: merge, body: { spec: { size: 8 } } });
  assert.match(
    again.body.message,
    /^Widget\.example\.com "a" is invalid: spec\.size: Invalid value: 8: spec\.size in body should be/,
  );
});

test('status and scale are written by themselves; generations count wishes', async () => {
  await using api = await startApi();
  const scale = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  };
  await define(api, { version: { subresources: { status: {}, scale } } });
  const made = await created(api, widget('a', { replicas: 2 }, { status: { replicas: 7 } }));
  assert.deepEqual([made.body.metadata.generation, made.body.status], [1, undefined]);
  const status = { metadata: { labels: { a: 'b' } }, spec: { replicas: 9 }, status: { replicas: 1, selector: 'app=a' } };
  const told = await api.call('PATCH', `${WIDGETS}/a/status`, { headers: merge, body: status });
  assert.deepEqual(
    [told.body.spec.replicas, told.body.status.replicas, told.body.metadata.labels, told.body.metadata.generation],
    [2, 1, undefined, 1],
  );
  const scaled = await api.call('PATCH', `${WIDGETS}/a/scale`, { headers: merge, body: { spec: { replicas: 4 } } });
  assert.deepEqual(
    [scaled.body.kind, scaled.body.spec.replicas, scaled.body.status],
    ['Scale', 4, { replicas: 1, selector: 'app=a' }],
  );
  const now = (await api.call('GET', `${WIDGETS}/a`)).body;
  assert.deepEqual([now.spec.replicas, now.metadata.generation], [4, 2]);
  assert.match(
    (await api.call('PATCH', `${WIDGETS}/a`, { headers: merge, body: { spec: { replicas: -1 } } })).text,
    /non-negative/,
  );
});

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

test('a watch ends when its kind changes, and goes on when only its status does', async () => {
  await using api = await startApi();
  await define(api);
  const watched = frames(await api.open('GET', `${WIDGETS}?watch=true`));
  await created(api, widget('a'));
  await api.call('PATCH', `${CRDS}/widgets.example.com`, { headers: merge, body: { metadata: { labels: { a: 'b' } } } });
  await created(api, widget('b'));
  assert.deepEqual(
    (await take(watched, 2)).map(({ object }) => object.metadata.name),
    ['a', 'b'],
  );
  const change = { spec: { names: { kind: 'Widget', plural: 'widgets', shortNames: ['w'] } } };
  assert.equal((await api.call('PATCH', `${CRDS}/widgets.example.com`, { headers: merge, body: change })).code, 200);
  assert.equal((await watched.next()).done, true);
});

test('applied configurations own what they say, lists by their keys; a strategic merge is none of it', async () => {
  await using api = await startApi();
  const ports = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['port', 'protocol'],
    items: {
      type: 'object',
      required: ['port'],
      properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: { type: 'string' } },
    },
  };
  await define(api, { version: { schema: specSchema({ ports, tags: { type: 'array', items: { type: 'string' } } }) } });
  const body = widget('a', { ports: [{ port: 80, name: 'web' }], tags: ['x'] });
  const made = await api.call('PATCH', `${WIDGETS}/a?fieldManager=me`, { headers: apply, body });
  assert.equal(made.code, 201, made.text);
  assert.deepEqual(made.body.metadata.managedFields[0].fieldsV1, {
    'f:spec': {
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
      'f:tags': {},
    },
  });
  const others = widget('a', { ports: [{ port: 80, protocol: 'TCP', name: 'other' }] });
  const conflict = await api.call('PATCH', `${WIDGETS}/a?fieldManager=you`, { headers: apply, body: others });
  assert.deepEqual(
    [conflict.code, conflict.body.message],
    [409, 'Apply failed with 1 conflict: conflict with "me": .spec.ports[port=80,protocol="TCP"].name'],
  );
  const more = widget('a', { ports: [{ port: 81 }] });
  await api.call('PATCH', `${WIDGETS}/a?fieldManager=you`, { headers: apply, body: more });
  const both = await api.call('PATCH', `${WIDGETS}/a?fieldManager=me`, { headers: apply, body: widget('a', { tags: ['y'] }) });
  assert.deepEqual(both.body.spec, { ports: [{ port: 81, protocol: 'TCP' }], tags: ['y'] });
  const wrong = await api.call('PATCH', `${WIDGETS}/a?fieldManager=me`, { headers: apply, body: widget('a', { nope: 1 }) });
  assert.match(wrong.body.message, /\.spec\.nope: field not declared in schema/);
  const strategic = await api.call('PATCH', `${WIDGETS}/a`, {
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: {},
  });
  assert.deepEqual(
    [strategic.code, strategic.body.message],
    [
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    ],
  );
});

test('definitions in the store are served again before the first request', async () => {
  await using first = await startApi();
  await define(first, { version: { schema: specSchema({ a: { type: 'string' } }) } });
  await created(first, widget('a', { a: 'x' }));
  await using second = await startApi({ backend: first.backend });
  assert.deepEqual((await second.call('GET', `${WIDGETS}/a`)).body.spec, { a: 'x' });
  assert.equal((await second.call('POST', WIDGETS, { body: widget('b', { a: 1 }) })).code, 422);
});

test('roles, quotas, selectors, tables and namespaces know custom kinds', async () => {
  await using api = await startApi();
  await define(api, {
    version: {
      schema: specSchema({
        color: { type: 'string' },
        conditions: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      }),
      selectableFields: [{ jsonPath: '.spec.color' }],
      additionalPrinterColumns: [
        { name: 'Color', type: 'string', jsonPath: '.spec.color' },
        { name: 'Ready', type: 'string', priority: 1, jsonPath: '.spec.conditions[?(@.type=="Ready")].status' },
      ],
    },
  });
  assert.equal((await api.call('GET', WIDGETS, { as: 'ann' })).code, 403);
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  await api.call('POST', `${rbac}/roles`, {
    body: { metadata: { name: 'w' }, rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['list'] }] },
  });
  await api.call('POST', `${rbac}/rolebindings`, {
    body: {
      metadata: { name: 'w' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'w' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    },
  });
  assert.equal((await api.call('GET', WIDGETS, { as: 'ann' })).code, 200);
  await api.call('POST', '/api/v1/namespaces/default/resourcequotas', {
    body: { metadata: { name: 'q' }, spec: { hard: { 'count/widgets.example.com': '2' } } },
  });
  await created(api, widget('a', { color: 'red', conditions: [{ type: 'Ready', status: 'True' }] }));
  await created(api, widget('b', { color: 'blue' }));
  const third = await api.call('POST', WIDGETS, { body: widget('c') });
  assert.match(third.body.message, /exceeded quota: q, requested: count\/widgets\.example\.com=1/);
  const selected = await api.call('GET', `${WIDGETS}?fieldSelector=spec.color=blue`);
  assert.deepEqual(
    selected.body.items.map((item: KubeObject) => item.metadata.name),
    ['b'],
  );
  const table = (await api.call('GET', WIDGETS, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } })).body;
  assert.deepEqual(
    table.rows.map((row: { cells: unknown[] }) => row.cells),
    [
      ['a', 'red', 'True'],
      ['b', 'blue', null],
    ],
  );
  assert.deepEqual(
    table.columnDefinitions.map((column: { name: string; priority: number }) => [column.name, column.priority]),
    [
      ['Name', 0],
      ['Color', 0],
      ['Ready', 1],
    ],
  );
});

test('a definition waits for its objects when it is deleted, and takes no new ones', async () => {
  await using api = await startApi();
  await define(api);
  const made = await created(api, widget('a', {}, { metadata: { name: 'a', finalizers: ['old.style'] } }));
  assert.match(String(made.headers['warning']), /prefer a domain-qualified finalizer name including a path/);
  const deleted = await api.call('DELETE', `${CRDS}/widgets.example.com`);
  assert.deepEqual(deleted.body.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
  assert.equal(deleted.body.status.conditions.at(-1).reason, 'InstanceDeletionPending');
  const late = await api.call('POST', WIDGETS, { body: widget('b') });
  assert.deepEqual([late.code, late.body.message], [405, 'create not allowed while custom resource definition is terminating']);
  const applied = await api.call('PATCH', `${WIDGETS}/c?fieldManager=me`, { headers: apply, body: widget('c') });
  assert.equal(applied.code, 405);
  // Who holds an object can let go of it.
  const held = await api.call('DELETE', `${WIDGETS}/a`);
  assert.ok(held.body.metadata.deletionTimestamp);
  const freed = await api.call('PATCH', `${WIDGETS}/a`, { headers: merge, body: { metadata: { finalizers: null } } });
  assert.equal(freed.code, 200, freed.text);
  assert.equal((await api.call('GET', `${WIDGETS}/a`)).code, 404);
  await api.call('PATCH', `${CRDS}/widgets.example.com`, { headers: merge, body: { metadata: { finalizers: null } } });
  assert.equal((await api.call('GET', WIDGETS)).code, 404);
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
