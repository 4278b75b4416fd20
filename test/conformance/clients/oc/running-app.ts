import type { WireFlow } from '../../../support/wire/wire-flow.ts';

const of = (project: string, resource: string): string => `/apis/apps.openshift.io/v1/namespaces/${project}/${resource}`;
const core = (project: string, resource: string): string => `/api/v1/namespaces/${project}/${resource}`;
/** For images to be pulled and pods to get ready. */
const ROLLOUT_TIME = 90_000;

/** An image stream's application; the log that is followed is the deployer's, from its beginning. */
export const runApp = (project: string, name: string): WireFlow => ({
  command: `oc new-app --image-stream=${name} --as-deployment-config; oc logs -f dc/${name}`,
  steps: [
    {
      call: `POST ${of(project, 'deploymentconfigs')}`,
      json: {
        kind: 'DeploymentConfig',
        apiVersion: 'apps.openshift.io/v1',
        metadata: { name, creationTimestamp: null, labels: { app: name } },
        spec: {
          strategy: { resources: {} },
          triggers: [
            { type: 'ConfigChange' },
            {
              type: 'ImageChange',
              imageChangeParams: {
                automatic: true,
                containerNames: [name],
                from: { kind: 'ImageStreamTag', namespace: project, name: `${name}:latest` },
              },
            },
          ],
          replicas: 1,
          test: false,
          selector: { deploymentconfig: name },
          template: {
            metadata: { creationTimestamp: null, labels: { deploymentconfig: name } },
            spec: { containers: [{ name, image: ' ', ports: [{ containerPort: 8080, protocol: 'TCP' }], resources: {} }] },
          },
        },
        status: {},
      },
      membersOnly: true,
      status: 201,
    },
    // There is none before its image is known.
    {
      call: `GET ${of(project, `deploymentconfigs/${name}`)}`,
      membersOnly: true,
      poll: true,
      status: 200,
      reads: { status: { latestVersion: 1 } },
    },
    {
      call: `GET ${of(project, `deploymentconfigs/${name}/log`)}?follow=true`,
      membersOnly: true,
      patience: ROLLOUT_TIME,
      status: 200,
      check: ({ text }) => new RegExp(`^--> Scaling up ${name}-1 from 0 to 1\\b`, 'm').test(text) && text.includes('--> Success'),
    },
  ],
});

/** Once it runs, the log is the application's. */
export const logsOfApp = (project: string, name: string): WireFlow => ({
  command: `oc logs dc/${name}; oc logs --version=1 dc/${name}; oc logs --previous dc/${name}`,
  steps: [
    ...['', '?version=1', '?tailLines=5&timestamps=false'].map((query) => ({
      call: `GET ${of(project, `deploymentconfigs/${name}/log`)}${query}`,
      membersOnly: true,
      poll: true,
      status: 200,
      check: ({ text }: { text: string }) => text.includes('listening on 8080'),
    })),
    {
      call: `GET ${of(project, `deploymentconfigs/${name}/log`)}?previous=true`,
      membersOnly: true,
      status: 400,
      reads: { kind: 'Status', reason: 'BadRequest' },
      check: ({ object }) => /no previous deployment exists/.test(object.message),
    },
  ],
});

/** The pod that commands are run in, kept as `pod`. */
export const findPod = (project: string, name: string): WireFlow => ({
  command: `oc get pods -l deploymentconfig=${name}`,
  steps: [
    {
      call: `GET ${core(project, 'pods')}?labelSelector=deploymentconfig%3D${name}`,
      accept: 'typed',
      membersOnly: true,
      poll: true,
      status: 200,
      check: ({ object }) => object.items.length === 1 && object.items[0].status.phase === 'Running',
      keep: ({ object }) => ({ pod: object.items[0].metadata.name }),
    },
  ],
});
