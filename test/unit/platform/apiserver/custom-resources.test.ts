import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { customResourceDefinition, specSchema } from '../../../support/custom-resources.ts';
import { frames, startApi, take } from './api-under-test.ts';
import { CRDS, define } from './define-kind.ts';
import { WIDGETS, merge, apply, widget, created } from './widgets.ts';

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
