import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ManagedFieldsEntry } from '../../../../../lib/platform/apiserver/managed-fields/entries.ts';
import { eventually } from '../../../../support/eventually.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, pod, type Reply, startApi } from '../api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
after(() => t[Symbol.asyncDispose]());

const APPLY = 'application/apply-patch+yaml';
const SERVICES = '/api/v1/namespaces/default/services';
const CONTROLLERS = '/api/v1/namespaces/default/replicationcontrollers';

const apply = (path: string, manager: string, body: unknown, query = ''): Promise<Reply> =>
  t.call('PATCH', `${path}?fieldManager=${manager}${query}`, { body, headers: { 'content-type': APPLY } });
const applyMap = (name: string, manager: string, data: object, query = ''): Promise<Reply> =>
  apply(`${CONFIG_MAPS}/${name}`, manager, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }, query);

const entries = (reply: Reply): ManagedFieldsEntry[] => (reply.body.metadata.managedFields ?? []) as ManagedFieldsEntry[];
const owners = (reply: Reply): Record<string, unknown> =>
  Object.fromEntries(entries(reply).map(({ manager, operation, fieldsV1 }) => [`${manager} ${operation}`, fieldsV1]));

test('creates what is not there, 201; then changes it, 200; says nothing new, and nothing is written', async () => {
  const made = await applyMap('made', 'a', { k: '1' });
  assert.equal(made.code, 201, made.text);
  assert.deepEqual(owners(made), { 'a Apply': { 'f:data': { 'f:k': {} } } });
  const changed = await applyMap('made', 'a', { k: '2' });
  assert.equal(changed.code, 200);
  assert.deepEqual(changed.body.data, { k: '2' });
  const same = await applyMap('made', 'a', { k: '2' });
  assert.deepEqual(same.body.metadata, changed.body.metadata);
});

test('what an applier no longer says goes, unless somebody else owns it', async () => {
  await applyMap('less', 'a', { mine: '1', ours: '1', theirs: '1' });
  await applyMap('less', 'b', { ours: '1' });
  await t.call('PATCH', `${CONFIG_MAPS}/less?fieldManager=c`, { body: { data: { theirs: '2', own: '1' } } });
  const less = await applyMap('less', 'a', {});
  assert.deepEqual(less.body.data, { ours: '1', theirs: '2', own: '1' });
  assert.deepEqual(owners(less), {
    'a Apply': { 'f:data': {} },
    'b Apply': { 'f:data': { 'f:ours': {} } },
    'c Update': { 'f:data': { 'f:own': {}, 'f:theirs': {} } },
  });
});

