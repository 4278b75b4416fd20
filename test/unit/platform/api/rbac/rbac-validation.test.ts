import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceDefinition } from '../../../../../lib/platform/api/define-resource.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { clusterRole } from '../../../../../lib/platform/api/rbac/cluster-role.ts';
import { clusterRoleBinding } from '../../../../../lib/platform/api/rbac/cluster-role-binding.ts';
import { role } from '../../../../../lib/platform/api/rbac/role.ts';
import { roleBinding } from '../../../../../lib/platform/api/rbac/role-binding.ts';

const GROUP = 'rbac.authorization.k8s.io';
const object = (fields: object): KubeObject => ({ apiVersion: `${GROUP}/v1`, kind: 'x', metadata: { name: 'x' }, ...fields });
const causes = (of: ResourceDefinition, fields: object): string[] =>
  of.strategy!.validate!(object(fields)).map(({ field, message }) => `${field}: ${message}`);

const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const bob = { kind: 'User', apiGroup: GROUP, name: 'bob' };
const ref = { apiGroup: GROUP, kind: 'ClusterRole', name: 'view' };

const cases: readonly [string, ResourceDefinition, object, string[]][] = [
  ['a role', role, { rules: [rule, { ...rule, resourceNames: ['a'] }] }, []],
  ['a role without rules', role, {}, []],
  [
    'a rule without verbs',
    role,
    { rules: [{ ...rule, verbs: [] }] },
    ['rules[0].verbs: Required value: verbs must contain at least one value'],
  ],
  [
    'a rule without groups and resources',
    clusterRole,
    { rules: [{ verbs: ['get'] }] },
    [
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
  ],
  ['a cluster role with paths', clusterRole, { rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }] }, []],
  [
    'paths in a namespace',
    role,
    { rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }] },
    ['rules[0].nonResourceURLs: Invalid value: []string{"/healthz"}: namespaced rules cannot apply to non-resource URLs'],
  ],
  ['names of several resources', role, { rules: [{ ...rule, resources: ['pods', 'secrets'], resourceNames: ['a'] }] }, []],
  [
    'a role that gathers nothing',
    clusterRole,
    { aggregationRule: {} },
    [
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
  ],
  ['a binding', roleBinding, { roleRef: ref, subjects: [bob] }, []],
  [
    'a binding to something else',
    roleBinding,
    { roleRef: { ...ref, kind: 'User' } },
    ['roleRef.kind: Unsupported value: "User": supported values: "Role", "ClusterRole"'],
  ],
  [
    'a cluster binding to a role',
    clusterRoleBinding,
    { roleRef: { ...ref, kind: 'Role' } },
    ['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'],
  ],
  ['a binding to no name', roleBinding, { roleRef: { ...ref, name: '' } }, ['roleRef.name: Required value']],
  [
    'an account without its namespace',
    clusterRoleBinding,
    { roleRef: ref, subjects: [{ kind: 'ServiceAccount', name: 'a' }] },
    ['subjects[0].namespace: Required value'],
  ],
  ['an account of the binding’s namespace', roleBinding, { roleRef: ref, subjects: [{ kind: 'ServiceAccount', name: 'a' }] }, []],
  [
    'an unknown kind of subject',
    roleBinding,
    { roleRef: ref, subjects: [{ kind: 'Robot', name: 'r' }] },
    ['subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'],
  ],
];
for (const [name, definition, fields, expected] of cases)
  test(name, () => assert.deepEqual(causes(definition, fields), expected));

test('what a binding grants never changes', () => {
  const of = (name: string): KubeObject => object({ roleRef: { ...ref, name } });
  const [cause] = roleBinding.strategy!.validateUpdate!(of('edit'), of('view'));
  assert.equal(
    `${cause!.field}: ${cause!.message}`,
    `roleRef: Invalid value: rbac.RoleRef{APIGroup:"${GROUP}", Kind:"ClusterRole", Name:"edit"}: cannot change roleRef`,
  );
  assert.deepEqual(roleBinding.strategy!.validateUpdate!(of('view'), of('view')), []);
});
