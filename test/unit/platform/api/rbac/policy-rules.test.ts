import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AccessQuestion, PolicyRule } from '../../../../../lib/platform/api/access-policy.ts';
import { compactRules, ruleAllows, ruleText, uncovered } from '../../../../../lib/platform/api/rbac/policy-rules.ts';

const pods: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] };

const cases: readonly [string, PolicyRule, AccessQuestion, boolean][] = [
  ['a verb and a resource of the rule', pods, { verb: 'get', resource: 'pods' }, true],
  ['another verb', pods, { verb: 'delete', resource: 'pods' }, false],
  ['another group', pods, { verb: 'get', group: 'apps', resource: 'pods' }, false],
  ['a subresource of the rule', pods, { verb: 'get', resource: 'pods', subresource: 'log' }, true],
  ['another subresource', pods, { verb: 'get', resource: 'pods', subresource: 'exec' }, false],
  [
    'everything',
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verb: 'x', group: 'y', resource: 'z', subresource: 's' },
    true,
  ],
  [
    'a subresource of every kind',
    { verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] },
    { verb: 'get', group: 'apps', resource: 'deployments', subresource: 'scale' },
    true,
  ],
  [
    'the kind itself is no subresource',
    { verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] },
    { verb: 'get', group: 'apps', resource: 'deployments' },
    false,
  ],
  ['a name of the rule', { ...pods, resourceNames: ['a'] }, { verb: 'get', resource: 'pods', name: 'a' }, true],
  ['no name where the rule wants one', { ...pods, resourceNames: ['a'] }, { verb: 'list', resource: 'pods' }, false],
  ['a path', { verbs: ['get'], nonResourceURLs: ['/healthz'] }, { verb: 'get', path: '/healthz' }, true],
  ['a path below', { verbs: ['get'], nonResourceURLs: ['/healthz'] }, { verb: 'get', path: '/healthz/x' }, false],
  ['a path below a star', { verbs: ['get'], nonResourceURLs: ['/api/*'] }, { verb: 'get', path: '/api/v1' }, true],
  ['resources are no paths', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verb: 'get', path: '/metrics' }, false],
];
for (const [name, rule, question, expected] of cases)
  test(`a rule and ${name}`, () => assert.equal(ruleAllows(rule, question), expected));

const some = (...values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const rules = fc.array(
  fc.oneof(
    fc.record(
      {
        verbs: some('get', 'list', 'delete', '*'),
        apiGroups: some('', 'apps', '*'),
        resources: some('pods', 'pods/log', 'deployments', '*/log', '*'),
        resourceNames: some('a', 'b'),
      },
      { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
    ),
    fc.record({ verbs: some('get', 'post', '*'), nonResourceURLs: some('/api', '/api/*', '/metrics', '*') }),
  ),
  { maxLength: 4 },
);
const questions: readonly AccessQuestion[] = ['get', 'list', 'delete', 'other'].flatMap((verb) => [
  ...['/api', '/api/v1', '/metrics', '/'].map((path) => ({ verb, path })),
  ...['', 'apps', 'batch'].flatMap((group) =>
    ['pods', 'deployments', 'jobs'].flatMap((resource) =>
      ['', 'log', 'scale'].flatMap((subresource) => ['', 'a', 'c'].map((name) => ({ verb, group, resource, subresource, name }))),
    ),
  ),
]);
const allows = (held: readonly PolicyRule[], question: AccessQuestion): boolean =>
  held.some((rule) => ruleAllows(rule, question));

test('what is covered allows nothing that its holder may not, whatever the rules', () => {
  fc.assert(
    fc.property(rules, rules, (held, wanted) => {
      if (uncovered(held, wanted).length > 0) return;
      for (const question of questions) if (allows(wanted, question)) assert.ok(allows(held, question), JSON.stringify(question));
    }),
    { numRuns: 300 },
  );
});

test('rules cover themselves, and what is missing beside what is held is all that was wanted', () => {
  fc.assert(
    fc.property(rules, rules, (held, wanted) => {
      assert.deepEqual(uncovered(wanted, wanted), []);
      assert.deepEqual(uncovered([...held, ...compactRules(uncovered(held, wanted))], wanted), []);
    }),
    { numRuns: 300 },
  );
});

test('a rule as Kubernetes writes it in refusals', () => {
  const missing = compactRules(uncovered([], [{ verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['pods'] }]));
  assert.deepEqual(missing.map(ruleText), [
    '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "list"]}',
  ]);
  assert.equal(ruleText({ verbs: ['get'], nonResourceURLs: ['/a', '/b'] }), '{NonResourceURLs:["/a" "/b"], Verbs:["get"]}');
});
