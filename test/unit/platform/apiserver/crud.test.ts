import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, CONFIG_MAPS, configMap, pod, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
after(() => t[Symbol.asyncDispose]());

test('an object is created, read, replaced and deleted', async () => {
  const created = await t.call('POST', CONFIG_MAPS, { body: configMap('life', { a: '1' }) });
  assert.equal(created.code, 201);
  assert.match(created.body.metadata.uid, /^[0-9a-f-]{36}$/);
  assert.match(created.body.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const read = await t.call('GET', `${CONFIG_MAPS}/life`);
  assert.deepEqual(read.body, created.body);
  const replaced = await t.call('PUT', `${CONFIG_MAPS}/life`, { body: { ...read.body, data: { a: '2' } } });
  assert.equal(replaced.code, 200);
  assert.notEqual(replaced.body.metadata.resourceVersion, read.body.metadata.resourceVersion);
  const deleted = await t.call('DELETE', `${CONFIG_MAPS}/life`);
  assert.deepEqual(deleted.body, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: 'life', kind: 'configmaps', uid: created.body.metadata.uid },
    code: 200,
  });
  const gone = await t.call('GET', `${CONFIG_MAPS}/life`);
  assert.equal(gone.code, 404);
  assert.equal(gone.body.message, 'configmaps "life" not found');
});

test('a stale resourceVersion is a conflict, in the words of Kubernetes', async () => {
  const { body } = await t.call('POST', CONFIG_MAPS, { body: configMap('stale') });
  await t.call('PUT', `${CONFIG_MAPS}/stale`, { body: { ...body, data: { a: '1' } } });
  const lost = await t.call('PUT', `${CONFIG_MAPS}/stale`, { body: { ...body, data: { a: '2' } } });
  assert.equal(lost.code, 409);
  assert.equal(lost.body.reason, 'Conflict');
  assert.equal(
    lost.body.message,
    'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again',
  );
});

test('a replacement that changes nothing is not written', async () => {
  const { body } = await t.call('POST', CONFIG_MAPS, { body: configMap('same', { a: '1' }) });
  const again = await t.call('PUT', `${CONFIG_MAPS}/same`, { body: configMap('same', { a: '1' }) });
  assert.equal(again.body.metadata.resourceVersion, body.metadata.resourceVersion);
});

test('dry runs answer as if and store nothing', async () => {
  const before = await t.backend.currentRevision();
  assert.equal((await t.call('POST', `${CONFIG_MAPS}?dryRun=All`, { body: configMap('dry') })).code, 201);
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/dry`)).code, 404);
  const invalid = await t.call('POST', `${CONFIG_MAPS}?dryRun=Some`, { body: configMap('dry') });
  assert.equal(invalid.code, 422);
  const service = { metadata: { name: 'dry' }, spec: { ports: [{ port: 80 }] } };
  const dry = await t.call('POST', '/api/v1/namespaces/default/services?dryRun=All', { body: service });
  assert.equal(dry.code, 201);
  assert.equal(await t.backend.currentRevision(), before, 'no claim was made either');
});

test('the name in the body must be the name in the path', async () => {
  const wrong = await t.call('PUT', `${CONFIG_MAPS}/one`, { body: configMap('two') });
  assert.equal(wrong.code, 400);
  assert.equal(wrong.body.message, 'the name of the object (two) does not match the name on the URL (one)');
  const elsewhere = await t.call('POST', CONFIG_MAPS, { body: configMap('x', {}, { namespace: 'other' }) });
  assert.equal(elsewhere.body.message, 'the namespace of the provided object does not match the namespace sent on the request');
});

test('names are generated from a prefix', async () => {
  const { code, body } = await t.call('POST', CONFIG_MAPS, { body: { metadata: { generateName: 'gen-' } } });
  assert.equal(code, 201);
  assert.match(body.metadata.name, /^gen-[a-z0-9]{5}$/);
});

test('a finalizer holds a deleted object until it is taken away', async () => {
  const path = `${CONFIG_MAPS}/held`;
  await t.call('POST', CONFIG_MAPS, { body: configMap('held', {}, { finalizers: ['example.com/hold'] }) });
  const marked = await t.call('DELETE', path);
  assert.equal(marked.body.kind, 'ConfigMap');
  assert.ok(marked.body.metadata.deletionTimestamp);
  const added = await t.call('PATCH', path, { body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } } });
  assert.equal(added.code, 422);
  assert.match(added.body.message, /no new finalizers can be added if the object is being deleted/);
  assert.equal((await t.call('PATCH', path, { body: { metadata: { finalizers: null } } })).code, 200);
  assert.equal((await t.call('GET', path)).code, 404);
});

test('a pod is deleted gracefully, and a second delete may only shorten the grace', async () => {
  const pods = '/api/v1/namespaces/default/pods';
  await t.call('POST', pods, { body: pod('grace', { nodeName: 'n1' }) });
  const first = await t.call('DELETE', `${pods}/grace`);
  assert.equal(first.body.metadata.deletionGracePeriodSeconds, 30);
  const longer = await t.call('DELETE', `${pods}/grace`, { body: { gracePeriodSeconds: 60 } });
  assert.equal(longer.body.metadata.deletionGracePeriodSeconds, 30);
  const shorter = await t.call('DELETE', `${pods}/grace`, { body: { gracePeriodSeconds: 5 } });
  assert.equal(shorter.body.metadata.deletionGracePeriodSeconds, 5);
  await t.call('DELETE', `${pods}/grace?gracePeriodSeconds=0`);
  assert.equal((await t.call('GET', `${pods}/grace`)).code, 404);
});

test('preconditions of a delete are held to', async () => {
  await t.call('POST', CONFIG_MAPS, { body: configMap('pre') });
  const refused = await t.call('DELETE', `${CONFIG_MAPS}/pre`, { body: { preconditions: { uid: 'other' } } });
  assert.equal(refused.code, 409);
  assert.match(refused.body.message, /Precondition failed: UID in precondition: other, UID in object meta: /);
});

test('propagation policies become finalizers for the garbage collector', async () => {
  const path = `${CONFIG_MAPS}/owner`;
  await t.call('POST', CONFIG_MAPS, { body: configMap('owner') });
  const marked = await t.call('DELETE', path, { body: { propagationPolicy: 'Foreground' } });
  assert.deepEqual(marked.body.metadata.finalizers, ['foregroundDeletion']);
  const orphan = await t.call('DELETE', path, { body: { propagationPolicy: 'Orphan' } });
  assert.deepEqual(orphan.body.metadata.finalizers, ['orphan']);
  assert.equal((await t.call('DELETE', path, { body: { propagationPolicy: 'Sideways' } })).code, 422);
});

test('a collection is deleted by label', async () => {
  for (const name of ['c1', 'c2', 'c3'])
    await t.call('POST', CONFIG_MAPS, { body: configMap(name, {}, { labels: { set: name === 'c3' ? 'b' : 'a' } }) });
  const { body } = await t.call('DELETE', `${CONFIG_MAPS}?labelSelector=set%3Da`);
  assert.deepEqual(
    body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ['c1', 'c2'],
  );
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/c3`)).code, 200);
});

