import type { WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

/** Lists of all projects, as an administrator of the platform reads them. */
const lists = (paths: readonly string[]): WireStep[] =>
  paths.map((path) => ({
    call: `GET ${path}`,
    accept: path.includes('openshift') ? 'json' : 'typed',
    membersOnly: true,
    status: 200,
    check: ({ object }) => object.kind.endsWith('List'),
  }));

const remove = (path: string, options: object): WireStep => ({
  call: `DELETE ${path}`,
  json: { kind: 'DeleteOptions', apiVersion: 'v1', ...options },
  status: 200,
});

/** What it lists it decides about by itself. */
export const pruneBuilds = (project: string, builds: readonly string[]): WireFlow => ({
  command: 'oc adm prune builds --orphans --keep-failed=0 --confirm',
  steps: [
    ...lists(['/apis/build.openshift.io/v1/buildconfigs', '/apis/build.openshift.io/v1/builds']),
    ...builds.map((name) => remove(`/apis/build.openshift.io/v1/namespaces/${project}/builds/${name}`, {})),
    ...builds.map((name): WireStep => ({
      call: `GET /apis/build.openshift.io/v1/namespaces/${project}/builds/${name}`,
      status: 404,
    })),
  ],
});

export const pruneDeployments = (project: string, name: string): WireFlow => ({
  command: 'oc adm prune deployments --keep-failed=0 --confirm',
  steps: [
    ...lists(['/apis/apps.openshift.io/v1/deploymentconfigs', '/api/v1/replicationcontrollers']),
    remove(`/api/v1/namespaces/${project}/replicationcontrollers/${name}`, { propagationPolicy: 'Background' }),
    { call: `GET /api/v1/namespaces/${project}/replicationcontrollers/${name}`, accept: 'typed', poll: true, status: 404 },
  ],
});

const IMAGES = '/apis/image.openshift.io/v1';

/** With `--prune-registry=false`: what the API knows of an image that no tag and no pod uses any more. */
export const pruneImages = (project: string, stream: string, tag: string, digest: string): WireFlow => ({
  command: 'oc adm prune images --keep-younger-than=0 --prune-registry=false --confirm',
  steps: [
    ...lists([
      '/api/v1/pods',
      '/api/v1/replicationcontrollers',
      '/apis/build.openshift.io/v1/buildconfigs',
      '/apis/build.openshift.io/v1/builds',
      '/apis/apps/v1/daemonsets',
      '/apis/apps/v1/deployments',
      '/apis/apps.openshift.io/v1/deploymentconfigs',
      '/apis/apps/v1/replicasets',
      '/apis/apps/v1/statefulsets',
      '/apis/batch/v1/jobs',
      '/apis/batch/v1/cronjobs',
      '/api/v1/limitranges',
      `${IMAGES}/imagestreams`,
      `${IMAGES}/images?limit=5000`,
    ]),
    {
      call: `GET ${IMAGES}/namespaces/${project}/imagestreams/${stream}`,
      status: 200,
      reads: { status: { tags: [{ tag, items: [{ image: digest }] }] } },
      keep: ({ object }) => ({ object }),
    },
    ({ object }) => ({
      call: `PUT ${IMAGES}/namespaces/${project}/imagestreams/${stream}/status`,
      json: { ...object, status: { ...object.status, tags: [] } },
      membersOnly: true,
      status: 200,
      check: ({ object: written }) => (written.status.tags ?? []).length === 0,
    }),
    { ...remove(`${IMAGES}/images/${digest}`, { gracePeriodSeconds: 0 }), membersOnly: true },
    { call: `GET ${IMAGES}/images/${digest}`, status: 404, reads: { reason: 'NotFound' } },
    { call: `GET ${IMAGES}/namespaces/${project}/imagestreamtags/${stream}:${tag}`, status: 404 },
  ],
});

/** `adm top images`. */
export const topImages: WireFlow = {
  command: 'oc adm top images; oc adm top imagestreams',
  steps: lists([`${IMAGES}/images`, `${IMAGES}/imagestreams`, '/api/v1/pods']),
};
