import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { processorTime } from '../../../support/processor-time.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, pod, startApi, type Reply } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

const PODS = '/api/v1/namespaces/default/pods';

test('malformed JSON is refused with the beginning of what came', async () => {
  const { code, body } = await t.call('POST', CONFIG_MAPS, { body: '{"metadata":{"name":x}}' });
  assert.equal(code, 400);
  assert.equal(
    body.message,
    `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'x' looking for beginning of value ({"metadata":{"name":x}})`,
  );
  const cut = await t.call('POST', CONFIG_MAPS, { body: '{"metadata":' });
  assert.match(cut.body.message, /json parse error: unexpected end of JSON input/);
});

test('unknown and duplicate fields: refused, warned about, or ignored', async () => {
  const text = '{"metadata":{"name":"fields"},"spec":{"containers":[{"name":"c","image":"i","foo":1,"image":"j"}]}}';
  const strict = await t.call('POST', `${PODS}?dryRun=All&fieldValidation=Strict`, { body: text });
  assert.equal(strict.code, 400);
  assert.equal(
    strict.body.message,
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containers[0].foo", duplicate field "spec.containers[0].image"',
  );
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const warned = await t.call('POST', `${PODS}?dryRun=All`, { body: text });
  assert.equal(warned.code, 201);
  assert.match(String(warned.headers['warning']), /299 - "unknown field \\"spec.containers\[0\].foo\\""/);
  assert.equal(warned.body.spec.containers[0].foo, undefined);
  const ignored = await t.call('POST', `${PODS}?dryRun=All&fieldValidation=Ignore`, { body: text });
  assert.equal(ignored.headers['warning'], undefined);
  assert.equal((await t.call('POST', `${PODS}?fieldValidation=Maybe`, { body: text })).code, 422);
});

test('any number of unknown fields is warned about', async () => {
  const fields = Array.from({ length: 9_900 }, (_, i) => `"f${i}":1`).join();
  const { code, text } = await t.call('POST', `${CONFIG_MAPS}?dryRun=All`, { body: `{"metadata":{"name":"many"},${fields}}` });
  assert.equal(code, 201, text.slice(0, 500));
});

test('of more mistakes than can be told none is, and nothing breaks', async () => {
  const conditions = Array.from({ length: 900 }, () => ({}));
  const rules = Array.from({ length: 90 }, () => ({ action: 'FailJob', onPodConditions: conditions }));
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
  const spec = { podFailurePolicy: { rules }, template };
  const { code, body } = await t.call('POST', '/apis/batch/v1/namespaces/default/jobs', {
    body: { metadata: { name: 'j' }, spec },
  });
  assert.deepEqual([code, body.message], [413, 'Request entity is too large: the object has more mistakes than can be told']);
});

