import type { KubeObject } from '../meta.ts';
import type { GroupVersionResource } from '../verbs.ts';
import { DESCRIPTION } from './project-annotations.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
export const ROLE_BINDINGS: GroupVersionResource = { group: RBAC_GROUP, version: 'v1', resource: 'rolebindings' };
export const SERVICE_ACCOUNTS: GroupVersionResource = { group: '', version: 'v1', resource: 'serviceaccounts' };

/** Pods run as the first unless they say otherwise; builds push images as the second, deployments change pods as the third. */
export const DEFAULT_ACCOUNTS = ['default', 'builder', 'deployer'] as const;

/** An account of a project, with no secrets yet. */
export const serviceAccount = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace },
});

const AUTO = 'It is auto-managed by a controller; remove subjects to disable.';

/** What every namespace's own accounts may do in it (OpenShift: default-rolebindings controllers). Whoever wants less takes the subjects away. */
export const defaultBindings = (namespace: string): KubeObject[] => [
  binding(
    namespace,
    'system:image-pullers',
    { kind: 'Group', apiGroup: RBAC_GROUP, name: `system:serviceaccounts:${namespace}` },
    `Allows all pods in this namespace to pull images from this namespace. ${AUTO}`,
  ),
  binding(
    namespace,
    'system:image-builders',
    { kind: 'ServiceAccount', name: 'builder', namespace },
    `Allows builds in this namespace to push images to this namespace. ${AUTO}`,
  ),
  binding(
    namespace,
    'system:deployers',
    { kind: 'ServiceAccount', name: 'deployer', namespace },
    `Allows deploymentconfigs in this namespace to rollout pods in this namespace. ${AUTO}`,
  ),
];

/** The cluster role is called as the binding is, in the singular. */
const binding = (namespace: string, name: string, subject: object, description: string): KubeObject => ({
  ...roleBinding(namespace, name, name.slice(0, -1), subject),
  metadata: { name, namespace, annotations: { [DESCRIPTION]: description } },
});

/** Gives a user the role `admin` in the namespace. */
export const adminBinding = (namespace: string, userName: string): KubeObject =>
  roleBinding(namespace, 'admin', 'admin', { kind: 'User', apiGroup: RBAC_GROUP, name: userName });

const roleBinding = (namespace: string, name: string, role: string, subject: object): KubeObject => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: 'RoleBinding',
  metadata: { name, namespace },
  roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: role },
  subjects: [subject],
});
