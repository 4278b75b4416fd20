import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { decodeProtobuf, encodeProtobuf } from '../../../../../lib/platform/api/schema/protobuf.ts';
import { StatusError } from '../../../../../lib/platform/api/status-error.ts';

/** `kubectl create configmap a --from-literal=k=v` sends this. */
const CONFIG_MAP = Buffer.from(
  '6b387300' + // magic
    '0a0f0a0276311209436f6e6669674d6170' + // TypeMeta v1, ConfigMap
    '1215' + // raw, 21 bytes
    '0a0b0a01611200 1a0022002a00'.replaceAll(' ', '') + // metadata: name a, empty texts
    '1206' + // data entry
    '0a016b120176' + // k: v
    '1a002200', // content encoding and type
  'hex',
);

test('a config map as kubectl sends it', () => {
  assert.deepEqual(decodeProtobuf(CONFIG_MAP), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: { k: 'v' },
  });
});

const ROUND_TRIPS: readonly object[] = [
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    data: { key: 'AP8=', empty: '' },
    immutable: false,
    type: 'Opaque',
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      creationTimestamp: '2026-11-23T05:00:00Z',
      labels: { a: 'b', 'x/y': 'z' },
      deletionGracePeriodSeconds: 0,
    },
    spec: {
      volumes: [{ name: 'v', configMap: { name: 'cm', defaultMode: 420 } }],
      containers: [
        {
          name: 'c',
          image: 'i',
          resources: { limits: { cpu: '100m' } },
          livenessProbe: { httpGet: { path: '/', port: 'web', scheme: 'HTTP' }, initialDelaySeconds: 3 },
          securityContext: { capabilities: { add: ['NET_ADMIN'] }, runAsUser: 0 },
        },
      ],
      terminationGracePeriodSeconds: 0,
    },
    status: {},
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {},
    spec: { renewTime: '2026-11-23T05:00:00.123456Z', leaseDurationSeconds: 40 },
  },
  { apiVersion: 'apps/v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Foreground' },
  {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: {},
    spec: { request: 'AQI=', signerName: 'a/b', extra: { scopes: ['x', 'y'] } },
    status: {},
  },
];

for (const object of ROUND_TRIPS)
  test(`${(object as KubeObject).kind} survives the way there and back`, () =>
    assert.deepEqual(decodeProtobuf(encodeProtobuf(object as KubeObject)!), object));

test('a key named __proto__ stays a key', () => {
  const object = JSON.parse('{"apiVersion":"v1","kind":"ConfigMap","metadata":{},"data":{"__proto__":"x"}}') as KubeObject;
  assert.deepEqual(Object.entries(decodeProtobuf(encodeProtobuf(object)!)['data'] as object), [['__proto__', 'x']]);
});

test('fields of a newer client are passed over', () => {
  const body = encodeProtobuf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: { a: 'b' } })!;
  // Unknown.raw is written again with a field 99 behind it: the last one counts.
  const raw = Buffer.from('12060a016112016298060 1'.replaceAll(' ', ''), 'hex');
  const longer = Buffer.concat([body, Buffer.from([0x12, raw.length]), raw]);
  assert.deepEqual(decodeProtobuf(longer)['data'], { a: 'b' });
});

const BROKEN: readonly [string, Buffer][] = [
  ['no magic', Buffer.from('{}')],
  ['nothing behind the magic', CONFIG_MAP.subarray(0, 4)],
  ['a cut message', CONFIG_MAP.subarray(0, 25)],
  ['a length beyond the end', Buffer.concat([CONFIG_MAP.subarray(0, 4), Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f])])],
  ['a number without an end', Buffer.concat([CONFIG_MAP.subarray(0, 4), Buffer.alloc(64, 0xff)])],
];
for (const [title, bytes] of BROKEN)
  test(`${title} is a bad request`, () =>
    assert.throws(
      () => decodeProtobuf(bytes),
      (error) => error instanceof StatusError && error.code === 400,
    ));

test('a kind that no table has is a bad request', () => {
  const body = Buffer.from('6b3873000a0a0a027631120442 6c6162'.replaceAll(' ', ''), 'hex');
  assert.throws(() => decodeProtobuf(body), /no kind "Blab" is registered for version "v1"/);
});
