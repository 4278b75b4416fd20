import type { KubeObject } from '../../meta.ts';
import { ROUTER_PUBLIC } from '../../route/router-public.ts';
import { account, bootstrapBinding, bootstrapRole, EVENTS, group, READ, rule, user } from './policy-objects.ts';

const SYSTEM = 'kube-system';
const LEADER = [
  rule('create get list update watch', 'coordination.k8s.io', 'leases'),
  rule('create get list update watch', 'coordination.k8s.io', 'leasecandidates'),
];

/** Kubernetes' roles within its own namespaces (bootstrappolicy/namespace_policy.go). */
export const bootstrapRoles: readonly KubeObject[] = [
  bootstrapRole(
    'extension-apiserver-authentication-reader',
    [rule(READ, 'core', 'configmaps', 'extension-apiserver-authentication')],
    {
      namespace: SYSTEM,
    },
  ),
  bootstrapRole('system:controller:bootstrap-signer', [rule(READ, 'core', 'secrets')], { namespace: SYSTEM }),
  bootstrapRole('system:controller:cloud-provider', [rule('create get list watch', 'core', 'configmaps')], { namespace: SYSTEM }),
  bootstrapRole('system:controller:token-cleaner', [rule('delete get list watch', 'core', 'secrets'), EVENTS], {
    namespace: SYSTEM,
  }),
  bootstrapRole('system::leader-locking-kube-controller-manager', LEADER, { namespace: SYSTEM }),
  bootstrapRole('system::leader-locking-kube-scheduler', LEADER, { namespace: SYSTEM }),
  bootstrapRole(
    'system:controller:bootstrap-signer',
    [rule(READ, 'core', 'configmaps'), rule('update', 'core', 'configmaps', 'cluster-info'), EVENTS],
    { namespace: 'kube-public' },
  ),
  // What all projects share: builder images and templates (openshift-apiserver, bootstrappolicy).
  bootstrapRole(
    'shared-resource-viewer',
    [
      rule(READ, 'template.openshift.io', 'templates'),
      rule(READ, 'image.openshift.io', 'imagestreamimages imagestreams imagestreamtags imagetags'),
      rule('get', 'image.openshift.io', 'imagestreams/layers'),
    ],
    { namespace: 'openshift' },
  ),
  // The ports that the URLs of routes have (api/route/router-public.ts).
  bootstrapRole('router-public', [rule('get', 'core', 'configmaps', ROUTER_PUBLIC.name)], { namespace: 'openshift' }),
];

export const bootstrapRoleBindings: readonly KubeObject[] = [
  bootstrapBinding(
    'system::extension-apiserver-authentication-reader',
    [user('system:kube-controller-manager'), user('system:kube-scheduler')],
    { namespace: SYSTEM, role: 'extension-apiserver-authentication-reader' },
  ),
  bootstrapBinding(
    'system::leader-locking-kube-controller-manager',
    [user('system:kube-controller-manager'), account('kube-controller-manager'), account('leader-election-controller')],
    { namespace: SYSTEM },
  ),
  bootstrapBinding('system::leader-locking-kube-scheduler', [user('system:kube-scheduler'), account('kube-scheduler')], {
    namespace: SYSTEM,
  }),
  bootstrapBinding('system:controller:bootstrap-signer', [account('bootstrap-signer')], { namespace: SYSTEM }),
  bootstrapBinding('system:controller:cloud-provider', [account('cloud-provider')], { namespace: SYSTEM }),
  bootstrapBinding('system:controller:token-cleaner', [account('token-cleaner')], { namespace: SYSTEM }),
  bootstrapBinding('system:controller:bootstrap-signer', [account('bootstrap-signer')], { namespace: 'kube-public' }),
  bootstrapBinding('shared-resource-viewers', [group('system:authenticated')], {
    namespace: 'openshift',
    role: 'shared-resource-viewer',
  }),
  bootstrapBinding('router-public', [group('system:authenticated')], { namespace: 'openshift', role: 'router-public' }),
];
