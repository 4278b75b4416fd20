import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersOthers, isQuick, QUICK, start } from '../support/hostile-client.ts';
import { processorTime } from '../support/processor-time.ts';
import { CONFIG_MAPS } from '../unit/platform/apiserver/api-under-test.ts';

/** For longer than this at a time no request may keep the thread, in ms of the processor: 300 is the aim, the rest is left to the collector of garbage. */
const LONGEST_STEP = 600;

test('selectors, patches and bodies that are built to be slow are not', { timeout: 240_000 }, async () => {
  await using t = await start();
  const deep = (open: string, close: string, count: number): string => open.repeat(count) + close.repeat(count);
  const yaml = `a: &a [${'x,'.repeat(50)}]\n${Array.from({ length: 20 }, (_each, i) => `${'bcdefghijklmnopqrstu'[i]}: &${'bcdefghijklmnopqrstu'[i]} [${`*${'abcdefghijklmnopqrstu'[i]},`.repeat(20)}]`).join('\n')}`;
  for (const [what, method, path, type, body, codes] of [
    [
      'selector',
      'GET',
      `${CONFIG_MAPS}?labelSelector=${encodeURIComponent(`${'a in (b,c),'.repeat(1500)}a=b`)}`,
      undefined,
      undefined,
      [200, 400],
    ],
    ['set', 'GET', `${CONFIG_MAPS}?labelSelector=a%20in%20(${'b,'.repeat(10_000)}c)`, undefined, undefined, [200, 400]],
    [
      'field selector',
      'GET',
      `${CONFIG_MAPS}?fieldSelector=${'metadata.name=a,'.repeat(2000)}metadata.name=b`,
      undefined,
      undefined,
      [200, 400],
    ],
    ['deep JSON', 'POST', CONFIG_MAPS, 'application/json', deep('[', ']', 1_000_000), [400]],
    ['deep objects', 'POST', CONFIG_MAPS, 'application/json', `${'{"a":'.repeat(400_000)}1${'}'.repeat(400_000)}`, [400]],
    [
      'many keys',
      'POST',
      CONFIG_MAPS,
      'application/json',
      `{"metadata":{"name":"k"},"data":{${Array.from({ length: 20_000 }, (_each, i) => `"k${i}":"v"`).join(',')}}}`,
      [201, 422, 413],
    ],
    ['same keys', 'POST', CONFIG_MAPS, 'application/json', `{${'"data":{},'.repeat(200_000)}"metadata":{"name":"s"}}`, [413]],
    [
      'many values',
      'POST',
      CONFIG_MAPS,
      'application/json',
      `{"metadata":{"name":"v"},"x":[${'[],'.repeat(1_000_000)}1]}`,
      [413],
    ],
    [
      'ports that are all to be told apart',
      'POST',
      '/api/v1/namespaces/default/services',
      'application/json',
      JSON.stringify({
        metadata: { name: 'ports' },
        spec: { ports: Array.from({ length: 9_900 }, (_each, i) => ({ name: `p${i}`, port: i + 1 })) },
      }),
      [201],
    ],
    [
      'owners without names, all of them controllers',
      'POST',
      CONFIG_MAPS,
      'application/json',
      JSON.stringify({
        metadata: { name: 'o', ownerReferences: Array.from({ length: 9_900 }, () => ({ uid: 'u', controller: true })) },
      }),
      [422],
    ],
    [
      'owners of fields without end',
      'PUT',
      `${CONFIG_MAPS}/control`,
      'application/json',
      JSON.stringify({
        metadata: {
          name: 'control',
          managedFields: Array.from({ length: 8_000 }, (_each, i) => ({
            manager: `m${i}`,
            operation: 'Update',
            apiVersion: 'v1',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:data': { [`f:k${i}`]: {} } },
          })),
        },
        data: { a: 'b' },
      }),
      [200],
    ],
    ['long number', 'POST', CONFIG_MAPS, 'application/json', `{"metadata":{"generation":${'9'.repeat(2_000_000)}}}`, [400, 422]],
    ['YAML aliases', 'POST', CONFIG_MAPS, 'application/yaml', yaml, [400, 422]],
    ['deep YAML', 'POST', CONFIG_MAPS, 'application/yaml', deep('[', ']', 200_000), [400]],
    [
      'many operations',
      'PATCH',
      `${CONFIG_MAPS}/control`,
      'application/json-patch+json',
      JSON.stringify(Array.from({ length: 50_000 }, () => ({ op: 'test', path: '/metadata/name', value: 'control' }))),
      [200, 413, 422],
    ],
    [
      'copies of copies',
      'PATCH',
      `${CONFIG_MAPS}/control`,
      'application/json-patch+json',
      JSON.stringify(Array.from({ length: 40 }, (_each, i) => ({ op: 'copy', from: '/data', path: `/data/x${i}` }))),
      [400, 413, 422],
    ],
    [
      'deep paths',
      'PATCH',
      `${CONFIG_MAPS}/control`,
      'application/json-patch+json',
      JSON.stringify([{ op: 'add', path: '/a'.repeat(1_000_000), value: 1 }]),
      [400, 422],
    ],
    [
      'protobuf lengths',
      'POST',
      CONFIG_MAPS,
      'application/vnd.kubernetes.protobuf',
      Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(2_000_000, 0xff)]),
      [400],
    ],
    [
      'protobuf groups',
      'POST',
      CONFIG_MAPS,
      'application/vnd.kubernetes.protobuf',
      Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(2_000_000, 0x0b)]),
      [400],
    ],
    ['packed body', 'POST', CONFIG_MAPS, 'application/json', Buffer.from('1f8b0800', 'hex'), [400]],
  ] as const) {
    const ask = () => {
      const headers = type === undefined ? {} : { 'content-type': type };
      return Promise.all([t.call(method, path, { headers, ...(body === undefined ? {} : { body }) }), answersOthers(t)]);
    };
    const [{ code, text }] = await isQuick(what, 2 * QUICK, ask);
    assert.ok((codes as readonly number[]).includes(code), `${what}: ${code} ${text.slice(0, 300)}`);
  }
});

