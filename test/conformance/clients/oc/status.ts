import type { WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

/** All that `oc status` lists: one kind that is not there breaks it. */
const LISTED = {
  '/api/v1': ['services', 'pods', 'replicationcontrollers', 'persistentvolumeclaims', 'serviceaccounts', 'secrets'],
  '/apis/apps/v1': ['daemonsets', 'replicasets', 'deployments', 'statefulsets'],
  '/apis/autoscaling/v1': ['horizontalpodautoscalers'],
  '/apis/batch/v1': ['jobs'],
  '/apis/route.openshift.io/v1': ['routes'],
  '/apis/apps.openshift.io/v1': ['deploymentconfigs'],
  '/apis/build.openshift.io/v1': ['buildconfigs', 'builds'],
  '/apis/image.openshift.io/v1': ['imagestreams'],
} as const;

export const status = (project: string): WireFlow => ({
  command: 'oc status',
  steps: [
    { call: `GET /apis/project.openshift.io/v1/projects/${project}`, membersOnly: true, status: 200, reads: { kind: 'Project' } },
    ...['', 'project.openshift.io'].map((group): WireStep => ({
      call: 'POST /apis/authorization.openshift.io/v1/subjectaccessreviews',
      json: {
        kind: 'SubjectAccessReview',
        apiVersion: 'authorization.openshift.io/v1',
        namespace: '',
        verb: 'create',
        resourceAPIGroup: group,
        resourceAPIVersion: '',
        resource: 'projectrequests',
        resourceName: '',
        path: '',
        isNonResourceURL: false,
        content: null,
        user: '',
        groups: null,
        scopes: null,
      },
      status: 201,
      // The resource of before there were groups is the same one.
      reads: { kind: 'SubjectAccessReviewResponse', allowed: true },
    })),
    ...Object.entries(LISTED).flatMap(([prefix, resources]) =>
      resources.map((resource): WireStep => ({
        call: `GET ${prefix}/namespaces/${project}/${resource}`,
        accept: prefix.includes('openshift') ? 'json' : 'typed',
        membersOnly: true,
        status: 200,
        check: ({ object }) => object.kind.endsWith('List'),
      })),
    ),
  ],
});
