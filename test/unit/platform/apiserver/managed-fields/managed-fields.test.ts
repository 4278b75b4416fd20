import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ManagedFieldsEntry } from '../../../../../lib/platform/apiserver/managed-fields/entries.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, pod, type Reply, startApi } from '../api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
after(() => t[Symbol.asyncDispose]());

const PODS = '/api/v1/namespaces/default/pods';
const CONTROLLERS = '/api/v1/namespaces/default/replicationcontrollers';

/** Entries without their times, as `MANAGER OPERATION [SUBRESOURCE]` to the fields. */
function owners(reply: Reply): Record<string, unknown> {
  const entries = (reply.body.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  return Object.fromEntries(
    entries.map(({ manager, operation, subresource, fieldsV1 }) => [
      [manager, operation, subresource].filter(Boolean).join(' '),
      fieldsV1,
    ]),
  );
}

const write = (method: string, path: string, manager: string, body: unknown, type?: string): Promise<Reply> =>
  t.call(method, `${path}?fieldManager=${manager}`, {
    body,
    ...(type === undefined ? {} : { headers: { 'content-type': `application/${type}` } }),
  });

test('a creation owns what it says and what its defaults add, but not what the server adds', async () => {
  const created = await write('POST', PODS, 'kubectl-run', pod('web', {}, { labels: { run: 'web' } }));
  assert.equal(created.code, 201, created.text);
  assert.deepEqual(owners(created), {
    'kubectl-run Update': {
      'f:metadata': { 'f:labels': { '.': {}, 'f:run': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"c"}': {
            '.': {},
            'f:image': {},
            'f:imagePullPolicy': {},
            'f:name': {},
            'f:resources': {},
            'f:terminationMessagePath': {},
            'f:terminationMessagePolicy': {},
          },
        },
        'f:dnsPolicy': {},
        'f:enableServiceLinks': {},
        'f:restartPolicy': {},
        'f:schedulerName': {},
        'f:securityContext': {},
        'f:terminationGracePeriodSeconds': {},
      },
    },
  });
  const [entry] = created.body.metadata.managedFields as ManagedFieldsEntry[];
  assert.equal(entry!.apiVersion, 'v1');
  assert.equal(entry!.fieldsType, 'FieldsV1');
  assert.match(entry!.time!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('without a name the client is known by its user agent', async () => {
  const body = configMap('agent', { a: '1' });
  const named = await t.call('POST', CONFIG_MAPS, { body, headers: { 'user-agent': 'kubectl/v1.32.3 (linux/amd64)' } });
  assert.deepEqual(Object.keys(owners(named)), ['kubectl Update']);
  const nameless = await t.call('POST', CONFIG_MAPS, { body: configMap('nameless', { a: '1' }) });
  assert.deepEqual(Object.keys(owners(nameless)), ['unknown Update']);
});

test('a name that is too long or cannot be shown is refused', async () => {
  const long = await write('POST', CONFIG_MAPS, 'x'.repeat(129), configMap('long'));
  assert.equal(long.code, 422);
  assert.match(
    long.body.message,
    /^CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes$/,
  );
  const bad = await write('POST', CONFIG_MAPS, 'a%07b', configMap('long'));
  assert.match(bad.body.message, /invalid character U\+0007 \(at position 1\)/);
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/long`)).code, 404);
});

test('who changes a field owns it; who else owned it does no longer; what goes is nobody’s', async () => {
  const path = `${CONFIG_MAPS}/hands`;
  await write('POST', CONFIG_MAPS, 'first', configMap('hands', { a: '1', b: '2', c: '3' }));
  const updated = await write('PUT', path, 'second', configMap('hands', { a: 'new', b: '2' }));
  assert.deepEqual(owners(updated), {
    'first Update': { 'f:data': { '.': {}, 'f:b': {} } },
    'second Update': { 'f:data': { 'f:a': {} } },
  });
  const patched = await write('PATCH', path, 'third', { data: { b: null, d: '4' } }, 'merge-patch+json');
  assert.deepEqual(owners(patched), {
    'first Update': { 'f:data': {} },
    'second Update': { 'f:data': { 'f:a': {} } },
    'third Update': { 'f:data': { 'f:d': {} } },
  });
});

test('what changes nothing leaves owners and version alone', async () => {
  const created = await write('POST', CONFIG_MAPS, 'first', configMap('still', { a: '1' }));
  const same = await write('PUT', `${CONFIG_MAPS}/still`, 'second', configMap('still', { a: '1' }));
  assert.deepEqual(same.body.metadata, created.body.metadata);
  for (const type of ['merge-patch+json', 'strategic-merge-patch+json']) {
    const patched = await write('PATCH', `${CONFIG_MAPS}/still`, 'third', { data: { a: '1' } }, type);
    assert.deepEqual(patched.body.metadata, created.body.metadata);
  }
});

test('status and scale have entries of their own', async () => {
  const spec = {
    replicas: 1,
    selector: { a: 'b' },
    template: { metadata: { labels: { a: 'b' } }, spec: pod('x')['spec'] as object },
  };
  await write('POST', CONTROLLERS, 'maker', { metadata: { name: 'rc' }, spec });
  const path = `${CONTROLLERS}/rc`;
  const status = await write(
    'PATCH',
    `${path}/status`,
    'watcher',
    { status: { replicas: 1 }, spec: { replicas: 9 } },
    'merge-patch+json',
  );
  assert.deepEqual(owners(status)['watcher Update status'], { 'f:status': { 'f:replicas': {} } });
  await write('PATCH', `${path}/scale`, 'scaler', { spec: { replicas: 3 } }, 'merge-patch+json');
  const found = owners(await t.call('GET', path));
  assert.deepEqual(found['scaler Update scale'], { 'f:spec': { 'f:replicas': {} } });
  assert.equal((found['maker Update'] as ManagedFieldsEntry['fieldsV1'])!['f:spec']!['f:replicas'], undefined);
});

test('entries can be forgotten, and are then not kept until somebody applies', async () => {
  const path = `${CONFIG_MAPS}/forgotten`;
  for (const managedFields of [[{}], []]) {
    await write('POST', CONFIG_MAPS, 'first', configMap('forgotten', { a: '1' }));
    const put = await write('PUT', path, 'second', configMap('forgotten', { a: '1' }, { managedFields }));
    assert.equal(put.body.metadata.managedFields, undefined);
    const changed = await write('PATCH', path, 'third', { data: { b: '2' } }, 'merge-patch+json');
    assert.equal(changed.body.metadata.managedFields, undefined);
    await t.call('DELETE', path);
  }
});

test('a client may write entries; what is no entry leaves them as they are', async () => {
  const created = await write('POST', CONFIG_MAPS, 'first', configMap('written', { a: '1' }));
  const path = `${CONFIG_MAPS}/written`;
  const [entry] = created.body.metadata.managedFields as ManagedFieldsEntry[];
  const renamed = await write(
    'PATCH',
    path,
    'x',
    [{ op: 'replace', path: '/metadata/managedFields/0/manager', value: 'renamed' }],
    'json-patch+json',
  );
  assert.deepEqual(owners(renamed), { 'renamed Update': { 'f:data': { '.': {}, 'f:a': {} } } });
  for (const bad of [
    { ...entry, operation: 'Steal' },
    { ...entry, fieldsType: 'FieldsV2' },
    { ...entry, apiVersion: '' },
    { ...entry, fieldsV1: { 'x:data': {} } },
    { ...entry, fieldsV1: { 'k:{': {} } },
  ]) {
    const put = await write('PATCH', path, 'x', { metadata: { managedFields: [bad] } }, 'merge-patch+json');
    assert.deepEqual(put.body.metadata.managedFields, renamed.body.metadata.managedFields);
  }
});

test('the oldest of more than ten updaters become one', async () => {
  const path = `${CONFIG_MAPS}/many`;
  await write('POST', CONFIG_MAPS, 'm0', configMap('many', { k0: '0' }));
  let last: Reply | undefined;
  for (let i = 1; i <= 12; i++) last = await write('PATCH', path, `m${i}`, { data: { [`k${i}`]: '1' } }, 'merge-patch+json');
  const found = owners(last!);
  assert.equal(Object.keys(found).length, 10);
  assert.ok(Object.hasOwn(found, 'ancient-changes Update'));
  assert.ok(Object.hasOwn(found, 'm12 Update'));
  const all = Object.values(found).flatMap((set) => Object.keys((set as ManagedFieldsEntry['fieldsV1'])!['f:data']!));
  assert.deepEqual(all.sort(), ['.', ...Array.from({ length: 13 }, (_each, i) => `f:k${i}`)].sort());
});

test('list items that cannot be told apart do not keep an object from being changed', async () => {
  const env = [
    { name: 'A', value: '1' },
    { name: 'A', value: '2' },
  ];
  const created = await write('POST', PODS, 'first', pod('twice', { containers: [{ name: 'c', image: 'i', env }] }));
  assert.equal(created.code, 201, created.text);
  const entry = owners(created)['first Update'] as ManagedFieldsEntry['fieldsV1'];
  assert.deepEqual(entry!['f:spec']!['f:containers']!['k:{"name":"c"}']!['f:env'], { '.': {}, 'k:{"name":"A"}': {} });
  const patched = await write('PATCH', `${PODS}/twice`, 'second', { metadata: { labels: { a: 'b' } } }, 'merge-patch+json');
  assert.deepEqual(owners(patched)['second Update'], { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } });
});
