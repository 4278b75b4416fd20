import type { PolicyRule } from '../access-policy.ts';
import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import { bootstrapRoles } from './bootstrap/namespace-roles.ts';
import { reconcileRole } from './bootstrap/reconcile.ts';
import { confirmRoleWrite, RBAC } from './escalation.ts';
import { validateRules } from './rbac-validation.ts';

/** kubectl shows of roles when they were made, and no age. */
export const createdColumn = column('Created At', (object) => object.metadata.creationTimestamp ?? '');

/** What may be done in its namespace; a role binding says by whom. */
export const role = defineResource({
  ...RBAC,
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.Role',
  strategy: {
    nameFormat: 'path',
    allowCreateOnUpdate: true,
    prepareForCreate: (object, context) => confirmRoleWrite('roles', object, undefined, context),
    prepareForUpdate: (object, old, context) => confirmRoleWrite('roles', object, old, context),
    validate: (object) => validateRules(object, true),
  },
  policy: { holds: 'rules', rules: (object) => (object.rules ?? []) as PolicyRule[] },
  bootstrap: { objects: bootstrapRoles, reconcile: reconcileRole },
  columns: [nameColumn, createdColumn],
});
