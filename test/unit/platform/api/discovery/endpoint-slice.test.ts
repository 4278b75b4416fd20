import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointSlice } from '../../../../../lib/platform/api/discovery/endpoint-slice.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';

const slice = (fields: object): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-abc', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
  addressType: 'IPv4',
  ports: [{ name: '', port: 80, protocol: 'TCP' }],
  endpoints: [{ addresses: ['10.128.0.5'], conditions: { ready: true } }],
  ...fields,
});
const causes = (fields: object): string[] =>
  endpointSlice.strategy!.validate!(slice(fields)).map((cause) => `${cause.field}: ${cause.message}`);

for (const [title, fields, expected] of [
  ['what the controller writes', {}, []],
  [
    'another family',
    { endpoints: [{ addresses: ['fd00::1'] }] },
    ['endpoints[0].addresses[0]: Invalid value: "fd00::1": must be an IPv4 address'],
  ],
  ['no address', { endpoints: [{}] }, ['endpoints[0].addresses: Required value: must contain at least 1 address']],
  [
    'an unknown type',
    { addressType: 'IP', endpoints: [] },
    ['addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"'],
  ],
  [
    'two ports of one name',
    {
      ports: [
        { name: 'a', protocol: 'TCP' },
        { name: 'a', protocol: 'TCP' },
      ],
    },
    ['ports[1].name: Duplicate value: "a"'],
  ],
] as const)
  test(`${title}`, () => assert.deepEqual(causes(fields), expected));

test('columns', () => {
  const row = (object: KubeObject): unknown[] =>
    endpointSlice.columns!.map((each) => each.cell(object, Date.parse('2026-01-01T00:05:00Z')));
  assert.deepEqual(row(slice({})), ['web-abc', 'IPv4', '80', '10.128.0.5', '5m']);
  const many = [1, 2, 3, 4].map((n) => ({ addresses: [`10.128.0.${n}`] }));
  assert.deepEqual(row(slice({ endpoints: many, ports: [] })).slice(2, 4), [
    '<unset>',
    '10.128.0.1,10.128.0.2,10.128.0.3 + 1 more...',
  ]);
});
