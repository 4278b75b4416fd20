import assert from 'node:assert/strict';
import type { WireFlow } from '../../../support/oc/wire-flow.ts';
import { Refused, type StreamClient, webSocketCommand } from '../../../support/oc/wire-streams.ts';

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
