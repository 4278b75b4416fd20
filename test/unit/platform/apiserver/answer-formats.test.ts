import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { decodeProtobuf } from '../../../../lib/platform/api/schema/protobuf.ts';
import { WireReader } from '../../../../lib/platform/api/schema/protobuf-wire.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, pod, startApi, startOnSame } from './api-under-test.ts';
import { define } from './define-kind.ts';
import { WIDGETS, widget } from './widgets.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const PODS = '/api/v1/namespaces/default/pods';
/** Its JSON is longer than what YAML is written of in blocks. */
const LONG = 'x: "y"\n'.repeat(20_000);

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  for (const name of ['one', 'two']) await t.call('POST', PODS, { body: pod(name, {}, { labels: { app: name } }) });
  await t.call('POST', CONFIG_MAPS, { body: configMap('lines', { text: 'a: "b"\n- c\n', quoted: '"\n    "' }) });
  await t.call('POST', CONFIG_MAPS, { body: configMap('long', { text: LONG }) });
});
after(() => t[Symbol.asyncDispose]());

interface Bytes {
  readonly code: number | undefined;
  readonly type: string | undefined;
  readonly bytes: Buffer;
}

async function ask(method: string, path: string, accept: string, body?: object): Promise<Bytes> {
  const response = await t.open(method, path, { headers: { accept }, body });
  return {
    code: response.statusCode,
    type: response.headers['content-type'],
    bytes: Buffer.concat((await response.toArray()) as Buffer[]),
  };
}

/** What protobuf cannot tell apart: empty texts, zeros, lists and maps from what is not there. */
const substance = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(substance);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, substance(each)] as const);
  return Object.fromEntries(entries.filter(([, each]) => !NOTHING.has(JSON.stringify(each))));
};
const NOTHING = new Set(['""', '0', 'false', '[]', '{}', 'null']);

for (const [what, path] of [
  ['an object', `${PODS}/one`],
  ['a list', PODS],
  ['a page of a list', `${PODS}?limit=1`],
  ['an empty list', '/api/v1/namespaces/nowhere/pods'],
] as const) {
  test(`${what} in protobuf says what it says in JSON`, async () => {
    const { body } = await t.call('GET', path);
    const { code, type, bytes } = await ask('GET', path, PROTOBUF);
    assert.deepEqual([code, type], [200, PROTOBUF]);
    assert.deepEqual(substance(decodeProtobuf(bytes)), substance(withoutKinds(body)));
  });

  test(`${what} in YAML, and in JSON for people, says the same`, async () => {
    const { body } = await t.call('GET', path);
    const yaml = await ask('GET', path, 'application/yaml');
    assert.deepEqual([yaml.code, yaml.type], [200, 'application/yaml']);
    assert.deepEqual(parse(yaml.bytes.toString()), body);
    const pretty = await t.call('GET', `${path}${path.includes('?') ? '&' : '?'}pretty=true`);
    assert.equal(pretty.text, `${JSON.stringify(body, undefined, 2)}\n`);
  });
}

/** The items of a list in protobuf leave out what they are. */
const withoutKinds = (body: KubeObject & { items?: KubeObject[] }): object =>
  body.items === undefined
    ? body
    : { ...body, items: body.items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item) };

test('texts of many lines, and what is long, come through YAML and JSON for people as they are', async () => {
  const { body } = await t.call('GET', CONFIG_MAPS);
  assert.ok(body.items.some(({ data }: { data: { text: string } }) => data.text === LONG));
  const { bytes } = await ask('GET', CONFIG_MAPS, 'application/yaml');
  assert.deepEqual(parse(bytes.toString()), body);
  assert.deepEqual((await t.call('GET', `${CONFIG_MAPS}?pretty=1`)).text, `${JSON.stringify(body, undefined, 2)}\n`);
  const long = await ask('GET', `${CONFIG_MAPS}/long`, 'application/yaml');
  assert.equal(parse(long.bytes.toString()).data.text, LONG);
});

test('metadata alone may be protobuf, a table may not', async () => {
  const as = (kind: string): string => `${PROTOBUF};as=${kind};g=meta.k8s.io;v=v1`;
  const { code, bytes } = await ask('GET', PODS, as('PartialObjectMetadataList'));
  assert.equal(code, 200);
  const list = decodeProtobuf(bytes) as unknown as { kind: string; items: KubeObject[] };
  assert.deepEqual([list.kind, list.items.map(({ metadata }) => metadata.name)], ['PartialObjectMetadataList', ['one', 'two']]);
  assert.equal((await ask('GET', PODS, as('Table'))).code, 406);
});

