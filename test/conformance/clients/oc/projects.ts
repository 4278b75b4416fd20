import type { WireFlow } from '../../../support/wire/wire-flow.ts';

const PROJECTS = '/apis/project.openshift.io/v1/projects';

/** Of one whose requester is expected to be this user. */
export const newProject = (name: string, requester = 'alice'): WireFlow => ({
  command: `oc new-project ${name} --display-name=Shop --description='What we sell'`,
  steps: [
    { call: 'GET /apis/project.openshift.io/v1/projectrequests', status: 200, reads: { kind: 'Status', status: 'Success' } },
    {
      call: 'POST /apis/project.openshift.io/v1/projectrequests',
      json: {
        kind: 'ProjectRequest',
        apiVersion: 'project.openshift.io/v1',
        metadata: { name, creationTimestamp: null },
        displayName: 'Shop',
        description: 'What we sell',
      },
      status: 201,
      reads: {
        kind: 'Project',
        metadata: {
          name,
          annotations: {
            'openshift.io/display-name': 'Shop',
            'openshift.io/description': 'What we sell',
            'openshift.io/requester': requester,
          },
        },
      },
    },
  ],
});

export const project = (name: string): WireFlow => ({
  command: `oc project ${name}`,
  steps: [
    {
      call: `GET ${PROJECTS}/${name}`,
      membersOnly: true,
      status: 200,
      reads: { kind: 'Project', metadata: { name }, status: { phase: 'Active' } },
    },
  ],
});

/** What a new project has for its owner. */
export const startingObjects = (name: string): WireFlow => ({
  command: 'oc get serviceaccounts,rolebindings',
  steps: [
    ...['default', 'builder', 'deployer'].map((account) => ({
      call: `GET /api/v1/namespaces/${name}/serviceaccounts/${account}`,
      membersOnly: true,
      status: 200,
      poll: true,
    })),
    {
      call: `GET /apis/rbac.authorization.k8s.io/v1/namespaces/${name}/rolebindings/admin`,
      membersOnly: true,
      status: 200,
      reads: { roleRef: { kind: 'ClusterRole', name: 'admin' }, subjects: [{ kind: 'User', name: 'alice' }] },
    },
  ],
});

/** `names` are all that the caller may see. */
export const projects = (names: readonly string[]): WireFlow => ({
  command: 'oc projects',
  steps: [
    {
      call: `GET ${PROJECTS}`,
      status: 200,
      check: ({ object }) => {
        const seen = (object.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
        return seen.toSorted().join() === names.toSorted().join();
      },
    },
    {
      call: `GET ${PROJECTS}?limit=500`,
      accept: 'table',
      status: 200,
      reads: { kind: 'Table', columnDefinitions: [{ name: 'Name' }, { name: 'Display Name' }, { name: 'Status' }] },
      check: ({ object }) => object.rows.length === names.length,
    },
  ],
});

export const deleteProject = (name: string): WireFlow => ({
  command: `oc delete project ${name}`,
  steps: [
    { call: `DELETE ${PROJECTS}/${name}`, json: { propagationPolicy: 'Background' }, membersOnly: true, status: 200 },
    // It may be seen no more before it is gone: both end the wait.
    { call: `GET ${PROJECTS}/${name}`, poll: true, status: 403 },
  ],
});

/** As an administrator of the platform, for somebody. */
export const admNewProject = (name: string): WireFlow => ({
  command: `oc adm new-project ${name} --admin=alice --description='For alice'`,
  steps: [
    { call: `GET ${PROJECTS}/${name}`, status: 404, reads: { kind: 'Status', reason: 'NotFound' } },
    {
      call: `POST ${PROJECTS}`,
      json: {
        kind: 'Project',
        apiVersion: 'project.openshift.io/v1',
        metadata: {
          name,
          creationTimestamp: null,
          annotations: { 'openshift.io/description': 'For alice', 'openshift.io/display-name': '' },
        },
        spec: {},
        status: {},
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'Project', metadata: { name } },
    },
    {
      call: `GET ${BINDINGS(name)}`,
      accept: 'typed',
      membersOnly: true,
      status: 200,
      // It is no request of somebody's: there is no administrator yet.
      check: ({ object }) => object.items.every(({ metadata }: { metadata: { name: string } }) => metadata.name !== 'admin'),
    },
    { call: `GET ${BINDINGS(name)}/admin`, accept: 'typed', status: 404, reads: { reason: 'NotFound' } },
    {
      call: `POST ${BINDINGS(name)}`,
      accept: 'typed',
      protobuf: {
        kind: 'RoleBinding',
        apiVersion: 'rbac.authorization.k8s.io/v1',
        metadata: { name: 'admin', namespace: name },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'alice' }],
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      },
      membersOnly: true,
      status: 201,
    },
    {
      call: 'POST /apis/authorization.openshift.io/v1/subjectaccessreviews',
      json: {
        kind: 'SubjectAccessReview',
        apiVersion: 'authorization.openshift.io/v1',
        namespace: name,
        verb: 'get',
        resourceAPIGroup: '',
        resourceAPIVersion: '',
        resource: 'projects',
        resourceName: '',
        path: '',
        isNonResourceURL: false,
        content: null,
        user: 'alice',
        groups: null,
        scopes: null,
      },
      status: 201,
      reads: { kind: 'SubjectAccessReviewResponse', allowed: true },
    },
  ],
});

const BINDINGS = (name: string): string => `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}/rolebindings`;
