import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createLog } from '../../../../lib/common/log.ts';
import { scanJson } from '../../../../lib/platform/apiserver/http/json-scanner.ts';
import { parsePath } from '../../../../lib/platform/apiserver/http/request-path.ts';
import { StatusError } from '../../../../lib/platform/api/status-error.ts';
import { type ApiUnderTest, configMap, pod, startApi } from './api-under-test.ts';

/** Printed with a failure; OO_FUZZ_SEED runs the same again. */
const seed = process.env['OO_FUZZ_SEED'] ?? randomBytes(4).toString('hex');
let step = 0;
const random = (max: number): number => createHash('sha256').update(`${seed}/${step++}`).digest().readUInt32LE(0) % max;
const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

const errors: string[] = [];
let t: ApiUnderTest;
before(async () => {
  t = await startApi({ log: createLog({ name: 'api', level: 'error', write: (line) => void errors.push(line) }) });
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  await t.call('POST', '/api/v1/namespaces/default/configmaps', { body: configMap('target') });
  await t.call('POST', '/api/v1/namespaces/default/pods', { body: pod('target') });
});
after(() => t[Symbol.asyncDispose]());

const SEGMENTS = [
  'api',
  'apis',
  'v1',
  'namespaces',
  'default',
  'pods',
  'configmaps',
  'target',
  'status',
  'scale',
  'finalize',
  'log',
  'binding',
  'watch',
  '',
  '.',
  '..',
  '%2e%2e',
  '%2f',
  '%00',
  '%zz',
  '__proto__',
  'constructor',
  'toString',
  'coordination.k8s.io',
  'leases',
  'é',
  '*',
  '~',
  'a'.repeat(300),
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const QUERIES = [
  '',
  '?watch=true&timeoutSeconds=1',
  '?limit=-1',
  '?limit=x',
  '?limit=9999999999999',
  '?continue=%00',
  '?resourceVersion=-1',
  '?resourceVersion=1e9',
  '?labelSelector=a%20in%20(',
  '?labelSelector=!!!',
  `?labelSelector=${'(a'.repeat(500)}`,
  `?fieldSelector=${'metadata.name=a,'.repeat(200)}`,
  '?dryRun=All',
  '?fieldValidation=Strict',
  '?fieldManager=somebody',
  '?fieldManager=somebody&force=true',
  `?fieldManager=${'x'.repeat(200)}`,
  '?pretty=true',
  '?%=&&&==',
  '?gracePeriodSeconds=-5',
];
const TYPES = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'x/y',
];

function value(depth: number): unknown {
  const leaf = (): unknown =>
    pick([
      null,
      true,
      0,
      -1,
      1e308,
      2 ** 53,
      '',
      'x',
      '\0',
      '../..',
      '__proto__',
      'a'.repeat(2000),
      '\ud800',
      '172.30.0.1',
      '{{',
      '${x}',
      '1Gi',
      '2020-01-01T00:00:00Z',
    ]);
  if (depth <= 0 || random(3) === 0) return leaf();
  if (random(2) === 0) return times(random(4), () => value(depth - 1));
  return Object.fromEntries(
    times(random(5), () => [
      pick([
        'metadata',
        'spec',
        'status',
        'name',
        'labels',
        'annotations',
        'data',
        'containers',
        'finalizers',
        'ownerReferences',
        '__proto__',
        'constructor',
        'kind',
        'apiVersion',
        'ports',
        'replicas',
        '$patch',
        '$retainKeys',
        '$setElementOrder/containers',
        '$deleteFromPrimitiveList/finalizers',
        'managedFields',
        'fieldsV1',
        'f:data',
        'op',
        'path',
        'value',
        'x',
      ]),
      value(depth - 1),
    ]),
  );
}

function body(): string | Buffer {
  const kind = random(6);
  if (kind === 0) return randomBytes(random(400));
  if (kind === 1) return Buffer.concat([Buffer.from('k8s\0'), randomBytes(random(200))]);
  if (kind === 2) return JSON.stringify({ ...pod('target'), spec: value(5) });
  if (kind === 3) return JSON.stringify({ ...configMap('target'), metadata: value(4) });
  if (kind === 4)
    return JSON.stringify(
      times(random(4), () => ({
        op: pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'x']),
        path: pick(['/metadata/name', '', '/', '/data/a', '/__proto__/x', '/metadata/-', '/spec/containers/0', 'x']),
        from: '/data',
        value: value(2),
      })),
    );
  const text = JSON.stringify(value(6));
  return text.slice(0, random(text.length + 1));
}

