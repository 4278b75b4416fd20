import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiCaller } from '../../support/api-caller.ts';
import { webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

// What no well-behaved client sends. Each is refused with a Status that says what is wrong; nothing is stored.

const { kubectl, namespace, kubeconfigPath } = await useNamespace('bad');
const call = await apiCaller(kubeconfigPath);
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
const configMap = (name: string, more: object = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more });

test('malformed JSON and YAML', async () => {
  const json = await call('POST', configMaps, { body: '{"apiVersion": "v1", ' });
  assert.equal(json.status, 400);
  assert.equal(json.object['kind'], 'Status');
  assert.equal(json.object['reason'], 'BadRequest');
  const yaml = await call('POST', configMaps, { body: 'a: [b\nc: }', type: 'application/yaml' });
  assert.equal(yaml.status, 400);
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
    .split('')
    .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)
    .join('\n')}\n`;
  assert.equal((await call('POST', configMaps, { body: bomb, type: 'application/yaml' })).status, 400);
});

test('a body of another kind, another namespace, another name, or no object at all', async () => {
  const wrongKind = await call('POST', configMaps, { body: JSON.stringify(webPod('x')) });
  assert.equal(wrongKind.status, 400);
  const wrongNamespace = await call('POST', configMaps, {
    body: configMap('x', { metadata: { name: 'x', namespace: 'default' } }),
  });
  assert.equal(wrongNamespace.status, 400);
  assert.match(
    wrongNamespace.object['message'],
    /the namespace of the provided object does not match the namespace sent on the request/,
  );
  for (const body of ['null', '[]', '3', '"text"', ''])
    assert.equal((await call('POST', configMaps, { body })).status, 400, body);
  const wrongName = await call('PUT', `${configMaps}/other`, { body: configMap('x') });
  assert.equal(wrongName.status, 400);
  assert.match(wrongName.object['message'], /the name of the object \(x\) does not match the name on the URL \(other\)/);
});

test('10 MB are refused as too large, and the server goes on', async () => {
  const big = await call('POST', configMaps, { body: configMap('big', { data: { x: 'y'.repeat(10 << 20) } }) });
  assert.equal(big.status, 413);
  assert.equal(big.object['reason'], 'RequestEntityTooLarge');
  const overLimit = await call('POST', configMaps, { body: configMap('big', { data: { x: 'y'.repeat(1_100_000) } }) });
  assert.equal(overLimit.status, 422);
  assert.equal((await call('GET', '/readyz')).status, 200);
});

test('an unsupported media type and an unsupported Accept', async () => {
  assert.equal((await call('POST', configMaps, { body: '<a/>', type: 'text/xml' })).status, 415);
  assert.equal((await call('GET', configMaps, { headers: { accept: 'text/html' } })).status, 406);
});

test('names that are no DNS names', async () => {
  for (const name of ['UPPER', 'a_b', '-a', 'a..b', 'x'.repeat(254), '..', 'ü']) {
    const answer = await call('POST', configMaps, { body: configMap(name) });
    assert.equal(answer.status, 422, name);
    assert.equal(answer.object['details'].causes[0].field, 'metadata.name');
  }
  assert.equal((await call('POST', configMaps, { body: configMap('') })).status, 422);
  assert.ok([400, 404].includes((await call('GET', `${configMaps}/%2e%2e%2fsecrets`)).status));
});

test('prototype-pollution keys are data or refused, and never change a prototype', async () => {
  const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto","labels":{"constructor":"x"},"annotations":{"__proto__":"y"}},"__proto__":{"polluted":"yes"},"data":{"__proto__":"z","toString":"w"}}`;
  const created = await call('POST', configMaps, { body });
  assert.ok([201, 400, 422].includes(created.status), created.text);
  const patched = await call('PATCH', `${configMaps}/proto`, {
    body: '{"__proto__":{"polluted":"yes"},"data":{"constructor":{"prototype":{"polluted":"yes"}}}}',
    type: 'application/merge-patch+json',
  });
  assert.ok(patched.status >= 400 || patched.status === 200);
  const json = await call('PATCH', `${configMaps}/proto`, {
    body: '[{"op":"add","path":"/__proto__/polluted","value":"yes"}]',
    type: 'application/json-patch+json',
  });
  assert.ok(json.status >= 400, json.text);
  const plain = await call('POST', configMaps, { body: configMap('plain') });
  assert.equal(plain.status, 201);
  assert.ok(!plain.text.includes('polluted'));
});

test('stale and foreign resource versions', async () => {
  await kubectl(['create', 'configmap', 'versioned']);
  const old = (await call('GET', `${configMaps}/versioned`)).object;
  assert.equal(
    (await call('PUT', `${configMaps}/versioned`, { body: JSON.stringify({ ...old, data: { a: '1' } }) })).status,
    200,
  );
  const stale = await call('PUT', `${configMaps}/versioned`, { body: JSON.stringify({ ...old, data: { a: '2' } }) });
  assert.equal(stale.status, 409);
  assert.equal(stale.object['reason'], 'Conflict');
  assert.equal(
    (
      await call('PUT', `${configMaps}/versioned`, {
        body: configMap('versioned', { metadata: { name: 'versioned', resourceVersion: 'abc' } }),
      })
    ).status >= 400,
    true,
  );
  assert.match(
    (await call('GET', `${configMaps}?resourceVersion=abc`)).object['message'],
    /resourceVersion: Invalid value: "abc"/,
  );
  assert.equal((await call('GET', `${configMaps}?limit=1&continue=garbage`)).status, 400);
  const precondition = await call('DELETE', `${configMaps}/versioned`, {
    body: JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'another' } }),
  });
  assert.equal(precondition.status, 409);
});

test('deep nesting and wrong types', async () => {
  const deep = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`;
  assert.ok((await call('POST', configMaps, { body: deep })).status >= 400);
  const wrong = await call('POST', configMaps, { body: configMap('wrong', { data: { a: 1 } }) });
  assert.equal(wrong.status, 400);
  assert.equal((await call('POST', configMaps, { body: configMap('wrong', { data: 'text' }) })).status, 400);
  assert.equal((await call('GET', '/readyz')).status, 200);
});

test('no credentials, wrong credentials', async () => {
  const anonymous = await call('GET', configMaps, { anonymous: true });
  assert.equal(anonymous.status, 401);
  assert.equal(anonymous.object['reason'], 'Unauthorized');
  assert.equal((await call('GET', configMaps, { anonymous: true, headers: { authorization: 'Bearer nonsense' } })).status, 401);
});

test('methods and paths that there are not', async () => {
  assert.ok([404, 405].includes((await call('POST', `${configMaps}/a/b/c`, { body: '{}' })).status));
  assert.equal((await call('PUT', configMaps, { body: configMap('a') })).status, 405);
  assert.equal((await call('GET', '/api/v1/namespaces/%00/pods')).status >= 400, true);
});
