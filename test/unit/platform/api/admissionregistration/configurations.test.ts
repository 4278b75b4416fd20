import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validatingAdmissionPolicyBinding } from '../../../../../lib/platform/api/admissionregistration/validating-admission-policy-binding.ts';
import { validatingAdmissionPolicy } from '../../../../../lib/platform/api/admissionregistration/validating-admission-policy.ts';
import { mutatingWebhookConfiguration } from '../../../../../lib/platform/api/admissionregistration/webhook-configurations.ts';
import { kindCases } from '../../../../support/kind-cases.ts';

const RULE = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const hook = (more: object = {}): object => ({
  name: 'a.example.com',
  clientConfig: { url: 'https://hook.example/path' },
  rules: [RULE],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...more,
});

test('webhooks: defaults and each mistake', () => {
  const cases = kindCases(mutatingWebhookConfiguration);
  const { failurePolicy, timeoutSeconds, matchPolicy, reinvocationPolicy } = cases.create({ webhooks: [hook()] })['webhooks'][0];
  assert.deepEqual([failurePolicy, timeoutSeconds, matchPolicy, reinvocationPolicy], ['Fail', 10, 'Equivalent', 'Never']);
  const table: [object, string[]][] = [
    [{}, []],
    [
      { name: 'short' },
      ['webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated by dots'],
    ],
    [{ sideEffects: undefined }, ['webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun']],
    [{ admissionReviewVersions: [] }, ['webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1']],
    [{ clientConfig: {} }, ['webhooks[0].clientConfig: Required value: exactly one of url or service is required']],
    [
      { clientConfig: { url: 'http://hook.example' } },
      [
        'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
      ],
    ],
    [
      { timeoutSeconds: 31 },
      ['webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    ],
    [
      { rules: [{ ...RULE, operations: ['*', 'CREATE'], resources: ['pods/*', 'pods/status'] }] },
      [
        'webhooks[0].rules[0].operations: Invalid value: []string{"*", "CREATE"}: if \'*\' is present, must not specify other operations',
        'webhooks[0].rules[0].resources[1]: Invalid value: "pods/status": if \'pods/*\' is present, must not specify pods/status',
      ],
    ],
  ];
  for (const [more, wanted] of table) assert.deepEqual(cases.causes({ webhooks: [hook(more)] }), wanted);
  assert.deepEqual(cases.causes({ webhooks: [hook(), hook()] }), ['webhooks[1].name: Duplicate value: "a.example.com"']);
  assert.deepEqual(cases.row({ webhooks: [hook()] }), ['x', 1, '60m']);
});

test('admission policies and their bindings', () => {
  const policies = kindCases(validatingAdmissionPolicy);
  const spec = { matchConstraints: { resourceRules: [RULE] }, validations: [{ expression: 'true' }] };
  assert.deepEqual(policies.causes({ spec }), []);
  assert.deepEqual(policies.causes({ spec: { variables: [{ name: '1', expression: '' }] } }), [
    'spec.matchConstraints: Required value',
    'spec.variables[0].name: Invalid value: "1": name is not a valid CEL identifier',
    'spec.variables[0].expression: Required value: expression is not specified',
    'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
  ]);
  assert.deepEqual(policies.row({ spec }), ['x', 1, '<unset>', '60m']);
  const bindings = kindCases(validatingAdmissionPolicyBinding);
  assert.deepEqual(bindings.causes({ spec: { policyName: 'x', validationActions: ['Deny'] } }), []);
  assert.deepEqual(bindings.causes({ spec: { validationActions: ['Deny', 'Cheer'] } }), [
    'spec.policyName: Required value',
    'spec.validationActions[1]: Unsupported value: "Cheer": supported values: "Audit", "Deny", "Warn"',
  ]);
});