test('another’s field is a conflict that names field and owner; force takes it', async () => {
  const path = `${CONFIG_MAPS}/contended`;
  await applyMap('contended', 'a', { x: '1', y: '1' });
  const one = await applyMap('contended', 'b', { x: '2' });
  assert.equal(one.code, 409);
  assert.equal(one.body.message, 'Apply failed with 1 conflict: conflict with "a": .data.x');
  assert.equal(one.body.reason, 'Conflict');
  assert.deepEqual(one.body.details.causes, [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.data.x' }]);
  await t.call('PATCH', `${path}?fieldManager=c`, { body: { data: { z: '1' } } });
  const two = await applyMap('contended', 'b', { x: '2', y: '2', z: '2' });
  assert.equal(
    two.body.message,
    'Apply failed with 3 conflicts: conflicts with "a":\n- .data.x\n- .data.y\nconflicts with "c" using v1:\n- .data.z',
  );
  const forced = await applyMap('contended', 'b', { x: '2', y: '2', z: '2' }, '&force=true');
  assert.deepEqual(forced.body.data, { x: '2', y: '2', z: '2' });
  assert.deepEqual(Object.keys(owners(forced)), ['b Apply']);
});

test('saying the same as another is no conflict: both own it', async () => {
  await applyMap('shared', 'a', { x: '1' });
  const shared = await applyMap('shared', 'b', { x: '1' });
  assert.equal(shared.code, 200);
  assert.deepEqual(owners(shared), { 'a Apply': { 'f:data': { 'f:x': {} } }, 'b Apply': { 'f:data': { 'f:x': {} } } });
  // One lets go: it stays, for the other.
  assert.deepEqual((await applyMap('shared', 'a', {})).body.data, { x: '1' });
  assert.equal((await applyMap('shared', 'b', {})).body.data, undefined);
});

test('list items belong to whoever says their key', async () => {
  const service = (ports: object[]): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'items' },
    spec: { ports },
  });
  await apply(`${SERVICES}/items`, 'a', service([{ port: 80, name: 'web' }]));
  const both = await apply(`${SERVICES}/items`, 'b', service([{ port: 443, name: 'tls' }]));
  assert.equal(both.code, 200, both.text);
  assert.deepEqual(
    both.body.spec.ports.map(({ port }: { port: number }) => port),
    [80, 443],
  );
  assert.deepEqual(owners(both)['b Apply'], {
    'f:spec': { 'f:ports': { 'k:{"port":443,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } },
  });
  const one = await apply(`${SERVICES}/items`, 'a', service([]));
  assert.equal(one.code, 200, one.text);
  assert.deepEqual(
    one.body.spec.ports.map(({ port }: { port: number }) => port),
    [443],
  );
});

test('an object of before anybody applied: its fields have an owner of their own', async () => {
  await t.call('POST', `${CONFIG_MAPS}?fieldManager=x`, { body: configMap('before', { a: '1' }) });
  await t.call('PATCH', `${CONFIG_MAPS}/before`, { body: { metadata: { managedFields: [{}] } } });
  const conflict = await applyMap('before', 'y', { a: '2' });
  assert.match(conflict.body.message, /conflict with "before-first-apply" using v1: \.data\.a$/);
  assert.deepEqual(Object.keys(owners(await applyMap('before', 'y', { b: '2' }))), ['y Apply', 'before-first-apply Update']);
});

test('kubectl takes over what client-side apply set, and keeps its annotation in step', async () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'csa' }, data: { a: '1' } };
  const metadata = { annotations: { [annotation]: JSON.stringify(config) } };
  await t.call('POST', `${CONFIG_MAPS}?fieldManager=kubectl-client-side-apply`, { body: configMap('csa', { a: '1' }, metadata) });
  assert.equal((await applyMap('csa', 'other', { a: '2' })).code, 409);
  const taken = await applyMap('csa', 'kubectl', { a: '2' });
  assert.equal(taken.code, 200, taken.text);
  assert.deepEqual(JSON.parse(taken.body.metadata.annotations[annotation]).data, { a: '2' });
  // What somebody changed since is a conflict even for kubectl.
  await t.call('PATCH', `${CONFIG_MAPS}/csa?fieldManager=somebody`, { body: { data: { a: '3' } } });
  assert.equal((await applyMap('csa', 'kubectl', { a: '4' })).code, 409);
});

test('the annotation of client-side apply is kept as kubectl would write it: its version, its escapes', async () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const path = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
  const config = (maxReplicas: number): object => ({
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { annotations: { note: '<&>\u2028' }, name: 'csa', namespace: 'default' },
    spec: { maxReplicas, scaleTargetRef: { kind: 'Deployment', name: 'web' }, targetCPUUtilizationPercentage: 50 },
  });
  const metadata = { name: 'csa', annotations: { note: '<&>\u2028', [annotation]: JSON.stringify(config(2)) } };
  const made = await t.call('POST', `${path}?fieldManager=kubectl-client-side-apply`, { body: { ...config(2), metadata } });
  assert.equal(made.code, 201, made.text);
  const taken = await apply(`${path}/csa`, 'kubectl', config(3));
  assert.equal(taken.code, 200, taken.text);
  assert.equal(
    taken.body.metadata.annotations[annotation],
    `${JSON.stringify(config(3)).replace('<&>\u2028', '\\u003c\\u0026\\u003e\\u2028')}\n`,
  );
  // What is no such configuration says nothing, and breaks nothing.
  const metrics = '{"apiVersion":"autoscaling/v1","metadata":{"annotations":{"autoscaling.alpha.kubernetes.io/metrics":"7"}}}';
  for (const text of [metrics, '{"apiVersion":"autoscaling/v1","spec":7}', '{"apiVersion":"autoscaling/v1"}', '[]', '{']) {
    await t.call('PATCH', `${path}/csa?fieldManager=other`, {
      body: { metadata: { annotations: { [annotation]: text } }, spec: { maxReplicas: 9 } },
    });
    assert.equal((await apply(`${path}/csa`, 'kubectl', config(5))).code, 409, text);
  }
  for (const body of [
    {},
    { spec: null },
    { metadata: null, spec: { metrics: 7 } },
    { metadata: { annotations: null }, spec: {} },
  ]) {
    const { code, text } = await apply(`${path}/csa`, 'kubectl', {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      ...body,
    });
    assert.ok(code < 500, text);
  }
});

