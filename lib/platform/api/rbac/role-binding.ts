import type { PolicyGrant, PolicySubject, RoleReference } from '../access-policy.ts';
import { ageColumn, column, nameColumn, wideColumn, type Column } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { bootstrapRoleBindings } from './bootstrap/namespace-roles.ts';
import { reconcileBinding } from './bootstrap/reconcile.ts';
import { confirmBindingWrite, RBAC } from './escalation.ts';
import { validateBinding, validateBindingUpdate } from './rbac-validation.ts';

/** Who is given which role. */
export const grantOf = (object: KubeObject): PolicyGrant => ({
  subjects: (object.subjects ?? []) as PolicySubject[],
  role: object.roleRef as RoleReference,
});

const subjectsOf = (object: KubeObject, kind: string): PolicySubject[] =>
  grantOf(object).subjects.filter((subject) => subject.kind === kind);
const named = (object: KubeObject, kind: string): string =>
  subjectsOf(object, kind)
    .map(({ name }) => name)
    .join(', ');

/** As kubectl shows bindings. */
export const bindingColumns: readonly Column[] = [
  nameColumn,
  column('Role', (object) => `${grantOf(object).role.kind}/${grantOf(object).role.name}`),
  ageColumn,
  wideColumn('Users', (object) => named(object, 'User')),
  wideColumn('Groups', (object) => named(object, 'Group')),
  wideColumn('ServiceAccounts', (object) =>
    subjectsOf(object, 'ServiceAccount')
      .map(({ namespace = '', name }) => `${namespace}/${name}`)
      .join(', '),
  ),
];

/** Grants a role of its namespace, or a cluster role, within its namespace. */
export const roleBinding = defineResource({
  ...RBAC,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  strategy: {
    nameFormat: 'path',
    allowCreateOnUpdate: true,
    prepareForCreate: (object, context) => confirmBindingWrite('rolebindings', object, undefined, context),
    prepareForUpdate: (object, old, context) => confirmBindingWrite('rolebindings', object, old, context),
    validate: (object) => validateBinding(object, ['Role', 'ClusterRole'], true),
    validateUpdate: validateBindingUpdate,
  },
  policy: { holds: 'grant', grant: grantOf },
  bootstrap: { objects: bootstrapRoleBindings, reconcile: reconcileBinding },
  columns: bindingColumns,
});
