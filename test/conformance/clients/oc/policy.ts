import type { WireFlow } from '../../../support/oc/wire-flow.ts';

const of = (project: string, resource: string): string => `/apis/rbac.authorization.k8s.io/v1/namespaces/${project}/${resource}`;

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
      protobuf: {
        kind: 'RoleBinding',
        apiVersion: 'rbac.authorization.k8s.io/v1',
        metadata: { name: 'view', namespace: project },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'carol' }],
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      },
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
        subjects: [...binding.subjects, { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'dave' }],
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
