import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomResourceDefinition } from '../../../../../lib/platform/api/apiextensions/definition-types.ts';
import { planNames } from '../../../../../lib/platform/controllers/definitions/accepted-names.ts';

const definition = (
  names: object,
  status: object = {},
  group = 'example.com',
  annotations?: Record<string, string>,
): CustomResourceDefinition =>
  ({
    metadata: { name: 'x', ...(annotations === undefined ? {} : { annotations }) },
    spec: { group, names },
    status,
  }) as unknown as CustomResourceDefinition;

const NAMES = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['w'] };

test('names that nobody has are accepted, and the kind is established', () => {
  const { acceptedNames, conditions } = planNames(definition(NAMES), [
    definition(NAMES, { acceptedNames: NAMES }, 'other.example.com'),
  ]);
  assert.deepEqual(acceptedNames, NAMES);
  assert.deepEqual(
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['NamesAccepted', 'True', 'NoConflicts'],
      ['Established', 'True', 'InitialNamesAccepted'],
    ],
  );
});

test('a name that another of the group has is not; what is established stays so', () => {
  const other = definition({}, { acceptedNames: { plural: 'gadgets', singular: 'w', kind: 'Gadget' } });
  const fresh = planNames(definition(NAMES), [other]);
  assert.equal(fresh.acceptedNames.shortNames, undefined);
  assert.deepEqual(
    fresh.conditions.map(({ status, reason, message }) => [status, reason, message]),
    [
      ['False', 'ShortNamesConflict', '"w" is already in use'],
      ['False', 'NotAccepted', 'not all names are accepted'],
    ],
  );
  const before = { acceptedNames: { ...NAMES, shortNames: [] }, conditions: [{ type: 'Established', status: 'True' }] };
  const established = planNames(definition(NAMES, before), [other]);
  assert.deepEqual(
    established.conditions.map(({ type }) => type),
    ['NamesAccepted'],
  );
});

test('groups of Kubernetes say whether they were approved', () => {
  const approved = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/1' };
  const { conditions } = planNames(definition(NAMES, {}, 'x.k8s.io', approved), []);
  assert.deepEqual(conditions.at(-1), {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: 'True',
    reason: 'ApprovedAnnotation',
    message: 'approved in https://github.com/kubernetes/kubernetes/pull/1',
  });
});
