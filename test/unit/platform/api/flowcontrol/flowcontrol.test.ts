import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowSchemas } from '../../../../../lib/platform/api/flowcontrol/bootstrap/flow-schemas.ts';
import { priorityLevels } from '../../../../../lib/platform/api/flowcontrol/bootstrap/priority-levels.ts';
import { flowSchema } from '../../../../../lib/platform/api/flowcontrol/flow-schema.ts';
import { priorityLevelConfiguration } from '../../../../../lib/platform/api/flowcontrol/priority-level-configuration.ts';
import { kindCases } from '../../../../support/kind-cases.ts';

const schemas = kindCases(flowSchema);
const levels = kindCases(priorityLevelConfiguration);
const ALL = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] };
const BOB = { kind: 'User', user: { name: 'bob' } };
const rule = (more: object = {}): object => ({ subjects: [BOB], resourceRules: [ALL], ...more });
const schema = (spec: object = {}): object => ({
  spec: { priorityLevelConfiguration: { name: 'workload-low' }, rules: [rule()], ...spec },
});
const queue = (queuing: object, limited: object = {}): object => ({
  spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing }, ...limited } },
});

test('what comes along is valid, and every schema has its level', () => {
  for (const each of flowSchemas) assert.deepEqual(schemas.causes(each), []);
  for (const each of priorityLevels) assert.deepEqual(levels.causes(each), []);
  const names = priorityLevels.map(({ metadata }) => metadata.name);
  for (const { spec } of flowSchemas) assert.ok(names.includes(spec.priorityLevelConfiguration.name));
});

test('defaults and rows are those of Kubernetes', () => {
  assert.equal(schemas.create(schema()).spec.matchingPrecedence, 1000);
  assert.deepEqual(levels.create(queue({})).spec.limited, {
    nominalConcurrencyShares: 30,
    lendablePercent: 0,
    limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
  });
  const byUser = schema({ distinguisherMethod: { type: 'ByUser' } });
  assert.deepEqual(schemas.row(byUser), ['x', 'workload-low', 1000, 'ByUser', '60m', '?']);
  const dangling = { ...schema(), status: { conditions: [{ type: 'Dangling', status: 'True' }] } };
  assert.deepEqual(schemas.row(dangling).slice(3), ['<none>', '60m', 'True']);
  assert.deepEqual(levels.row(queue({})), ['x', 'Limited', '30', '64', '8', '50', '60m']);
  assert.deepEqual(levels.row(priorityLevels[1]!).slice(1, 6), ['Exempt', '<none>', '<none>', '<none>', '<none>']);
});

const account = (name: string, namespace: string): object => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace } });
const path = (nonResourceURLs: string[]): object =>
  schema({ rules: [rule({ resourceRules: [], nonResourceRules: [{ verbs: ['get'], nonResourceURLs }] })] });

for (const [what, object, causes] of [
  ['valid', schema(), []],
  [
    'precedence 1',
    schema({ matchingPrecedence: 1 }),
    ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
  ],
  ['precedence -1', schema({ matchingPrecedence: -1 }), ['spec.matchingPrecedence: Invalid value: -1: must be a positive value']],
  [
    'precedence',
    schema({ matchingPrecedence: 10_001 }),
    ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
  ],
  [
    'no level',
    schema({ priorityLevelConfiguration: { name: '' } }),
    ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level'],
  ],
  [
    'method',
    schema({ distinguisherMethod: { type: 'ByMoon' } }),
    ['spec.distinguisherMethod.type: Unsupported value: "ByMoon": supported values: "ByNamespace", "ByUser"'],
  ],
  [
    'no subjects',
    schema({ rules: [rule({ subjects: [] })] }),
    ['spec.rules[0].subjects: Required value: subjects must contain at least one value'],
  ],
  [
    'nothing meant',
    schema({ rules: [rule({ resourceRules: [] })] }),
    ['spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty'],
  ],
  [
    'two subjects in one',
    schema({ rules: [rule({ subjects: [{ ...BOB, group: { name: 'g' } }] })] }),
    ["spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'"],
  ],
  [
    'account',
    schema({ rules: [rule({ subjects: [account('*', '')] })] }),
    ['spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account'],
  ],
  [
    'verbs',
    schema({ rules: [rule({ resourceRules: [{ ...ALL, verbs: ['*', 'get'] }] })] }),
    [
      `spec.rules[0].resourceRules[0].verbs: Invalid value: []string{"*", "get"}: if '*' is present, must not specify other verbs`,
    ],
  ],
  [
    'namespaces',
    schema({ rules: [rule({ resourceRules: [{ ...ALL, namespaces: [] }] })] }),
    [
      'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
    ],
  ],
  ['paths', path(['/a', '/b/*']), []],
  [
    'path',
    path(['/a*']),
    ['spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching'],
  ],
] as const)
  test(`flow schema: ${what}`, () => assert.deepEqual(schemas.causes(object), causes));

for (const [what, object, causes] of [
  ['valid', queue({}), []],
  ['jail', queue({}, { nominalConcurrencyShares: 0 }), []],
  [
    'hand',
    queue({ queues: 4, handSize: 5 }),
    ['spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)'],
  ],
  [
    'entropy',
    queue({ queues: 100_000, handSize: 10 }),
    [
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 10: required entropy bits of deckSize 100000 and handSize 10 should not be greater than 60',
    ],
  ],
  [
    'queues',
    queue({ queues: 100_000_000, handSize: 1 }),
    ['spec.limited.limitResponse.queuing.queues: Invalid value: 100000000: must not be greater than 10000000'],
  ],
  [
    'percent',
    queue({}, { lendablePercent: 101 }),
    ['spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive'],
  ],
  [
    'exempt',
    { spec: { type: 'Exempt' } },
    [`spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'`],
  ],
  ['no limits', { spec: { type: 'Limited' } }, ['spec.limited: Required value: must not be empty when type is Limited']],
  ['type', { spec: { type: 'X' } }, ['spec.type: Unsupported value: "X": supported values: "Exempt", "Limited"']],
] as const)
  test(`priority level: ${what}`, () => assert.deepEqual(levels.causes(object), causes));

test('what is mandatory cannot be changed', () => {
  const changed = { metadata: { name: 'catch-all' }, ...queue({}) };
  assert.match(levels.causes(changed)[0]!, /^spec: Invalid value: .*: spec of 'catch-all' must equal the fixed value$/);
  assert.match(schemas.causes({ metadata: { name: 'catch-all' }, ...schema() })[0]!, /must equal the fixed value$/);
});