test('who takes nothing else can read what was refused, too', async () => {
  const { code, type, bytes } = await ask('GET', `${PODS}/none`, PROTOBUF);
  assert.deepEqual([code, type], [404, PROTOBUF]);
  const { kind, message } = decodeProtobuf(bytes) as unknown as { kind: string; message: string };
  assert.deepEqual([kind, message], ['Status', 'pods "none" not found']);
});

test('a custom resource has no protobuf: it is refused before anything is written', async () => {
  await define(t);
  const { code, bytes } = await ask('POST', WIDGETS, PROTOBUF, widget('a'));
  assert.equal(code, 406);
  const { message } = decodeProtobuf(bytes) as unknown as { message: string };
  assert.equal(message, 'only the following media types are accepted: application/json, application/yaml');
  assert.deepEqual((await t.call('GET', WIDGETS)).body.items, []);
  assert.equal((await ask('POST', WIDGETS, `${PROTOBUF},application/json`, widget('a'))).code, 201);
});

test('a watch in protobuf: what is there, its bookmark, and what comes', async () => {
  const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const response = await t.open('GET', `${PODS}?${query}`, { headers: { accept: `${PROTOBUF};stream=watch` } });
  assert.equal(response.headers['content-type'], `${PROTOBUF};stream=watch`);
  const events = protobufFrames(response);
  const next = async (): Promise<{ type: string; object: KubeObject }> => (await events.next()).value!;
  for (const name of ['one', 'two']) {
    const { type, object } = await next();
    assert.deepEqual([type, object.kind, object.metadata.name], ['ADDED', 'Pod', name]);
  }
  const { type, object } = await next();
  const annotations = object.metadata.annotations!;
  assert.deepEqual([type, annotations['k8s.io/initial-events-end']], ['BOOKMARK', 'true']);
  const blueprint = decodeProtobuf(Buffer.from(annotations['kubernetes.io/initial-events-list-blueprint']!, 'base64'));
  assert.deepEqual([blueprint.kind, blueprint.apiVersion], ['PodList', 'v1']);
  await t.call('DELETE', `${PODS}/two`);
  const gone = await next();
  assert.deepEqual([gone.type, gone.object.metadata.name], ['DELETED', 'two']);
  response.destroy();
});

test('a watch of the past that is gone says so in protobuf', async () => {
  await using old = await startApi();
  await old.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  for (let i = 0; i < 3; i++) await old.call('POST', CONFIG_MAPS, { body: configMap(`c${i}`) });
  await old.backend.compact(await old.backend.currentRevision());
  await using restarted = await startOnSame(old);
  const response = await restarted.open('GET', `${CONFIG_MAPS}?watch=true&resourceVersion=1`, { headers: { accept: PROTOBUF } });
  const { value } = await protobufFrames(response).next();
  const object = value!.object as unknown as { kind: string; reason: string };
  assert.deepEqual([value!.type, object.kind, object.reason], ['ERROR', 'Status', 'Expired']);
});

/** meta/v1 WatchEvents, each behind its length (apimachinery: serializer/protobuf, LengthDelimitedFramer). */
async function* protobufFrames(response: IncomingMessage): AsyncGenerator<{ type: string; object: KubeObject }, undefined> {
  let rest = Buffer.alloc(0);
  for await (const chunk of response) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      const event = new WireReader(rest.subarray(4, end));
      assert.deepEqual(event.tag(), { number: 1, wire: 2 });
      const type = Buffer.from(event.bytes()).toString();
      assert.deepEqual(event.tag(), { number: 2, wire: 2 });
      const raw = new WireReader(event.bytes());
      assert.deepEqual(raw.tag(), { number: 1, wire: 2 });
      yield { type, object: decodeProtobuf(raw.bytes()) };
      rest = rest.subarray(end);
    }
  }
  return undefined;
}

test('a long list is written in steps: others are answered before it', async () => {
  const made = Array.from({ length: 150 }, (_, i) =>
    t.call('POST', CONFIG_MAPS, { body: configMap(`m${i}`, { a: LONG.slice(0, 5_000) }) }),
  );
  await Promise.all(made);
  const order: string[] = [];
  const list = ask('GET', CONFIG_MAPS, 'application/yaml').then(({ code }) => order.push(`list ${code}`));
  const others = Promise.all(['one', 'one', 'one'].map((name) => t.call('GET', `${PODS}/${name}`)));
  await Promise.all([list, others.then(() => order.push('others'))]);
  assert.deepEqual(order, ['others', 'list 200']);
});
