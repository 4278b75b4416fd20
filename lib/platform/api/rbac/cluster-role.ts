import type { PolicyRule } from '../access-policy.ts';
import { nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import { bootstrapClusterRoles } from './bootstrap/cluster-roles.ts';
import { openshiftClusterRoles } from './bootstrap/openshift-roles.ts';
import { controllerRoles } from './bootstrap/controller-roles.ts';
import { reconcileRole } from './bootstrap/reconcile.ts';
import { confirmRoleWrite, RBAC } from './escalation.ts';
import { validateAggregation, validateRules } from './rbac-validation.ts';
import { createdColumn } from './role.ts';

/** What may be done everywhere, or wherever a role binding grants it. Its rules may be gathered from other cluster roles. */
export const clusterRole = defineResource({
  ...RBAC,
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  strategy: {
    nameFormat: 'path',
    allowCreateOnUpdate: true,
    prepareForCreate: (object, context) => confirmRoleWrite('clusterroles', object, undefined, context),
    prepareForUpdate: (object, old, context) => confirmRoleWrite('clusterroles', object, old, context),
    validate: (object) => [...validateRules(object, false), ...validateAggregation(object)],
  },
  policy: { holds: 'rules', rules: (object) => (object.rules ?? []) as PolicyRule[] },
  bootstrap: { objects: [...bootstrapClusterRoles, ...openshiftClusterRoles, ...controllerRoles], reconcile: reconcileRole },
  columns: [nameColumn, createdColumn],
});