test('applies YAML as well as JSON, and tells of keys that are said twice', async () => {
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata:\n  a: "1"\n  a: "2"\n';
  const path = `${CONFIG_MAPS}/yaml`;
  const strict = await apply(path, 'a', yaml, '&fieldValidation=Strict');
  assert.equal(strict.code, 400);
  assert.equal(
    strict.body.message,
    'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key "a" already set in map',
  );
  const warned = await apply(path, 'a', yaml);
  assert.equal(warned.code, 201);
  assert.match(String(warned.headers['warning']), /line 6: key \\"a\\" already set in map/);
  assert.deepEqual(warned.body.data, { a: '2' });
  const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"yaml"},"data":{"a":"2","a":"3"}}';
  assert.match((await apply(path, 'a', twice, '&fieldValidation=Strict')).body.message, /line 1: key "a" already set in map$/);
});

test('bad configurations are refused in Kubernetes’ words, and change nothing', async () => {
  const of = (more: object): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'bad', namespace: 'default' },
    ...more,
  });
  const path = `${CONFIG_MAPS}/bad`;
  const refused = async (body: unknown): Promise<string> => {
    const reply = await apply(path, 'a', body);
    assert.ok(reply.code >= 400, reply.text);
    return `${reply.code} ${reply.body.message}`;
  };
  assert.equal(
    await refused(of({ foo: 1 })),
    '400 failed to create typed patch object (default/bad; /v1, Kind=ConfigMap): .foo: field not declared in schema',
  );
  assert.equal(
    await refused(of({ data: { a: 1 } })),
    '400 failed to create typed patch object (default/bad; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}',
  );
  assert.equal(await refused(of({ kind: 'Secret' })), '400 invalid object type: /v1, Kind=Secret');
  assert.equal(await refused({}), '400 invalid object type: /, Kind=');
  assert.match(await refused('[]'), /^400 /);
  assert.match(await refused('a: ['), /^400 /);
  assert.equal(
    await refused({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bad', managedFields: [] } }),
    '400 metadata.managedFields must be nil',
  );
  assert.match(
    await refused({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' } }),
    /^400 the name of the object \(other\) does not match/,
  );
  assert.match(await refused({ apiVersion: 'v1', kind: 'ConfigMap' }), /^400 the name of the object .* undeterminable/);
  assert.equal(
    await refused({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bad', uid: 'u' } }),
    '409 Operation cannot be fulfilled on configmaps "bad": uid mismatch: the provided object specified uid u, and no existing object was found',
  );
  const nameless = await t.call('PATCH', path, { body: of({}), headers: { 'content-type': APPLY } });
  assert.equal(
    nameless.body.message,
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  );
  const cbor = await t.call('PATCH', `${path}?fieldManager=a`, {
    body: 'x',
    headers: { 'content-type': 'application/apply-patch+cbor' },
  });
  assert.equal(cbor.code, 415);
  assert.equal((await t.call('GET', path)).code, 404);
});

test('a configuration that no longer says any metadata is refused, not obeyed', async () => {
  const path = `${CONFIG_MAPS}/bare`;
  await apply(path, 'a', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bare', labels: { a: 'b' } } });
  const bare = await apply(path, 'a', { apiVersion: 'v1', kind: 'ConfigMap' });
  assert.deepEqual([bare.code, bare.body.reason], [400, 'BadRequest'], bare.text);
  assert.match(bare.body.message, /name must be provided/);
  assert.deepEqual((await t.call('GET', path)).body.metadata.labels, { a: 'b' });
});

test('force belongs to applications alone', async () => {
  await applyMap('forced', 'a', {});
  const patched = await t.call('PATCH', `${CONFIG_MAPS}/forced?force=true`, { body: {} });
  assert.equal(patched.code, 422);
  assert.match(patched.body.message, /force: Forbidden: may not be specified for non-apply patch/);
});

test('a dry run says what would be, conflicts too, and changes nothing', async () => {
  const dry = await applyMap('dry', 'a', { x: '1' }, '&dryRun=All');
  assert.equal(dry.code, 201);
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/dry`)).code, 404);
  await applyMap('dry', 'a', { x: '1' });
  assert.equal((await applyMap('dry', 'b', { x: '2' }, '&dryRun=All')).code, 409);
  assert.deepEqual((await applyMap('dry', 'b', { y: '2' }, '&dryRun=All')).body.data, { x: '1', y: '2' });
  assert.deepEqual((await t.call('GET', `${CONFIG_MAPS}/dry`)).body.data, { x: '1' });
});

test('who may patch but not create changes what is there, and creates nothing', async () => {
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const grant = async (user: string, verbs: readonly string[]): Promise<void> => {
    const metadata = { name: user };
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs }];
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user };
    assert.equal((await t.call('POST', `${roles}/roles`, { body: { metadata, rules } })).code, 201);
    assert.equal((await t.call('POST', `${roles}/rolebindings`, { body: { metadata, subjects, roleRef } })).code, 201);
  };
  await grant('patcher', ['patch']);
  await grant('owner', ['patch', 'create']);
  const as = async (user: string, name: string): Promise<Reply> =>
    t.call('PATCH', `${CONFIG_MAPS}/${name}?fieldManager=${user}`, {
      as: user,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { [user]: '1' } },
      headers: { 'content-type': APPLY },
    });
  await applyMap('granted', 'a', { k: '1' });
  await eventually(async () => assert.equal((await as('patcher', 'granted')).code, 200));
  const refused = await as('patcher', 'ungranted');
  assert.equal(refused.code, 403);
  assert.match(refused.body.message, /User "patcher" cannot create resource "configmaps"/);
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/ungranted`)).code, 404);
  assert.equal((await as('owner', 'ungranted')).code, 201);
});

test('status and scale are applied through their subresources, and only they are', async () => {
  const spec = {
    replicas: 1,
    selector: { a: 'b' },
    template: { metadata: { labels: { a: 'b' } }, spec: pod('x')['spec'] as object },
  };
  const controller = (more: object): object => ({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'rc' },
    ...more,
  });
  const path = `${CONTROLLERS}/rc`;
  const missing = await apply(`${path}/status`, 's', controller({ status: { replicas: 1 } }));
  assert.equal(missing.code, 404);
  await apply(path, 'a', controller({ spec, status: { replicas: 7 } }));
  const status = await apply(`${path}/status`, 's', controller({ status: { replicas: 2 }, spec: { replicas: 5 } }));
  assert.equal(status.code, 200, status.text);
  assert.deepEqual([status.body.spec.replicas, status.body.status.replicas], [1, 2]);
  assert.deepEqual(owners(status)['s Apply'], { 'f:status': { 'f:replicas': {} } });
  const scale = (replicas: number, query = ''): Promise<Reply> =>
    apply(
      `${path}/scale`,
      'z',
      { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'rc' }, spec: { replicas } },
      query,
    );
  assert.match((await scale(4)).body.message, /conflict with "a": \.spec\.replicas$/);
  const scaled = await scale(4, '&force=true');
  assert.equal(scaled.body.spec.replicas, 4, scaled.text);
  const found = entries(await t.call('GET', path)).find(({ manager }) => manager === 'z')!;
  assert.deepEqual([found.subresource, found.apiVersion, found.fieldsV1], ['scale', 'v1', { 'f:spec': { 'f:replicas': {} } }]);
  // The applier takes the field back only when it says it again.
  assert.equal((await apply(path, 'a', controller({ spec: { ...spec, replicas: 1 } }))).code, 409);
});

