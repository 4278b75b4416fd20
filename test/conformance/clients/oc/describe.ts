import type { WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

/** One object, which later steps ask about. */
const read = (call: string, accept: WireStep['accept'] = 'json'): WireStep => ({
  call: `GET ${call}`,
  accept,
  membersOnly: true,
  status: 200,
  keep: ({ object }) => ({ described: object.metadata }),
});

const list = (call: string): WireStep => ({
  call: `GET ${call}`,
  accept: call.includes('openshift') ? 'json' : 'typed',
  membersOnly: true,
  status: 200,
  check: ({ object }) => object.kind.endsWith('List') && Array.isArray(object.items),
});

/** Those about the object that was read before; at least so many. */
const events =
  (project: string, kind: string, atLeast = 0): WireFlow['steps'][number] =>
  ({ described }) => {
    const about = { kind, name: described.name, namespace: project, uid: described.uid };
    const fields = Object.entries(about).map(([field, value]) => `involvedObject.${field}=${value}`);
    return {
      call: `GET /api/v1/namespaces/${project}/events?fieldSelector=${encodeURIComponent(fields.join(','))}&limit=500`,
      accept: 'typed',
      membersOnly: true,
      poll: true,
      status: 200,
      reads: { kind: 'EventList' },
      check: ({ object }) =>
        object.items.length >= atLeast &&
        object.items.every(({ involvedObject }: { involvedObject: { uid: string } }) => involvedObject.uid === described.uid),
    };
  };

export const describeConfig = (project: string, name: string): WireFlow => ({
  command: `oc describe dc/${name}`,
  steps: [
    read(`/apis/apps.openshift.io/v1/namespaces/${project}/deploymentconfigs/${name}`),
    list(
      `/api/v1/namespaces/${project}/replicationcontrollers?labelSelector=${encodeURIComponent(`openshift.io/deployment-config.name=${name}`)}`,
    ),
    list(
      `/api/v1/namespaces/${project}/pods?labelSelector=${encodeURIComponent(`deployment=${name}-1,deploymentconfig=${name}`)}`,
    ),
    list(`/apis/autoscaling/v1/namespaces/${project}/horizontalpodautoscalers`),
    events(project, 'DeploymentConfig', 1),
  ],
});

export const describeBuilds = (project: string, name: string): WireFlow => ({
  command: `oc describe bc/${name} build/${name}-1`,
  steps: [
    read(`/apis/build.openshift.io/v1/namespaces/${project}/buildconfigs/${name}`),
    list(`/apis/build.openshift.io/v1/namespaces/${project}/builds`),
    events(project, 'BuildConfig'),
    read(`/apis/build.openshift.io/v1/namespaces/${project}/builds/${name}-1`),
    events(project, 'Build'),
  ],
});

export const describeService = (project: string, name: string): WireFlow => ({
  command: `oc describe svc/${name}`,
  steps: [
    read(`/api/v1/namespaces/${project}/services/${name}`, 'typed'),
    {
      ...list(
        `/apis/discovery.k8s.io/v1/namespaces/${project}/endpointslices?labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${name}`)}`,
      ),
      poll: true,
      check: ({ object }) => object.items.length === 1 && object.items[0].addressType === 'IPv4',
    },
    events(project, 'Service'),
  ],
});

/** As the administrator of the platform: what a project, and several together, may use. */
export const createQuotas = (project: string): WireFlow => ({
  command: `oc create quota few -n ${project} --hard=pods=10; oc create clusterresourcequota alices --project-annotation-selector=openshift.io/requester=alice --hard=secrets=50`,
  steps: [
    {
      call: `POST /api/v1/namespaces/${project}/resourcequotas?fieldManager=kubectl-create`,
      accept: 'typed',
      protobuf: {
        kind: 'ResourceQuota',
        apiVersion: 'v1',
        metadata: { name: 'few', namespace: project },
        spec: { hard: { pods: '10' } },
      },
      membersOnly: true,
      status: 201,
      reads: { spec: { hard: { pods: '10' } } },
    },
    {
      call: 'POST /apis/quota.openshift.io/v1/clusterresourcequotas',
      json: {
        kind: 'ClusterResourceQuota',
        apiVersion: 'quota.openshift.io/v1',
        metadata: { name: 'alices', creationTimestamp: null },
        spec: {
          selector: { labels: null, annotations: { 'openshift.io/requester': 'alice' } },
          quota: { hard: { secrets: '50' } },
        },
        status: { total: {}, namespaces: null },
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'ClusterResourceQuota' },
    },
  ],
});

/** By a member, who sees of the shared quota what is about the project. */
export const describeProject = (project: string): WireFlow => ({
  command: `oc describe project ${project}; oc describe quota few; oc describe appliedclusterresourcequota alices`,
  steps: [
    read(`/apis/project.openshift.io/v1/projects/${project}`),
    {
      ...list(`/api/v1/namespaces/${project}/resourcequotas`),
      poll: true,
      reads: { items: [{ metadata: { name: 'few' }, status: { hard: { pods: '10' } } }] },
      check: ({ object }) => /^\d+$/.test(object.items[0].status.used.pods),
    },
    list(`/api/v1/namespaces/${project}/limitranges`),
    {
      call: `GET /apis/quota.openshift.io/v1/namespaces/${project}/appliedclusterresourcequotas/alices`,
      membersOnly: true,
      poll: true,
      status: 200,
      reads: {
        kind: 'AppliedClusterResourceQuota',
        status: { total: { hard: { secrets: '50' } }, namespaces: [{ namespace: project }] },
      },
      check: ({ object }) => Number(object.status.total.used.secrets) > 0,
    },
  ],
});

export const describeStream = (project: string, stream: string, tag: string): WireFlow => ({
  command: `oc describe is/${stream} istag/${stream}:${tag}`,
  steps: [
    read(`/apis/image.openshift.io/v1/namespaces/${project}/imagestreams/${stream}`),
    {
      ...read(`/apis/image.openshift.io/v1/namespaces/${project}/imagestreamtags/${stream}:${tag}`),
      check: ({ object }) => object.image.dockerImageMetadata.Config !== undefined,
    },
  ],
});
