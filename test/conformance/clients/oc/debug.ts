import assert from 'node:assert/strict';
import type { WireFlow } from '../../../support/wire/wire-flow.ts';
import { Refused, type StreamClient, webSocketCommand } from '../../../support/wire/wire-streams.ts';

const core = (project: string, resource: string): string => `/api/v1/namespaces/${project}/${resource}`;

const running = (project: string, name: string): WireFlow['steps'] => [
  {
    call: `GET ${core(project, 'pods')}?fieldSelector=metadata.name%3D${name}`,
    accept: 'typed',
    membersOnly: true,
    status: 200,
    keep: ({ object }) => ({ version: object.metadata.resourceVersion }),
  },
  ({ version }) => ({
    call: `GET ${core(project, 'pods')}?fieldSelector=metadata.name%3D${name}&resourceVersion=${version}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&watch=true`,
    accept: 'typed',
    membersOnly: true,
    status: 200,
    patience: 30_000,
    watchUntil: ({ object }) => object.status?.phase === 'Running',
  }),
];

/** A copy of the config's pod with a shell instead of its program, without its labels and probes. */
export const debugConfig = (project: string, name: string): WireFlow => ({
  command: `oc debug dc/${name}`,
  steps: [
    {
      call: `GET /apis/apps.openshift.io/v1/namespaces/${project}/deploymentconfigs/${name}`,
      membersOnly: true,
      status: 200,
      keep: ({ object }) => ({ template: object.spec.template }),
    },
    ({ template }) => ({
      call: `POST ${core(project, 'pods')}`,
      accept: 'typed',
      protobuf: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: {
          name: `${name}-debug`,
          namespace: project,
          annotations: {
            'debug.openshift.io/source-container': name,
            'debug.openshift.io/source-resource': `apps.openshift.io/v1, Resource=deploymentconfigs/${name}`,
          },
        },
        spec: {
          ...template.spec,
          restartPolicy: 'Never',
          containers: [{ ...template.spec.containers[0], command: ['/bin/sh'], stdin: true, stdinOnce: true, tty: true }],
        },
      },
      membersOnly: true,
      status: 201,
    }),
    ...running(project, `${name}-debug`),
  ],
});

const DEBUGGED = 'container-00';

/** A pod that sees all of the node, in a project of its own that goes with it; kept as `project` and `pod`. It has begun to start at the end. */
export const debugNode = (node: string, image: string): WireFlow => ({
  command: `oc debug node/${node} --image=${image}`,
  steps: [
    { call: `GET /api/v1/nodes/${node}`, membersOnly: true, status: 200, reads: { kind: 'Node', metadata: { name: node } } },
    {
      call: 'POST /api/v1/namespaces',
      accept: 'typed',
      protobuf: {
        kind: 'Namespace',
        apiVersion: 'v1',
        metadata: {
          generateName: 'openshift-debug-',
          labels: {
            'pod-security.kubernetes.io/audit': 'privileged',
            'pod-security.kubernetes.io/enforce': 'privileged',
            'pod-security.kubernetes.io/warn': 'privileged',
            'security.openshift.io/scc.podSecurityLabelSync': 'false',
          },
          annotations: { 'oc.openshift.io/command': 'oc debug', 'openshift.io/node-selector': '' },
        },
        spec: {},
        status: {},
      },
      membersOnly: true,
      status: 201,
      check: ({ object }) => /^openshift-debug-\w{5}$/.test(object.metadata.name),
      keep: ({ object }) => ({ project: object.metadata.name, pod: `${node.split('.', 1)[0]}-debug` }),
    },
    ({ project, pod }) => ({
      call: `POST ${core(project as string, 'pods')}`,
      accept: 'typed',
      protobuf: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: {
          name: pod,
          namespace: project,
          annotations: {
            'debug.openshift.io/source-container': DEBUGGED,
            'debug.openshift.io/source-resource': `/v1, Resource=nodes/${node}`,
            'openshift.io/required-scc': 'privileged',
          },
        },
        spec: {
          nodeName: node,
          hostNetwork: true,
          hostPID: true,
          hostIPC: true,
          restartPolicy: 'Never',
          tolerations: [{ operator: 'Exists' }],
          volumes: [{ name: 'host', hostPath: { path: '/', type: 'Directory' } }],
          containers: [
            {
              name: DEBUGGED,
              image,
              command: ['/bin/sh'],
              stdin: true,
              stdinOnce: true,
              tty: true,
              env: [
                { name: 'TMOUT', value: '900' },
                { name: 'HOST', value: '/host' },
              ],
              volumeMounts: [{ name: 'host', mountPath: '/host' }],
              securityContext: { privileged: true, runAsUser: 0 },
            },
          ],
        },
      },
      membersOnly: true,
      // The default service account comes after its project.
      poll: true,
      status: 201,
      reads: { spec: { nodeName: node, hostPID: true, containers: [{ securityContext: { privileged: true } }] } },
    }),
    ({ project, pod }) => ({
      call: `GET ${core(project as string, 'pods')}?fieldSelector=metadata.name%3D${pod}&resourceVersion=0&watch=true`,
      accept: 'typed',
      membersOnly: true,
      status: 200,
      patience: 30_000,
      watchUntil: ({ object }) => begun(object.status?.containerStatuses?.[0]?.state),
    }),
  ],
});

/** It runs, or Docker has said why it does not. */
const begun = (state?: { running?: object; waiting?: { reason?: string }; terminated?: object }): boolean =>
  state !== undefined &&
  (state.running !== undefined || state.terminated !== undefined || (state.waiting?.reason ?? '').endsWith('Error'));

/** The project of a node's debugging goes with all that is in it. */
export const removeProject = (project: string): WireFlow => ({
  command: `oc debug: the project ${project} goes`,
  steps: [
    {
      call: `DELETE /api/v1/namespaces/${project}`,
      accept: 'typed',
      json: { kind: 'DeleteOptions', apiVersion: 'v1' },
      membersOnly: true,
      status: 200,
    },
    { call: `GET /api/v1/namespaces/${project}`, accept: 'typed', poll: true, patience: 30_000, status: 404 },
  ],
});

/** The shell, until it is left. */
export async function attach(
  { owner, stranger }: { readonly owner: StreamClient; readonly stranger: StreamClient },
  pod: string,
  container: string,
  { types, sees }: { readonly types: string; readonly sees: RegExp },
): Promise<void> {
  const path = `${pod}/attach?${new URLSearchParams({ container, stdin: 'true', stdout: 'true', tty: 'true' })}`;
  const input = { stdin: Buffer.from(`${types}; exit\n`), size: { Width: 80, Height: 24 } };
  await assert.rejects(webSocketCommand(stranger, path, input), (error) => error instanceof Refused && error.code === 403);
  assert.match((await webSocketCommand(owner, path, input)).stdout, sees);
}

export const removePod = (namespace: string, name: string): WireFlow => ({
  command: `oc debug: the pod ${name} goes`,
  steps: [
    {
      call: `DELETE ${core(namespace, `pods/${name}`)}`,
      accept: 'typed',
      json: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
      membersOnly: true,
      status: 200,
    },
  ],
});
