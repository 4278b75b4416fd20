import type { KubeObject } from '../../meta.ts';
import { account, bootstrapBinding, group, user } from './policy-objects.ts';

const AUTHENTICATED = group('system:authenticated');

/** Who holds the cluster roles. Nodes hold theirs by the node authorizer, which looks at each object. */
export const bootstrapClusterRoleBindings: readonly KubeObject[] = [
  bootstrapBinding('cluster-admin', [group('system:masters')]),
  bootstrapBinding('system:discovery', [AUTHENTICATED]),
  bootstrapBinding('system:basic-user', [AUTHENTICATED]),
  bootstrapBinding('system:public-info-viewer', [AUTHENTICATED, group('system:unauthenticated')]),
  bootstrapBinding('system:monitoring', [group('system:monitoring')]),
  bootstrapBinding('system:service-account-issuer-discovery', [group('system:serviceaccounts')]),
  bootstrapBinding('system:node-proxier', [user('system:kube-proxy')]),
  bootstrapBinding('system:kube-controller-manager', [user('system:kube-controller-manager')]),
  bootstrapBinding('system:kube-dns', [account('kube-dns')]),
  bootstrapBinding('system:kube-scheduler', [user('system:kube-scheduler')]),
  bootstrapBinding('system:volume-scheduler', [user('system:kube-scheduler')]),
  bootstrapBinding('system:node', []),
  // OpenShift's.
  bootstrapBinding('basic-users', [AUTHENTICATED], { role: 'basic-user' }),
  bootstrapBinding('self-provisioners', [group('system:authenticated:oauth')], { role: 'self-provisioner' }),
  bootstrapBinding('system:build-strategy-docker-binding', [AUTHENTICATED], { role: 'system:build-strategy-docker' }),
  bootstrapBinding('system:build-strategy-source-binding', [AUTHENTICATED], { role: 'system:build-strategy-source' }),
  bootstrapBinding('system:oauth-token-deleters', [AUTHENTICATED], { role: 'system:oauth-token-deleter' }),
  bootstrapBinding('system:openshift:oauth-server', [user('system:openshift:oauth-server')]),
  bootstrapBinding('system:openshift:router', [user('system:openshift:router')], { role: 'system:router' }),
  bootstrapBinding('system:openshift:registry', [user('system:openshift:registry')]),
  bootstrapBinding('system:openshift:git-server', [user('system:openshift:git-server')]),
  bootstrapBinding('system:openshift:git-log-reader', [{ kind: 'ServiceAccount', name: 'git', namespace: 'openshift-git' }]),
  bootstrapBinding('system:webhooks', [AUTHENTICATED, group('system:unauthenticated')], { role: 'system:webhook' }),
];