test(`requests of any kind get an answer, and none of them is a 500 (seed ${seed})`, async () => {
  for (let round = 0; round < 40; round++) {
    const calls = times(20, () => {
      const path =
        random(3) === 0
          ? `/${times(random(8), () => pick(SEGMENTS)).join('/')}`
          : `/api/v1/namespaces/default/${pick(['pods', 'configmaps', 'services', 'events', 'replicationcontrollers'])}${pick(['', '/target', '/target/status', '/target/binding', '/target/log'])}`;
      const method = pick(METHODS);
      const sends = method !== 'GET' && method !== 'HEAD';
      return {
        method,
        path: path.replaceAll('é', '%C3%A9') + pick(QUERIES),
        type: pick(TYPES),
        ...(sends ? { body: body() } : {}),
      };
    });
    const replies = await Promise.all(
      calls.map(({ method, path, type, body }) =>
        t.call(method, path, { headers: { 'content-type': type }, ...(body === undefined ? {} : { body }) }),
      ),
    );
    for (const [i, { code, text }] of replies.entries())
      assert.ok(
        code < 500,
        `${calls[i]!.method} ${calls[i]!.path} ${calls[i]!.type}\n${String(calls[i]!.body)}\n${code} ${text}\n${errors.at(-1) ?? ''}`,
      );
  }
  assert.equal(Object.keys(Object.prototype).length, 0);
  assert.equal((await t.call('GET', '/readyz')).code, 200);
});

/** As somebody might write one: mostly right, with one wrong place. */
function configuration(kind: 'Service' | 'ReplicationController' | 'ConfigMap'): object {
  const odd = <T>(right: T): unknown => (random(8) === 0 ? value(3) : right);
  const named = (more: object): object => ({ name: odd(pick(['a', 'b', 'c'])), ...more });
  const containers = odd(
    times(random(3), () =>
      named({ image: 'i', env: odd(times(random(3), () => named({ value: '1' }))), ports: odd([{ containerPort: 80 }]) }),
    ),
  );
  const template = { metadata: { labels: { a: 'b' } }, spec: odd({ containers }) };
  const ports = odd(times(1 + random(2), () => ({ name: pick(['x', 'y']), port: odd(80 + random(3)), targetPort: odd(80) })));
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'applied', labels: odd({ [pick(['a', '__proto__', 'constructor'])]: 'x' }), finalizers: odd(['a/b']) },
    ...(kind === 'ConfigMap' ? { data: odd({ [pick(['k', 'l', '__proto__'])]: odd('v') }) } : {}),
    ...(kind === 'Service' ? { spec: odd({ ports, selector: odd({ a: 'b' }) }) } : {}),
    ...(kind === 'ReplicationController'
      ? { spec: odd({ replicas: odd(0), selector: { a: 'b' }, template: odd(template) }) }
      : {}),
  };
}

test(`configurations of any kind are applied or refused, and never a 500 (seed ${seed})`, async () => {
  const paths = { Service: 'services', ReplicationController: 'replicationcontrollers', ConfigMap: 'configmaps' } as const;
  let applied = 0;
  for (let round = 0; round < 300; round++) {
    const kind = pick(['Service', 'ReplicationController', 'ConfigMap'] as const);
    const path = `/api/v1/namespaces/default/${paths[kind]}/applied`;
    const sent = JSON.stringify(configuration(kind));
    const { code, text } = await t.call('PATCH', `${path}?fieldManager=${pick(['a', 'b'])}&force=${pick(['true', 'false'])}`, {
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: sent,
    });
    if (code < 300) applied++;
    assert.ok(code < 500, `${path}\n${sent}\n${code} ${text}\n${errors.at(-1) ?? ''}`);
    if (random(5) > 0) continue;
    const managedFields =
      random(3) === 0
        ? [{}]
        : [{ manager: 'm', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: value(4) }];
    const patched = await t.call('PATCH', path, { body: { metadata: { managedFields } } });
    assert.ok(patched.code < 500, `${JSON.stringify(managedFields)}\n${patched.text}\n${errors.at(-1) ?? ''}`);
  }
  assert.ok(applied > 20, `only ${applied} of 300 were applied`);
  assert.equal(Object.keys(Object.prototype).length, 0);
});

test('paths of any kind are parsed or refused', () => {
  for (let i = 0; i < 2000; i++) {
    const path =
      random(2) === 0 ? `/${times(random(12), () => pick(SEGMENTS)).join('/')}` : randomBytes(random(60)).toString('latin1');
    try {
      const parsed = parsePath(path);
      if (parsed.kind === 'resource')
        for (const part of Object.values(parsed.target)) assert.ok(typeof part !== 'string' || !/\/|\0|^\.\.?$/.test(part), path);
    } catch (error) {
      assert.ok(error instanceof StatusError && error.code === 400, String(error));
    }
  }
});

test('the JSON scanner agrees with JSON.parse about what is JSON', () => {
  for (let i = 0; i < 3000; i++) {
    let text = JSON.stringify(value(4)) ?? 'null';
    if (random(2) === 0) text = text.slice(0, random(text.length + 1));
    if (random(3) === 0) {
      const at = random(text.length + 1);
      text =
        text.slice(0, at) +
        pick(['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\n', '0', '-', 'e', 'tru', '\t']) +
        text.slice(at);
    }
    let valid = true;
    try {
      JSON.parse(text);
    } catch {
      valid = false;
    }
    assert.equal(scanJson(text).error === undefined, valid, text);
  }
});
