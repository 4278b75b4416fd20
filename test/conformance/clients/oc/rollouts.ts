import type { Kept, WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

const of = (project: string, resource: string): string => `/apis/apps.openshift.io/v1/namespaces/${project}/${resource}`;
const core = (project: string, resource: string): string => `/api/v1/namespaces/${project}/${resource}`;

const config = (project: string, name: string): WireStep => ({
  call: `GET ${of(project, `deploymentconfigs/${name}`)}`,
  membersOnly: true,
  status: 200,
  reads: { kind: 'DeploymentConfig' },
  keep: ({ object }) => ({ config: object, version: object.metadata.resourceVersion }),
});

/** Watches until the condition says what became of it: `reason` is that of Progressing. */
export const rolloutStatus = (project: string, name: string, reason: string): WireFlow => ({
  command: `oc rollout status dc/${name} (${reason})`,
  steps: [
    config(project, name),
    ({ version }) => ({
      call: `GET ${of(project, 'deploymentconfigs')}?fieldSelector=metadata.name%3D${name}&resourceVersion=${version}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&watch=true`,
      membersOnly: true,
      status: 200,
      watchUntil: ({ object }) =>
        object.status?.observedGeneration >= object.metadata.generation &&
        object.status.conditions?.some(
          (condition: { type: string; reason: string }) => condition.type === 'Progressing' && condition.reason === reason,
        ),
    }),
  ],
});

/** Its versions are the replication controllers, each with the config that it was made from. */
export const rolloutHistory = (project: string, name: string, versions: number): WireFlow => ({
  command: `oc rollout history dc/${name} --revision=1`,
  steps: [
    config(project, name),
    {
      call: `GET ${core(project, 'replicationcontrollers')}?labelSelector=openshift.io%2Fdeployment-config.name%3D${name}`,
      accept: 'typed',
      membersOnly: true,
      status: 200,
      check: ({ object }) =>
        object.items.length === versions &&
        object.items.every(
          ({ metadata: { annotations } }: Kept) =>
            Number(annotations['openshift.io/deployment-config.latest-version']) > 0 &&
            annotations['openshift.io/deployment.phase'] !== '' &&
            JSON.parse(annotations['openshift.io/encoded-deployment-config']).spec.template !== undefined,
        ),
    },
  ],
});

/** Back to the version before the last: the reason is not to be found in its triggers. */
export const rolloutUndo = (project: string, name: string): WireFlow => ({
  command: `oc rollout undo dc/${name}`,
  steps: [
    config(project, name),
    {
      call: `POST ${of(project, `deploymentconfigs/${name}/rollback`)}`,
      json: {
        kind: 'DeploymentConfigRollback',
        apiVersion: 'apps.openshift.io/v1',
        name,
        spec: {
          from: {},
          includeTriggers: false,
          includeTemplate: true,
          includeReplicationMeta: false,
          includeStrategy: false,
        },
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'DeploymentConfig', metadata: { name } },
      keep: ({ object }) => ({ config: object }),
    },
    ({ config: wanted }) => ({
      call: `PUT ${of(project, `deploymentconfigs/${name}`)}`,
      json: wanted,
      membersOnly: true,
      status: 200,
    }),
  ],
});

/** Of one whose deployer has failed: it goes, and the version is new again. */
export const rolloutRetry = (project: string, name: string, version: number): WireFlow => ({
  command: `oc rollout retry dc/${name}`,
  steps: [
    config(project, name),
    {
      call: `GET ${core(project, `replicationcontrollers/${name}-${version}`)}`,
      accept: 'typed',
      membersOnly: true,
      poll: true,
      status: 200,
      reads: { metadata: { annotations: { 'openshift.io/deployment.phase': 'Failed' } } },
    },
    {
      call: `GET ${core(project, 'pods')}?labelSelector=openshift.io%2Fdeployer-pod-for.name%3D${name}-${version}`,
      accept: 'typed',
      membersOnly: true,
      status: 200,
      check: ({ object }) => object.items.length === 1 && object.items[0].metadata.name === `${name}-${version}-deploy`,
      keep: ({ object }) => ({ uid: object.items[0].metadata.uid }),
    },
    {
      call: `DELETE ${core(project, `pods/${name}-${version}-deploy`)}`,
      accept: 'typed',
      json: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
      membersOnly: true,
      status: 200,
    },
    {
      call: `PATCH ${core(project, `replicationcontrollers/${name}-${version}`)}`,
      accept: 'typed',
      patch: 'strategic',
      json: {
        metadata: {
          annotations: {
            'openshift.io/deployment.cancelled': null,
            'openshift.io/deployment.phase': 'New',
            'openshift.io/deployment.status-reason': null,
          },
        },
      },
      membersOnly: true,
      status: 200,
    },
    ({ uid }) => ({
      call: `GET ${core(project, `pods/${name}-${version}-deploy`)}`,
      accept: 'typed',
      poll: true,
      status: 200,
      check: ({ object }) => object.metadata.uid !== uid,
    }),
  ],
});