test('status is written through its own path only, and the rest is not written through it', async () => {
  const pods = '/api/v1/namespaces/default/pods';
  await t.call('POST', pods, { body: pod('st') });
  const plain = await t.call('PATCH', `${pods}/st`, { body: { status: { message: 'no' } } });
  assert.equal(plain.body.status.message, undefined);
  const through = await t.call('PATCH', `${pods}/st/status`, {
    body: { status: { message: 'yes' }, spec: { nodeName: 'stolen' } },
  });
  assert.equal(through.code, 200);
  assert.equal(through.body.status.message, 'yes');
  assert.equal(through.body.spec.nodeName, undefined);
});

test('a binding sets the node once', async () => {
  const pods = '/api/v1/namespaces/default/pods';
  await t.call('POST', pods, { body: pod('bound') });
  const body = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n1' } };
  assert.equal((await t.call('POST', `${pods}/bound/binding`, { body })).code, 201);
  assert.equal((await t.call('GET', `${pods}/bound`)).body.spec.nodeName, 'n1');
  assert.equal((await t.call('POST', `${pods}/bound/binding`, { body })).code, 409);
});

test('scale reads and writes replicas', async () => {
  const controllers = '/api/v1/namespaces/default/replicationcontrollers';
  const template = { metadata: { labels: { app: 'w' } }, spec: pod('x').spec };
  const made = await t.call('POST', controllers, {
    body: { metadata: { name: 'rc' }, spec: { replicas: 1, selector: { app: 'w' }, template } },
  });
  assert.equal(made.code, 201);
  assert.equal(made.body.metadata.generation, 1);
  const scale = await t.call('GET', `${controllers}/rc/scale`);
  assert.deepEqual([scale.body.kind, scale.body.spec.replicas, scale.body.status.selector], ['Scale', 1, 'app=w']);
  const scaled = await t.call('PUT', `${controllers}/rc/scale`, { body: { ...scale.body, spec: { replicas: 3 } } });
  assert.equal(scaled.body.spec.replicas, 3);
  const controller = await t.call('GET', `${controllers}/rc`);
  assert.deepEqual([controller.body.spec.replicas, controller.body.metadata.generation], [3, 2]);
  assert.equal((await t.call('PATCH', `${controllers}/rc/scale`, { body: { spec: { replicas: -1 } } })).code, 422);
});

test('concurrent patches of one object all count', async () => {
  await t.call('POST', CONFIG_MAPS, { body: configMap('busy') });
  const replies = await Promise.all(
    Array.from({ length: 30 }, (_each, i) => t.call('PATCH', `${CONFIG_MAPS}/busy`, { body: { data: { [`k${i}`]: 'v' } } })),
  );
  assert.deepEqual(new Set(replies.map(({ code }) => code)), new Set([200]));
  assert.equal(Object.keys((await t.call('GET', `${CONFIG_MAPS}/busy`)).body.data).length, 30);
});

test('concurrent creations of one name have one winner', async () => {
  const replies = await Promise.all(Array.from({ length: 10 }, () => t.call('POST', CONFIG_MAPS, { body: configMap('race') })));
  assert.deepEqual(replies.map(({ code }) => code).sort(), [201, ...Array.from({ length: 9 }, () => 409)]);
});
