import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiService } from '../../../../../lib/platform/api/apiregistration/api-service.ts';
import { kindCases } from '../../../../support/kind-cases.ts';

const { create, causes, statusCauses, row } = kindCases(apiService);

const LOCAL = { group: 'example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 15 };
const REMOTE = { ...LOCAL, service: { namespace: 'default', name: 'api' } };
const named = (spec: object, name = 'v1.example.com'): object => ({ metadata: { name }, spec });
const CA = Buffer.from('no certificate').toString('base64');

test('what an APIService may say', () => {
  assert.deepEqual(causes(named(LOCAL)), []);
  assert.deepEqual(causes(named({ ...REMOTE, insecureSkipTLSVerify: true })), []);
  assert.deepEqual(causes(named({ ...LOCAL, group: undefined }, 'v1.')), []);
});

for (const [fields, expected] of [
  [named(LOCAL, 'x'), ['metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.example.com"']],
  [
    named({ ...LOCAL, group: '', version: 'v2' }, 'v2.'),
    ['spec.group: Required value: only v1 may have an empty group and it better be legacy kube'],
  ],
  [
    named({ ...LOCAL, groupPriorityMinimum: 0 }),
    ['spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000'],
  ],
  [
    named({ ...LOCAL, groupPriorityMinimum: 20001 }),
    ['spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000'],
  ],
  [
    named({ ...LOCAL, versionPriority: 1001 }),
    ['spec.versionPriority: Invalid value: 1001: must be positive and less than 1000'],
  ],
  [named({ ...LOCAL, caBundle: CA }), ['spec.caBundle: Invalid value: "14 bytes": local APIServices may not have a caBundle']],
  [
    named({ ...LOCAL, insecureSkipTLSVerify: true }),
    ['spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify'],
  ],
  [named({ ...REMOTE, service: {} }), ['spec.service.namespace: Required value', 'spec.service.name: Required value']],
  [
    named({ ...REMOTE, caBundle: CA }),
    ['spec.caBundle: Invalid value: "14 bytes": unable to load root certificates: unable to parse bytes as PEM block'],
  ],
] as const)
  test(`refused: ${expected[0]}`, () => assert.deepEqual(causes(fields), [...expected]));

test('conditions are one of three', () => {
  assert.deepEqual(statusCauses({ conditions: [{ type: 'Available', status: 'Perhaps' }] }), [
    'status.conditions[0].status: Unsupported value: "Perhaps": supported values: "True", "False", "Unknown"',
  ]);
});

test('one that is served here is available from its first moment on, another not before it has been asked', () => {
  assert.deepEqual(create(named(LOCAL)).status.conditions, [
    {
      type: 'Available',
      status: 'True',
      reason: 'Local',
      message: 'Local APIServices are always available',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ]);
  assert.deepEqual(create({ ...named(REMOTE), status: { conditions: [{ type: 'Available', status: 'True' }] } }).status, {});
  assert.equal(create(named(REMOTE)).spec.service.port, 443);
});

test('columns', () => {
  const conditions = [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }];
  assert.deepEqual(row(named(LOCAL)), ['v1.example.com', 'Local', 'Unknown', '60m']);
  assert.deepEqual(row({ ...named(REMOTE), status: { conditions } }), [
    'v1.example.com',
    'default/api',
    'False (MissingEndpoints)',
    '60m',
  ]);
});