test('keys that YAML says twice: refused with their lines, warned about, or the last one counts', async () => {
  const body = 'metadata:\n  name: twice\ndata:\n  a: "1"\n  b: "2"\n  a: "3"\noops: 1\n';
  const send = (method: string, path: string): Promise<Reply> =>
    t.call(method, path, { body, headers: { 'content-type': 'application/yaml' } });
  const text = 'unknown field "oops", yaml: unmarshal errors:\n  line 6: key "a" already set in map';
  const refusal = `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ${text}`;
  assert.equal((await send('POST', `${CONFIG_MAPS}?fieldValidation=Strict`)).body.message, refusal);
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/twice`)).code, 404);
  const warned = await send('POST', CONFIG_MAPS);
  assert.equal(warned.code, 201, warned.text);
  assert.match(String(warned.headers['warning']), /unknown field \\"oops\\"".*line 6: key \\"a\\" already set in map/);
  assert.deepEqual(warned.body.data, { a: '3', b: '2' });
  assert.equal((await send('PUT', `${CONFIG_MAPS}/twice?fieldValidation=Strict`)).body.message, refusal);
  const ignored = await send('PUT', `${CONFIG_MAPS}/twice?fieldValidation=Ignore`);
  assert.deepEqual([ignored.code, ignored.headers['warning']], [200, undefined]);
});

test('a value of the wrong type is named as Go would', async () => {
  const { code, body } = await t.call('POST', PODS, { body: { metadata: { name: 'x' }, spec: { containers: 'none' } } });
  assert.equal(code, 400);
  assert.match(
    body.message,
    /^Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field PodSpec\.spec\.containers of type/,
  );
});

test('another kind or version than the path has is refused', async () => {
  const kind = await t.call('POST', CONFIG_MAPS, { body: pod('x') });
  assert.equal(kind.code, 400);
  assert.match(kind.body.message, /Pod in version "v1" cannot be handled as a ConfigMap/);
  const version = await t.call('POST', CONFIG_MAPS, { body: { ...configMap('x'), apiVersion: 'v2' } });
  assert.equal(version.body.message, 'the API version in the data (v2) does not match the expected API version (v1)');
});

test('YAML is read, its bombs are not', async () => {
  const yaml = { 'content-type': 'application/yaml' };
  const good = await t.call('POST', CONFIG_MAPS, { headers: yaml, body: 'metadata:\n  name: from-yaml\ndata:\n  a: "1"\n' });
  assert.equal(good.code, 201);
  assert.deepEqual(good.body.data, { a: '1' });
  const lines = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (let i = 98; i < 108; i++)
    lines.push(`${String.fromCharCode(i)}: &${String.fromCharCode(i)} [${`*${String.fromCharCode(i - 1)},`.repeat(9)}*a]`);
  const bomb = await t.call('POST', CONFIG_MAPS, { headers: yaml, body: lines.join('\n') });
  assert.equal(bomb.code, 400);
  assert.match(bomb.body.message, /yaml: /);
  const deep = await t.call('POST', CONFIG_MAPS, { headers: yaml, body: `a: ${'['.repeat(20_000)}` });
  assert.equal(deep.code, 400);
});

test('YAML that takes the parser minutes is refused in time, and delays nobody else', async () => {
  const headers = { 'content-type': 'application/yaml' };
  let answered = false;
  const commas = t.call('POST', CONFIG_MAPS, { headers, body: `[${','.repeat(500_000)}` }).finally(() => (answered = true));
  const asked = processorTime();
  assert.equal((await t.call('GET', '/api/v1/namespaces/default')).code, 200);
  assert.ok(processorTime() - asked < 1000);
  assert.equal(answered, false);
  const { code, body } = await commas;
  assert.equal(code, 400);
  // Whichever bound is met first: a fast machine fills the memory before the time is over.
  assert.match(body.message, /yaml: the body takes (longer than 2000 ms|more than 256 MiB of memory) to read \(/);
  const next = await t.call('POST', CONFIG_MAPS, { headers, body: 'metadata:\n  name: after-commas\n' });
  assert.equal(next.code, 201);
});

test('the answer may be YAML', async () => {
  const { headers, text } = await t.call('GET', '/api/v1/namespaces/default', { headers: { accept: 'application/yaml' } });
  assert.equal(headers['content-type'], 'application/yaml');
  assert.match(text, /^apiVersion: v1\nkind: Namespace\n/);
});

test('unknown media types are 415 and 406', async () => {
  const body = await t.call('POST', CONFIG_MAPS, { headers: { 'content-type': 'text/html' }, body: '<p>' });
  assert.equal(body.code, 415);
  assert.match(
    body.body.message,
    /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml, application\/vnd\.kubernetes\.protobuf$/,
  );
  const accept = await t.call('GET', CONFIG_MAPS, { headers: { accept: 'text/html' } });
  assert.equal(accept.code, 406);
  const both = await t.call('GET', CONFIG_MAPS, { headers: { accept: 'application/vnd.kubernetes.protobuf, application/json' } });
  assert.equal(both.code, 200);
});

test('a body of 10 MB is refused, said so or found out', async () => {
  const big = Buffer.alloc(10 << 20, 0x20);
  const told = await t.call('POST', CONFIG_MAPS, { body: big });
  assert.equal(told.code, 413);
  assert.equal(told.body.message, 'Request entity is too large: limit is 3145728');
  const chunked = await t.call('POST', CONFIG_MAPS, { body: big, headers: { 'transfer-encoding': 'chunked' } });
  assert.equal(chunked.code, 413);
});

test('keys of Object.prototype are data like any other', async () => {
  const body =
    '{"metadata":{"name":"proto","annotations":{"constructor":"c"}},"data":{"__proto__":"p","constructor":"c"},"__proto__":{"polluted":1}}';
  const { code, text } = await t.call('POST', CONFIG_MAPS, { body });
  assert.equal(code, 201);
  assert.match(text, /"__proto__":"p"/);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  const merged = await t.call('PATCH', `${CONFIG_MAPS}/proto`, {
    body: '{"data":{"__proto__":null,"a":"1"},"__proto__":{"polluted":1}}',
  });
  assert.equal(merged.code, 200);
  assert.doesNotMatch(merged.text, /"__proto__"/);
  const json = { 'content-type': 'application/json-patch+json' };
  const pointer = await t.call('PATCH', `${CONFIG_MAPS}/proto`, {
    headers: json,
    body: [{ op: 'add', path: '/__proto__/polluted', value: 1 }],
  });
  assert.equal(pointer.code, 422);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('JSON that goes deep is refused, not followed', async () => {
  const { code, body } = await t.call('POST', CONFIG_MAPS, { body: `{"metadata":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}` });
  assert.equal(code, 400);
  assert.match(body.message, /exceeded max depth/);
});
