import type { WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

const of = (project: string, resource: string): string => `/apis/apps.openshift.io/v1/namespaces/${project}/${resource}`;
const core = (project: string, resource: string): string => `/api/v1/namespaces/${project}/${resource}`;
const LABELS = { app: 'site', deploymentconfig: 'site' };

/** The objects that new-app makes to run an image; its streams and builds are those of new-build. */
export const newApp = (project: string): WireFlow => ({
  command: 'oc new-app ruby:3 --name=site --as-deployment-config; oc new-app ruby:3 --name=shown',
  steps: [
    {
      call: `POST ${of(project, 'deploymentconfigs')}`,
      json: {
        kind: 'DeploymentConfig',
        apiVersion: 'apps.openshift.io/v1',
        metadata: { name: 'site', creationTimestamp: null, labels: { app: 'site' } },
        spec: {
          strategy: { resources: {} },
          triggers: [
            { type: 'ConfigChange' },
            {
              type: 'ImageChange',
              imageChangeParams: { automatic: true, containerNames: ['site'], from: { kind: 'ImageStreamTag', name: 'ruby:3' } },
            },
          ],
          replicas: 1,
          test: false,
          selector: { deploymentconfig: 'site' },
          template: {
            metadata: { creationTimestamp: null, labels: { deploymentconfig: 'site' } },
            spec: {
              containers: [{ name: 'site', image: 'ruby:3', ports: [{ containerPort: 8080, protocol: 'TCP' }], resources: {} }],
            },
          },
        },
        status: {
          latestVersion: 0,
          observedGeneration: 0,
          replicas: 0,
          updatedReplicas: 0,
          availableReplicas: 0,
          unavailableReplicas: 0,
        },
      },
      membersOnly: true,
      status: 201,
      reads: {
        spec: {
          strategy: {
            type: 'Rolling',
            rollingParams: { updatePeriodSeconds: 1, intervalSeconds: 1, timeoutSeconds: 600, maxSurge: '25%' },
          },
          revisionHistoryLimit: 10,
        },
      },
    },
    {
      call: `POST ${core(project, 'services')}`,
      json: {
        kind: 'Service',
        apiVersion: 'v1',
        metadata: { name: 'site', creationTimestamp: null, labels: LABELS },
        spec: {
          ports: [{ name: '8080-tcp', protocol: 'TCP', port: 8080, targetPort: 8080 }],
          selector: { deploymentconfig: 'site' },
        },
        status: { loadBalancer: {} },
      },
      membersOnly: true,
      status: 201,
      reads: { spec: { ports: [{ protocol: 'TCP', targetPort: 8080 }] } },
    },
    {
      call: `POST /apis/apps/v1/namespaces/${project}/deployments`,
      json: {
        kind: 'Deployment',
        apiVersion: 'apps/v1',
        metadata: {
          name: 'shown',
          creationTimestamp: null,
          annotations: {
            'image.openshift.io/triggers': JSON.stringify([
              {
                from: { kind: 'ImageStreamTag', name: 'ruby:3' },
                fieldPath: 'spec.template.spec.containers[?(@.name=="shown")].image',
              },
            ]),
          },
        },
        spec: {
          replicas: 1,
          selector: { matchLabels: { deployment: 'shown' } },
          template: {
            metadata: { creationTimestamp: null, labels: { deployment: 'shown' } },
            // One space: there is no image before the tag is looked up.
            spec: { containers: [{ name: 'shown', image: ' ', resources: {} }] },
          },
          strategy: {},
        },
        status: {},
      },
      membersOnly: true,
      status: 201,
    },
    {
      call: `GET /apis/apps/v1/namespaces/${project}/deployments/shown`,
      accept: 'typed',
      poll: true,
      status: 200,
      reads: {
        kind: 'Deployment',
        spec: { template: { spec: { containers: [{ image: `registry.invalid/ruby@sha256:${'a'.repeat(64)}` }] } } },
      },
    },
  ],
});

/** With its deployer: a version that is cancelled before it has one gets none. */
const latest = (version: number, project: string): WireStep => ({
  call: `GET ${core(project, `replicationcontrollers/site-${version}`)}`,
  accept: 'typed',
  poll: true,
  status: 200,
  reads: {
    metadata: {
      labels: { 'openshift.io/deployment-config.name': 'site' },
      annotations: {
        'openshift.io/deployment-config.latest-version': String(version),
        'openshift.io/deployment.phase': 'Pending',
      },
    },
  },
});

export const cancelRollout = (project: string): WireFlow => ({
  command: 'oc rollout cancel dc/site',
  steps: [
    latest(1, project),
    {
      call: `GET ${of(project, 'deploymentconfigs/site')}`,
      membersOnly: true,
      status: 200,
      reads: { status: { latestVersion: 1 } },
    },
    {
      call: `PATCH ${core(project, 'replicationcontrollers/site-1')}`,
      accept: 'typed',
      patch: 'strategic',
      json: {
        metadata: {
          annotations: {
            'openshift.io/deployment.cancelled': 'true',
            'openshift.io/deployment.status-reason': 'cancelled by the user',
          },
        },
      },
      membersOnly: true,
      status: 200,
    },
  ],
});

/** Once the deployer of the first version is gone. */
export const rollout = (project: string): WireFlow => ({
  command: 'oc rollout latest, history, pause and resume dc/site',
  steps: [
    {
      call: `GET ${core(project, 'replicationcontrollers/site-1')}`,
      accept: 'typed',
      poll: true,
      status: 200,
      reads: { metadata: { annotations: { 'openshift.io/deployment.phase': 'Failed' } } },
    },
    {
      call: `POST ${of(project, 'deploymentconfigs/site/instantiate')}`,
      json: { kind: 'DeploymentRequest', apiVersion: 'apps.openshift.io/v1', name: 'site', latest: true, force: true },
      membersOnly: true,
      status: 201,
      reads: { kind: 'DeploymentConfig', status: { latestVersion: 2 } },
    },
    latest(2, project),
    {
      call: `GET ${core(project, 'replicationcontrollers')}?labelSelector=openshift.io%2Fdeployment-config.name%3Dsite`,
      accept: 'typed',
      membersOnly: true,
      status: 200,
      check: ({ object }) => object.items.length === 2,
    },
    ...[true, false].map((paused): WireStep => ({
      call: `PATCH ${of(project, 'deploymentconfigs/site')}`,
      patch: 'strategic',
      json: { spec: { paused } },
      membersOnly: true,
      status: 200,
      check: ({ object }) => (object.spec.paused ?? false) === paused,
    })),
  ],
});

export const rollback = (project: string): WireFlow => ({
  command: 'oc rollback site --to-version=1',
  steps: [
    {
      call: `POST ${of(project, 'deploymentconfigs/site/rollback')}`,
      json: {
        kind: 'DeploymentConfigRollback',
        apiVersion: 'apps.openshift.io/v1',
        name: 'site',
        spec: {
          from: {},
          revision: 1,
          includeTriggers: false,
          includeTemplate: true,
          includeReplicationMeta: false,
          includeStrategy: false,
        },
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'DeploymentConfig', metadata: { name: 'site' } },
      keep: ({ object }) => ({ config: object }),
    },
    ({ config }) => ({
      call: `PUT ${of(project, 'deploymentconfigs/site')}`,
      json: config,
      membersOnly: true,
      status: 200,
      reads: { kind: 'DeploymentConfig' },
    }),
  ],
});

export const scale = (project: string): WireFlow => ({
  command: 'oc scale dc/site --replicas=3',
  steps: [
    {
      call: `PATCH ${of(project, 'deploymentconfigs/site/scale')}`,
      patch: 'merge',
      json: { spec: { replicas: 3 } },
      membersOnly: true,
      status: 200,
      // This version's selector is a map.
      reads: {
        kind: 'Scale',
        apiVersion: 'extensions/v1beta1',
        spec: { replicas: 3 },
        status: { selector: { deploymentconfig: 'site' } },
      },
    },
    { call: `GET ${of(project, 'deploymentconfigs/site')}`, status: 200, reads: { spec: { replicas: 3 } } },
  ],
});

/** Strategic, which OpenShift's kinds take too: the container is found by its name and keeps its ports. */
export const setEnv = (project: string): WireFlow => ({
  command: 'oc set env dc/site COLOUR=blue',
  steps: [
    {
      call: `PATCH ${of(project, 'deploymentconfigs/site')}`,
      patch: 'strategic',
      json: {
        spec: {
          template: {
            spec: {
              '$setElementOrder/containers': [{ name: 'site' }],
              containers: [{ name: 'site', env: [{ name: 'COLOUR', value: 'blue' }] }],
            },
          },
        },
      },
      membersOnly: true,
      status: 200,
      reads: {
        spec: {
          template: {
            spec: { containers: [{ name: 'site', env: [{ name: 'COLOUR', value: 'blue' }], ports: [{ containerPort: 8080 }] }] },
          },
        },
      },
    },
  ],
});

export const getConfigs = (project: string): WireFlow => ({
  command: 'oc get dc',
  steps: [
    {
      call: `GET ${of(project, 'deploymentconfigs')}?limit=500`,
      accept: 'table',
      membersOnly: true,
      status: 200,
      reads: {
        kind: 'Table',
        columnDefinitions: ['Name', 'Revision', 'Desired', 'Current', 'Triggered By'].map((name) => ({ name })),
      },
    },
  ],
});