/** The longest that `work` keeps the thread, by its processor time in ms: what else the machine does is not counted. */
async function longestStep(work: () => Promise<unknown>): Promise<number> {
  let [longest, last] = [0, processorTime()];
  const look = (): void => {
    const now = processorTime();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  await work();
  look();
  clearInterval(timer);
  return longest;
}

test('objects that are as large as they may be hold nobody up for long', { timeout: 480_000 }, async () => {
  await using t = await start();
  const variables = (value: string): object[] =>
    Array.from({ length: 3_200 }, (_each, i) => ({ name: `k${i}`, value: `${value}-of-${i}` }));
  const containers = (value: string): object[] =>
    Array.from({ length: 10 }, (_each, i) => ({ name: `c${i}`, image: 'i', env: variables(value) }));
  const deployment = (value: string): string =>
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'large' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: containers(value) } },
      },
    });
  const keys = (prefix: string, value: string): object =>
    Object.fromEntries(Array.from({ length: 9_900 }, (_each, i) => [`${prefix}${i}`, value]));
  const map = (value: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'large', labels: keys('l', 'a'), annotations: keys('a', 'a') },
      data: keys('k', value),
      binaryData: keys('b', 'YQ=='),
    });
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  const apply = 'application/apply-patch+yaml';
  for (const [method, path, body, type] of [
    ['POST', CONFIG_MAPS, map('a'), 'application/json'],
    ['PUT', `${CONFIG_MAPS}/large`, map('b'), 'application/json'],
    ['PATCH', `${CONFIG_MAPS}/large?fieldManager=other&force=true`, map('c'), apply],
    ['POST', deployments, deployment('a'), 'application/json'],
    ['PATCH', `${deployments}/large`, deployment('b'), 'application/strategic-merge-patch+json'],
    ['PATCH', `${deployments}/large?fieldManager=other&force=true`, deployment('c'), apply],
    ['PATCH', `${deployments}/large?fieldManager=other&force=true`, deployment('d'), apply],
  ] as const) {
    const bytes = Buffer.from(body);
    const ms = await longestStep(async () => {
      const { code, text } = await t.call(method, path, { body: bytes, headers: { 'content-type': type } });
      assert.ok(code === 200 || code === 201, `${method} ${path}: ${code} ${text.slice(0, 300)}`);
    });
    assert.ok(ms < LONGEST_STEP, `${method} ${path} kept the thread for ${ms.toFixed()} ms`);
  }
});
