import type { WireFlow } from '../../../support/wire/wire-flow.ts';

const of = (project: string, resource: string): string => `/apis/rbac.authorization.k8s.io/v1/namespaces/${project}/${resource}`;

const API_GROUP = 'rbac.authorization.k8s.io';
const userOf = (name: string) => ({ kind: 'User', apiGroup: API_GROUP, name });

/** A binding to the cluster's role of the same name; without a namespace it binds in all. */
const bindingOf = (metadata: { name: string; namespace?: string }, subject: object) => ({
  kind: metadata.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  apiVersion: `${API_GROUP}/v1`,
  metadata,
  subjects: [subject],
  roleRef: { apiGroup: API_GROUP, kind: 'ClusterRole', name: metadata.name },
});

/** Gives carol a role, as typed clients do: in protobuf. */
export const addRole = (project: string): WireFlow => ({
  command: 'oc policy add-role-to-user view carol; oc policy remove-role-from-user view carol',
  steps: [
    {
      call: `GET ${of(project, 'rolebindings')}`,
      accept: 'typed',
      membersOnly: true,
      status: 200,
      reads: { kind: 'RoleBindingList' },
    },
    {
      call: `POST ${of(project, 'rolebindings')}`,
      accept: 'typed',
      protobuf: bindingOf({ name: 'view', namespace: project }, userOf('carol')),
      membersOnly: true,
      status: 201,
      reads: { kind: 'RoleBinding', subjects: [{ kind: 'User', name: 'carol' }], roleRef: { name: 'view' } },
      keep: ({ object }) => ({ binding: object }),
    },
    ({ binding }) => ({
      call: `PUT ${of(project, 'rolebindings/view')}`,
      accept: 'typed',
      protobuf: {
        ...binding,
        subjects: [...binding.subjects, userOf('dave')],
      },
      membersOnly: true,
      status: 200,
      reads: { subjects: [{ name: 'carol' }, { name: 'dave' }] },
    }),
    {
      call: `DELETE ${of(project, 'rolebindings/view')}`,
      json: { kind: 'DeleteOptions', apiVersion: 'v1' },
      membersOnly: true,
      status: 200,
    },
  ],
});

export const whoCan = (project: string): WireFlow => ({
  command: 'oc policy who-can delete pods',
  steps: [
    {
      call: `POST /apis/authorization.openshift.io/v1/namespaces/${project}/localresourceaccessreviews`,
      json: {
        kind: 'LocalResourceAccessReview',
        apiVersion: 'authorization.openshift.io/v1',
        namespace: project,
        verb: 'delete',
        resourceAPIGroup: '',
        resourceAPIVersion: '',
        resource: 'pods',
        resourceName: '',
        path: '',
        isNonResourceURL: false,
        content: null,
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'ResourceAccessReviewResponse', namespace: project },
      check: ({ object }) => object.users.includes('alice') && !object.users.includes('bob') && Array.isArray(object.groups),
    },
  ],
});

export const canI = (project: string, allowed: boolean): WireFlow => ({
  command: `oc auth can-i delete pods (${allowed ? 'yes' : 'no'})`,
  steps: [
    {
      call: 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      accept: 'typed',
      protobuf: {
        kind: 'SelfSubjectAccessReview',
        apiVersion: 'authorization.k8s.io/v1',
        metadata: {},
        spec: { resourceAttributes: { namespace: project, verb: 'delete', resource: 'pods' } },
      },
      status: 201,
      reads: { kind: 'SelfSubjectAccessReview', status: { allowed } },
    },
  ],
});

const CLUSTER = '/apis/rbac.authorization.k8s.io/v1';

/** OpenShift 4's way to give a constraint: a role that may use it. Here pods are held to pod security levels: it changes nothing about them. */
export const addConstraint = (project: string): WireFlow => ({
  command: 'oc adm policy add-scc-to-user anyuid -z default',
  steps: [
    {
      call: `GET ${CLUSTER}/clusterroles/system:openshift:scc:anyuid`,
      accept: 'typed',
      membersOnly: true,
      status: 404,
      reads: { kind: 'Status', reason: 'NotFound' },
    },
    {
      call: `POST ${CLUSTER}/clusterroles`,
      accept: 'typed',
      protobuf: {
        kind: 'ClusterRole',
        apiVersion: 'rbac.authorization.k8s.io/v1',
        metadata: { name: 'system:openshift:scc:anyuid' },
        rules: [
          {
            verbs: ['use'],
            apiGroups: ['security.openshift.io'],
            resources: ['securitycontextconstraints'],
            resourceNames: ['anyuid'],
          },
        ],
      },
      membersOnly: true,
      status: 201,
    },
    {
      call: `POST ${of(project, 'rolebindings')}`,
      accept: 'typed',
      protobuf: bindingOf(
        { name: 'system:openshift:scc:anyuid', namespace: project },
        { kind: 'ServiceAccount', name: 'default', namespace: project },
      ),
      membersOnly: true,
      status: 201,
    },
  ],
});

export const addClusterRole: WireFlow = {
  command: 'oc adm policy add-cluster-role-to-user cluster-reader carol; oc adm policy who-can get nodes',
  steps: [
    { call: `GET ${CLUSTER}/clusterrolebindings`, accept: 'typed', membersOnly: true, status: 200 },
    {
      call: `GET ${CLUSTER}/clusterroles/cluster-reader`,
      accept: 'typed',
      membersOnly: true,
      status: 200,
      reads: { kind: 'ClusterRole' },
    },
    // A user who has not logged in yet: oc warns, and goes on.
    { call: 'GET /apis/user.openshift.io/v1/users/carol', membersOnly: true, status: 404, reads: { reason: 'NotFound' } },
    {
      call: `POST ${CLUSTER}/clusterrolebindings`,
      accept: 'typed',
      protobuf: bindingOf({ name: 'cluster-reader' }, userOf('carol')),
      membersOnly: true,
      status: 201,
    },
    {
      call: 'POST /apis/authorization.openshift.io/v1/resourceaccessreviews',
      json: {
        kind: 'ResourceAccessReview',
        apiVersion: 'authorization.openshift.io/v1',
        namespace: '',
        verb: 'get',
        resourceAPIGroup: '',
        resourceAPIVersion: '',
        resource: 'nodes',
        resourceName: '',
        path: '',
        isNonResourceURL: false,
        content: null,
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'ResourceAccessReviewResponse' },
      check: ({ object }) => object.users.includes('carol') && !object.users.includes('alice'),
    },
  ],
};

export const canIList = (project: string): WireFlow => ({
  command: 'oc auth can-i --list',
  steps: [
    {
      call: 'POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      accept: 'typed',
      protobuf: {
        kind: 'SelfSubjectRulesReview',
        apiVersion: 'authorization.k8s.io/v1',
        metadata: {},
        spec: { namespace: project },
      },
      status: 201,
      check: ({ object }) =>
        object.status.resourceRules.some(
          ({ verbs, resources }: { verbs: string[]; resources: string[] }) =>
            verbs.includes('create') && resources.includes('pods'),
        ),
    },
  ],
});