test('ten appliers at once: each has its own field, none is lost', async () => {
  const replies = await Promise.all(Array.from({ length: 10 }, (_each, i) => applyMap('crowd', `m${i}`, { [`k${i}`]: '1' })));
  assert.deepEqual(replies.map(({ code }) => code).sort(), [...Array.from({ length: 9 }, () => 200), 201]);
  const { body } = await t.call('GET', `${CONFIG_MAPS}/crowd`);
  assert.equal(Object.keys(body.data as object).length, 10);
  assert.equal((body.metadata.managedFields as unknown[]).length, 10);
});

test('what defaults and normalizing make the same is no change, however long ago it was said', async () => {
  const meta = { name: 'settled' };
  const cases: [path: string, config: object][] = [
    ['/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: meta, stringData: { k: 'v' } }],
    [
      '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies',
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: meta,
        spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
      },
    ],
  ];
  for (const [collection, config] of cases) {
    const path = `${collection}/settled`;
    const made = await apply(path, 'a', config);
    assert.equal(made.code, 201, made.text);
    const aged = entries(made).map((entry) => ({ ...entry, time: '2020-01-01T00:00:00Z' }));
    // Younger than the first application, older than the second: they change places.
    aged.push({ ...aged[0]!, manager: 'other', time: '2021-01-01T00:00:00Z', fieldsV1: { 'f:metadata': { 'f:labels': {} } } });
    const stored = await t.call('PATCH', path, { body: { metadata: { managedFields: aged, labels: { aged: 'yes' } } } });
    assert.equal(entries(stored)[0]!.time, '2020-01-01T00:00:00Z', stored.text);
    assert.deepEqual((await apply(path, 'a', config)).body, stored.body);
    // That somebody else says it too is one: he is an owner now.
    const taken = await apply(path, 'b', config, '&force=true');
    assert.ok(
      entries(taken).some(({ manager }) => manager === 'b'),
      taken.text,
    );
  }
});
