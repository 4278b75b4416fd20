import type { PolicyRule, PolicySubject } from '../../access-policy.ts';
import type { KubeObject } from '../../meta.ts';

const GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = `${GROUP}/v1`;

/** While this annotation is not "false", what was taken away from a bootstrap object comes back at the next start. */
export const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/**
 * `rule('get list', 'core apps', 'pods deployments')`: verbs, groups (`core` is the one without a name) and resources, each
 * a list of words; `names` narrows it to objects of these names.
 */
export const rule = (verbs: string, groups: string, resources: string, names = ''): PolicyRule => ({
  verbs: words(verbs),
  apiGroups: words(groups).map((group) => (group === 'core' ? '' : group)),
  resources: words(resources),
  ...(names === '' ? {} : { resourceNames: words(names) }),
});

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';
export const READ_WRITE = 'create delete deletecollection get list patch update watch';

/** Every controller tells of itself in events. */
export const EVENTS = rule('create patch update', 'core events.k8s.io', 'events');

interface RoleOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** A cluster role that gathers the rules of those with this label. */
  readonly gathers?: string;
}

const metadata = (name: string, { namespace, labels }: RoleOptions = {}): KubeObject['metadata'] => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { [AUTOUPDATE]: 'true' },
});

/** A cluster role of the platform's own, or a role where `options` name a namespace. */
export function bootstrapRole(name: string, rules: readonly PolicyRule[], options: RoleOptions = {}): KubeObject {
  const { gathers } = options;
  return {
    apiVersion: API_VERSION,
    kind: options.namespace === undefined ? 'ClusterRole' : 'Role',
    metadata: metadata(name, options),
    ...(gathers === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [gathers]: 'true' } }] } }),
    rules: [...rules],
  };
}

/** Grants the role of the same name, or of `role`. */
export function bootstrapBinding(
  name: string,
  subjects: readonly PolicySubject[],
  options: { readonly namespace?: string; readonly role?: string } = {},
): KubeObject {
  const { namespace, role = name } = options;
  return {
    apiVersion: API_VERSION,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: metadata(name, options),
    roleRef: { apiGroup: GROUP, kind: namespace === undefined ? 'ClusterRole' : 'Role', name: role },
    ...(subjects.length === 0 ? {} : { subjects: [...subjects] }),
  };
}

/** Who a bootstrap binding may name. */
export const user = (name: string): PolicySubject => ({ kind: 'User', apiGroup: GROUP, name });
export const group = (name: string): PolicySubject => ({ kind: 'Group', apiGroup: GROUP, name });
export const account = (name: string): PolicySubject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });
