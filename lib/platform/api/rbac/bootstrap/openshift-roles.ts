import type { KubeObject } from '../../meta.ts';
import { bootstrapRole, EVENTS, READ, READ_WRITE, rule } from './policy-objects.ts';
import { TO_ADMIN, TO_CLUSTER_READER, TO_EDIT, TO_VIEW } from './user-roles.ts';

const BUILD = 'build.openshift.io';
const APPS = 'apps.openshift.io';
const IMAGE = 'image.openshift.io';
const PROJECT = 'project.openshift.io';
const ROUTE = 'route.openshift.io';
const TEMPLATE = 'template.openshift.io';
const AUTHORIZATION = 'authorization.openshift.io';
const QUOTA = 'quota.openshift.io';
const NETWORK = 'network.openshift.io';
const USER = 'user.openshift.io';
const OAUTH = 'oauth.openshift.io';

const PULL = rule('get', IMAGE, 'imagestreams/layers');
const PUSH = rule('get update', IMAGE, 'imagestreams/layers');

/** What somebody who works in a project may do there, whether or not it is theirs. */
const WORK = [
  rule(READ_WRITE, BUILD, 'buildconfigs buildconfigs/webhooks builds'),
  rule(READ, BUILD, 'builds/log'),
  rule('create', BUILD, 'buildconfigs/instantiate buildconfigs/instantiatebinary builds/clone'),
  rule(READ_WRITE, APPS, 'deploymentconfigs deploymentconfigs/scale'),
  rule('create', APPS, 'deploymentconfigrollbacks deploymentconfigs/instantiate deploymentconfigs/rollback'),
  rule(READ, APPS, 'deploymentconfigs/log deploymentconfigs/status'),
  rule(READ_WRITE, IMAGE, 'imagestreamimages imagestreammappings imagestreams imagestreams/secrets imagestreamtags'),
  rule(READ, IMAGE, 'imagestreams/status'),
  PUSH,
  rule('create', IMAGE, 'imagestreamimports'),
  rule(READ_WRITE, ROUTE, 'routes'),
  rule('create', ROUTE, 'routes/custom-host'),
  rule(READ, ROUTE, 'routes/status'),
  rule(READ_WRITE, TEMPLATE, 'processedtemplates templates'),
  rule(READ, QUOTA, 'appliedclusterresourcequotas'),
];

const HEALTH = ['/healthz', '/healthz/', '/livez', '/readyz', '/version', '/version/'];

/** What `cluster-reader` sees beside what `view` shows of a project: of the whole platform, but no secrets, tokens or clients' secrets. */
const CLUSTER_READING = [
  rule(READ, 'core', 'componentstatuses namespaces nodes nodes/status persistentvolumes'),
  rule(READ, 'admissionregistration.k8s.io', 'mutatingwebhookconfigurations validatingwebhookconfigurations'),
  rule(READ, 'admissionregistration.k8s.io', 'validatingadmissionpolicies validatingadmissionpolicybindings'),
  rule(READ, 'apiextensions.k8s.io', 'customresourcedefinitions customresourcedefinitions/status'),
  rule(READ, 'apiregistration.k8s.io', 'apiservices apiservices/status'),
  rule(READ, 'certificates.k8s.io', 'certificatesigningrequests certificatesigningrequests/status'),
  rule(READ, 'events.k8s.io', 'events'),
  rule(READ, 'flowcontrol.apiserver.k8s.io', 'flowschemas prioritylevelconfigurations'),
  rule(READ, 'networking.k8s.io', 'ingressclasses'),
  rule(READ, 'node.k8s.io', 'runtimeclasses'),
  rule(READ, 'rbac.authorization.k8s.io', 'clusterrolebindings clusterroles rolebindings roles'),
  rule(READ, 'scheduling.k8s.io', 'priorityclasses'),
  rule(READ, 'storage.k8s.io', 'csidrivers csinodes csistoragecapacities storageclasses volumeattachments'),
  rule(READ, 'metrics.k8s.io', 'nodes pods'),
  rule(READ, AUTHORIZATION, 'clusterrolebindings clusterroles rolebindings roles'),
  rule('create', AUTHORIZATION, 'localresourceaccessreviews localsubjectaccessreviews'),
  rule('create', AUTHORIZATION, 'resourceaccessreviews subjectaccessreviews subjectrulesreviews'),
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
  rule(READ, IMAGE, 'images'),
  rule(READ, NETWORK, 'clusternetworks netnamespaces'),
  rule(READ, PROJECT, 'projects'),
  rule('get', PROJECT, 'projectrequests'),
  rule(READ, QUOTA, 'clusterresourcequotas clusterresourcequotas/status'),
  rule(READ, USER, 'groups identities users'),
];

/**
 * OpenShift's cluster roles (openshift-apiserver, bootstrappolicy/policy.go). What they add to admin, edit and view is gathered
 * by those, as the roles of custom resources are.
 */
export const openshiftClusterRoles: readonly KubeObject[] = [
  bootstrapRole(
    'system:openshift:aggregate-to-admin',
    [
      ...WORK,
      rule('delete get patch update', PROJECT, 'projects'),
      rule('update', ROUTE, 'routes/status'),
      rule(
        'create',
        AUTHORIZATION,
        'localresourceaccessreviews localsubjectaccessreviews resourceaccessreviews subjectaccessreviews subjectrulesreviews',
      ),
      rule(READ_WRITE, AUTHORIZATION, 'rolebindings roles'),
    ],
    { labels: { [TO_ADMIN]: 'true' } },
  ),
  bootstrapRole('system:openshift:aggregate-to-edit', [...WORK, rule('get', PROJECT, 'projects')], {
    labels: { [TO_EDIT]: 'true' },
  }),
  bootstrapRole(
    'system:openshift:aggregate-to-view',
    [
      rule(READ, BUILD, 'buildconfigs buildconfigs/webhooks builds builds/log'),
      rule(READ, APPS, 'deploymentconfigs deploymentconfigs/log deploymentconfigs/scale deploymentconfigs/status'),
      rule(READ, IMAGE, 'imagestreamimages imagestreammappings imagestreams imagestreams/status imagestreamtags'),
      rule('get', PROJECT, 'projects'),
      rule(READ, ROUTE, 'routes routes/status'),
      rule(READ, TEMPLATE, 'processedtemplates templates'),
      rule(READ, QUOTA, 'appliedclusterresourcequotas'),
    ],
    { labels: { [TO_VIEW]: 'true' } },
  ),
  bootstrapRole('cluster-reader', [], { gathers: TO_CLUSTER_READER }),
  bootstrapRole('system:openshift:aggregate-to-cluster-reader', CLUSTER_READING, { labels: { [TO_CLUSTER_READER]: 'true' } }),
  bootstrapRole('cluster-status', [rule('get', 'core', 'componentstatuses'), { verbs: ['get'], nonResourceURLs: HEALTH }]),
  bootstrapRole('basic-user', [
    rule('get', USER, 'users', '~'),
    rule('list', PROJECT, 'projectrequests'),
    rule('get list', AUTHORIZATION, 'clusterroles'),
    rule('list watch', PROJECT, 'projects'),
    rule('create', AUTHORIZATION, 'selfsubjectrulesreviews'),
    rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews'),
  ]),
  bootstrapRole('self-provisioner', [rule('create', PROJECT, 'projectrequests')]),
  bootstrapRole('system:build-strategy-docker', [rule('create', BUILD, 'builds/docker')]),
  bootstrapRole('system:build-strategy-source', [rule('create', BUILD, 'builds/source')]),
  bootstrapRole('system:build-strategy-custom', [rule('create', BUILD, 'builds/custom')]),
  bootstrapRole('system:image-puller', [PULL]),
  bootstrapRole('system:image-pusher', [PUSH]),
  bootstrapRole('system:image-builder', [PUSH, rule('create', IMAGE, 'imagestreams'), rule('update', BUILD, 'builds/details')]),
  bootstrapRole('system:image-signer', [
    rule('get', IMAGE, 'images imagestreams/layers'),
    rule('create delete', IMAGE, 'imagesignatures'),
  ]),
  bootstrapRole('system:deployer', [
    rule('get list update watch', 'core', 'replicationcontrollers'),
    rule('get update', 'core', 'replicationcontrollers/scale'),
    rule('create get list watch', 'core', 'pods'),
    rule('get', 'core', 'pods/log'),
    EVENTS,
    rule('create update', IMAGE, 'imagestreamtags'),
  ]),
  bootstrapRole('system:router', [
    rule('list watch', 'core', 'endpoints'),
    rule('list watch', 'discovery.k8s.io', 'endpointslices'),
    rule('list watch', ROUTE, 'routes'),
    rule('update', ROUTE, 'routes/status'),
  ]),
  bootstrapRole('system:registry', [
    rule('list', 'core', 'limitranges resourcequotas'),
    rule('delete get', IMAGE, 'images imagestreamtags'),
    rule('get', IMAGE, 'imagestreamimages imagestreams/secrets'),
    rule('get update', IMAGE, 'imagestreams'),
    rule('create', IMAGE, 'imagestreammappings'),
  ]),
  bootstrapRole('system:webhook', [rule('create get', BUILD, 'buildconfigs/webhooks')]),
  bootstrapRole('system:openshift:oauth-server', [
    rule('create get', USER, 'identities users'),
    rule('create get patch', OAUTH, 'oauthclients'),
    rule('create delete list', OAUTH, 'oauthaccesstokens'),
    rule('create delete get list', OAUTH, 'oauthauthorizetokens'),
  ]),
  bootstrapRole('system:openshift:registry', [
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    rule('list', 'core', 'pods'),
    rule('get', 'core', 'nodes'),
    rule('list', 'core', 'limitranges'),
    EVENTS,
    rule('get', 'core', 'secrets', 'docker-registry-shared'),
    rule('get', 'core', 'services', 'docker-registry'),
    rule('create get', IMAGE, 'imagestreams'),
    rule('create', IMAGE, 'imagestreammappings'),
    rule('get update', IMAGE, 'images'),
  ]),
  // Its own objects, and what the account of its pod may: nobody can hand on rights that he does not have.
  bootstrapRole('system:openshift:git-server', [
    rule('create', 'core', 'namespaces persistentvolumeclaims serviceaccounts'),
    rule('create', 'core', 'serviceaccounts/token', 'git'),
    rule('create', 'apps', 'deployments'),
    rule('create', 'rbac.authorization.k8s.io', 'rolebindings roles'),
    rule('list', 'core', 'pods'),
    rule('get', 'core', 'namespaces nodes'),
    rule('create get', 'core', 'pods/exec'),
    rule('get list', BUILD, 'buildconfigs'),
    rule('get', BUILD, 'builds/log'),
    rule('get', 'core', 'pods/log'),
  ]),
  // Of builds, and of what they made where that does not start: shown to who has pushed.
  bootstrapRole('system:openshift:git-log-reader', [rule('get', BUILD, 'builds/log'), rule('get', 'core', 'pods/log')]),
  bootstrapRole('system:oauth-token-deleter', [rule('delete', OAUTH, 'oauthaccesstokens oauthauthorizetokens')]),
];
