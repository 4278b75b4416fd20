import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, CONFIG_MAPS, configMap, pod, type Reply, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
after(() => t[Symbol.asyncDispose]());

const patch = (name: string, type: string, body: unknown, query = ''): Promise<Reply> =>
  t.call('PATCH', `${CONFIG_MAPS}/${name}${query}`, { headers: { 'content-type': `application/${type}` }, body });

test('JSON patch: operations, a failed test, a missing path', async () => {
  await t.call('POST', CONFIG_MAPS, { body: configMap('json', { a: '1' }) });
  const done = await patch('json', 'json-patch+json', [
    { op: 'test', path: '/data/a', value: '1' },
    { op: 'replace', path: '/data/a', value: '2' },
    { op: 'add', path: '/data/b', value: '3' },
  ]);
  assert.deepEqual(done.body.data, { a: '2', b: '3' });
  const failed = await patch('json', 'json-patch+json', [{ op: 'test', path: '/data/a', value: '1' }]);
  assert.equal(failed.code, 422);
  assert.equal(failed.body.message, 'the server rejected our request due to an error in our request');
  assert.deepEqual(failed.body.details.causes, [
    { reason: 'UnexpectedServerResponse', message: 'testing value /data/a failed: test failed' },
  ]);
  const missing = await patch('json', 'json-patch+json', [{ op: 'remove', path: '/data/none' }]);
  assert.equal(
    missing.body.details.causes[0].message,
    'remove operation does not apply: doc is missing path: "/data/none": missing value',
  );
  for (const [from, path] of [
    ['', '/data'],
    ['', '/'],
    ['/data', '/data/a'],
  ])
    assert.equal((await patch('json', 'json-patch+json', [{ op: 'move', from, path }])).code, 422, `${from} into ${path}`);
  assert.equal((await patch('json', 'json-patch+json', { op: 'add' })).code, 400);
  const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '2' }));
  assert.equal((await patch('json', 'json-patch+json', many)).code, 413);
});

test('a JSON patch cannot grow an object without bound', async () => {
  await t.call('POST', CONFIG_MAPS, { body: configMap('grow', { a: 'x'.repeat(1000) }) });
  const copies = Array.from({ length: 30 }, (_each, i) => ({ op: 'copy', from: '/data', path: `/data/k${i}` }));
  const { code, body } = await patch('grow', 'json-patch+json', copies);
  assert.equal(code, 422);
  assert.match(body.details.causes[0].message, /accumulated size increase of copy/);
});

test('merge patch: null removes, a resourceVersion is a precondition', async () => {
  const { body } = await t.call('POST', CONFIG_MAPS, { body: configMap('merge', { a: '1', b: '2' }) });
  const done = await patch('merge', 'merge-patch+json', { data: { a: null, c: '3' } });
  assert.deepEqual(done.body.data, { b: '2', c: '3' });
  const stale = await patch('merge', 'merge-patch+json', {
    metadata: { resourceVersion: body.metadata.resourceVersion },
    data: { d: '4' },
  });
  assert.equal(stale.code, 409);
});

test('strategic merge patch merges containers by name', async () => {
  const pods = '/api/v1/namespaces/default/pods';
  await t.call('POST', pods, {
    body: pod('strategic', {
      containers: [
        { name: 'a', image: 'i:1' },
        { name: 'b', image: 'i:1' },
      ],
    }),
  });
  const { code, body } = await t.call('PATCH', `${pods}/strategic`, {
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: { spec: { containers: [{ name: 'b', image: 'i:2' }] } },
  });
  assert.equal(code, 200);
  assert.deepEqual(
    body.spec.containers.map((each: { name: string; image: string }) => [each.name, each.image]),
    [
      ['a', 'i:1'],
      ['b', 'i:2'],
    ].sort(([x]) => (body.spec.containers[0].name === x ? -1 : 1)),
  );
});

test('an unknown field that a patch brings is refused with the patch', async () => {
  await t.call('POST', CONFIG_MAPS, { body: configMap('strict') });
  const { code, body } = await patch('strict', 'merge-patch+json', { foo: 1 }, '?fieldValidation=Strict');
  assert.equal(code, 422);
  assert.match(
    body.message,
    /^ "" is invalid: patch: Invalid value: "\{.*\\"foo\\":1\}": strict decoding error: unknown field "foo"$/,
  );
  const strategic = await patch('strict', 'strategic-merge-patch+json', { foo: 1, data: { a: 'x' } }, '?fieldValidation=Strict');
  assert.equal(
    strategic.body.message,
    ' "" is invalid: patch: Invalid value: "map[data:map[a:x] foo:1]": strict decoding error: unknown field "foo"',
  );
  const stray = await patch(
    'strict',
    'json-patch+json',
    [{ op: 'test', path: '/kind', value: 'ConfigMap', oops: 1 }],
    '?fieldValidation=Strict',
  );
  assert.match(stray.body.message, /: strict decoding error: json patch unknown field "\[0\]\.oops"$/);
  const twice = await patch('strict', 'merge-patch+json', '{"data":{"a":"1","a":"2"}}', '?fieldValidation=Strict');
  assert.match(twice.body.message, /: strict decoding error: duplicate field "data\.a"$/);
  const type = await patch('strict', 'merge-patch+json', { data: { a: 1 } });
  assert.match(
    type.body.message,
    /^ "" is invalid: patch: Invalid value: ".*": json: cannot unmarshal number into Go struct field/,
  );
});

test('a patch that changes the name or changes nothing', async () => {
  const { body } = await t.call('POST', CONFIG_MAPS, { body: configMap('still', { a: '1' }) });
  assert.equal((await patch('still', 'merge-patch+json', { metadata: { name: 'other' } })).code, 400);
  const same = await patch('still', 'merge-patch+json', { data: { a: '1' } });
  assert.equal(same.body.metadata.resourceVersion, body.metadata.resourceVersion);
});

test('patches of unknown types are 415', async () => {
  await t.call('POST', CONFIG_MAPS, { body: configMap('types') });
  const { code, body } = await patch('types', 'json', {});
  assert.equal(code, 415);
  assert.match(body.message, /accepted media types include: application\/json-patch\+json, application\/merge-patch\+json/);
});
