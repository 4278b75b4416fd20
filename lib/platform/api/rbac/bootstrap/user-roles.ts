import type { KubeObject } from '../../meta.ts';
import { bootstrapRole, READ, READ_WRITE, rule, WRITE } from './policy-objects.ts';

export const TO_ADMIN = 'rbac.authorization.k8s.io/aggregate-to-admin';
export const TO_EDIT = 'rbac.authorization.k8s.io/aggregate-to-edit';
export const TO_VIEW = 'rbac.authorization.k8s.io/aggregate-to-view';
export const TO_CLUSTER_READER = 'rbac.authorization.k8s.io/aggregate-to-cluster-reader';

/** Roles for people: each gathers the next, and whatever others label for it, such as the roles of custom resources. */
export const userRoles: readonly KubeObject[] = [
  bootstrapRole('admin', [], { gathers: TO_ADMIN }),
  bootstrapRole('edit', [], { gathers: TO_EDIT, labels: { [TO_ADMIN]: 'true' } }),
  bootstrapRole('view', [], { gathers: TO_VIEW, labels: { [TO_EDIT]: 'true', [TO_CLUSTER_READER]: 'true' } }),
  bootstrapRole(
    'system:aggregate-to-admin',
    [
      rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
      rule(READ_WRITE, 'rbac.authorization.k8s.io', 'rolebindings roles'),
    ],
    { labels: { [TO_ADMIN]: 'true' } },
  ),
  bootstrapRole(
    'system:aggregate-to-edit',
    [
      rule(READ, 'core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
      rule('impersonate', 'core', 'serviceaccounts'),
      rule(WRITE, 'core', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
      rule('create', 'core', 'pods/eviction'),
      rule(
        WRITE,
        'core',
        'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
      ),
      rule('create', 'core', 'serviceaccounts/token'),
      rule(
        WRITE,
        'apps',
        'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
      ),
      rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
      rule(WRITE, 'batch', 'cronjobs jobs'),
      rule(
        WRITE,
        'extensions',
        'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
      ),
      rule(WRITE, 'policy', 'poddisruptionbudgets'),
      rule(WRITE, 'networking.k8s.io', 'ingresses networkpolicies'),
      rule(READ_WRITE, 'coordination.k8s.io', 'leases'),
    ],
    { labels: { [TO_EDIT]: 'true' } },
  ),
  bootstrapRole(
    'system:aggregate-to-view',
    [
      rule(
        READ,
        'core',
        'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
      ),
      rule(
        READ,
        'core',
        'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
      ),
      rule(READ, 'core', 'namespaces'),
      rule(READ, 'discovery.k8s.io', 'endpointslices'),
      rule(
        READ,
        'apps',
        'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
      ),
      rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
      rule(READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
      rule(
        READ,
        'extensions',
        'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
      ),
      rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
      rule(READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
    ],
    { labels: { [TO_VIEW]: 'true' } },
  ),
  // As metrics-server brings it along.
  bootstrapRole('system:aggregated-metrics-reader', [rule(READ, 'metrics.k8s.io', 'nodes pods')], {
    labels: { [TO_ADMIN]: 'true', [TO_EDIT]: 'true', [TO_VIEW]: 'true' },
  }),
];
