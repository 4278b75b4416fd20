import { defineResource } from '../define-resource.ts';
import { bootstrapClusterRoleBindings } from './bootstrap/cluster-role-bindings.ts';
import { controllerRoleBindings } from './bootstrap/controller-roles.ts';
import { reconcileBinding } from './bootstrap/reconcile.ts';
import { confirmBindingWrite, RBAC } from './escalation.ts';
import { validateBinding, validateBindingUpdate } from './rbac-validation.ts';
import { bindingColumns, grantOf } from './role-binding.ts';

/** Grants a cluster role everywhere. */
export const clusterRoleBinding = defineResource({
  ...RBAC,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  strategy: {
    nameFormat: 'path',
    allowCreateOnUpdate: true,
    prepareForCreate: (object, context) => confirmBindingWrite('clusterrolebindings', object, undefined, context),
    prepareForUpdate: (object, old, context) => confirmBindingWrite('clusterrolebindings', object, old, context),
    validate: (object) => validateBinding(object, ['ClusterRole'], false),
    validateUpdate: validateBindingUpdate,
  },
  policy: { holds: 'grant', grant: grantOf },
  bootstrap: { objects: [...bootstrapClusterRoleBindings, ...controllerRoleBindings], reconcile: reconcileBinding },
  columns: bindingColumns,
});
