import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '../../../../lib/platform/api/registry.ts';
import { admissionPolicyStatusController } from '../../../../lib/platform/controllers/admission-policy-status-controller.ts';
import { ADMISSION_POLICIES, CUSTOM_RESOURCE_DEFINITIONS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startControllers } from '../../../support/run-controllers.ts';

const rule = (group: string, version: string, ...plurals: string[]): object => ({
  operations: ['*'],
  apiGroups: [group],
  apiVersions: [version],
  resources: plurals,
});

/** What the status of a policy says. */
async function statusOf(
  spec: object,
  others: readonly object[] = [],
): Promise<{ observedGeneration: number; typeChecking: object }> {
  await using rig = startControllers([admissionPolicyStatusController(resources)]);
  for (const other of others) await rig.create(CUSTOM_RESOURCE_DEFINITIONS, other as never);
  await rig.create(ADMISSION_POLICIES, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'p' },
    spec,
  });
  return await eventually(async () => {
    const [policy] = await rig.list(ADMISSION_POLICIES);
    assert.notEqual(policy!['status']?.observedGeneration, undefined);
    return policy!['status'];
  });
}

test('a policy that fits its kinds is told to be checked', async () => {
  const status = await statusOf({
    matchConstraints: { resourceRules: [rule('apps', 'v1', 'deployments', 'deployments/scale'), rule('*', '*', 'pods')] },
    variables: [{ name: 'n', expression: 'object.spec.replicas' }],
    validations: [
      { expression: 'variables.n <= 5', messageExpression: 'object.metadata.namespace' },
      { expression: "object.spec.template.spec.containers.all(c, c.resources.limits['cpu'] != '')" },
      { expression: "object.metadata.creationTimestamp < timestamp('2030-01-01T00:00:00Z')" },
    ],
  });
  assert.deepEqual(status, { observedGeneration: 1, typeChecking: {} });
});

test('fields that a kind has not, and types that do not go together, are told with the kind and the place', async () => {
  const status = await statusOf({
    matchConstraints: { resourceRules: [rule('apps', 'v1', 'replicasets', 'deployments')] },
    validations: [
      { expression: 'object.spec.replicas < 5' },
      { expression: "object.spec.replicas == 'five'", messageExpression: 'object.sepc' },
      { expression: "object.spec.strategy.type == 'Recreate'" },
    ],
  });
  const overload = (kind: string): string =>
    `apps/v1, Kind=${kind}: ERROR: <input>:1:22: found no matching overload for '_==_' applied to '(int, string)'\n | object.spec.replicas == 'five'\n | .....................^\n`;
  const field = (kind: string): string =>
    `apps/v1, Kind=${kind}: ERROR: <input>:1:7: undefined field 'sepc'\n | object.sepc\n | ......^\n`;
  assert.deepEqual(status.typeChecking, {
    expressionWarnings: [
      { fieldRef: 'spec.validations[1].expression', warning: `${overload('Deployment')}\n${overload('ReplicaSet')}` },
      { fieldRef: 'spec.validations[1].messageExpression', warning: `${field('Deployment')}\n${field('ReplicaSet')}` },
      {
        fieldRef: 'spec.validations[2].expression',
        warning: `apps/v1, Kind=ReplicaSet: ERROR: <input>:1:12: undefined field 'strategy'\n | object.spec.strategy.type == 'Recreate'\n | ...........^\n`,
      },
    ],
  });
});

test('kinds that definitions make are known, as objects and as parameters', async () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'limits.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'limits', kind: 'Limit' },
      versions: [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object', properties: { max: { type: 'integer' } } } } }],
    },
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  };
  const spec = {
    paramKind: { apiVersion: 'example.com/v1', kind: 'Limit' },
    matchConstraints: { resourceRules: [rule('example.com', 'v1', 'limits')] },
    validations: [
      { expression: "object.max <= params.max && object.metadata.name != ''" },
      { expression: "params.max == 'many'" },
    ],
  };
  const { typeChecking } = await statusOf(spec, [definition]);
  const { expressionWarnings } = typeChecking as { expressionWarnings: { fieldRef: string; warning: string }[] };
  assert.deepEqual(
    expressionWarnings.map(({ fieldRef }) => fieldRef),
    ['spec.validations[1].expression'],
  );
  assert.match(expressionWarnings[0]!.warning, /^example\.com\/v1, Kind=Limit: .*'\(int, string\)'/);
});
