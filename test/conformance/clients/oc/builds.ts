import type { WireFlow } from '../../../support/wire/wire-flow.ts';
import { buildPath, newOutputStream } from './build-calls.ts';

/** What `new-build` makes of a Git repository and a stream's tag; the change of the config starts the first build. */
export const newBuild = (project: string): WireFlow => ({
  command: 'oc new-build ruby:3~https://git.invalid/site.git --name=site',
  steps: [
    newOutputStream(project, 'site'),
    {
      call: `POST ${buildPath(project, 'buildconfigs')}`,
      json: {
        kind: 'BuildConfig',
        apiVersion: 'build.openshift.io/v1',
        metadata: { name: 'site', creationTimestamp: null, labels: { build: 'site' } },
        spec: {
          triggers: [
            { type: 'GitHub', github: { secret: 'push-me' } },
            { type: 'Generic', generic: { secret: 'push-me-too' } },
            { type: 'ConfigChange' },
            { type: 'ImageChange', imageChange: {} },
          ],
          source: { type: 'Git', git: { uri: 'https://git.invalid/site.git' } },
          strategy: { type: 'Source', sourceStrategy: { from: { kind: 'ImageStreamTag', name: 'ruby:3' } } },
          output: { to: { kind: 'ImageStreamTag', name: 'site:latest' } },
          resources: {},
          postCommit: {},
          nodeSelector: null,
        },
        status: { lastVersion: 0 },
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'BuildConfig', spec: { runPolicy: 'Serial' } },
    },
    {
      call: `GET ${buildPath(project, 'builds/site-1')}`,
      poll: true,
      membersOnly: true,
      status: 200,
      reads: {
        kind: 'Build',
        metadata: {
          labels: { 'openshift.io/build-config.name': 'site', buildconfig: 'site', build: 'site' },
          annotations: { 'openshift.io/build.number': '1', 'openshift.io/build-config.name': 'site' },
        },
      },
    },
  ],
});

export const startBuild = (project: string): WireFlow => ({
  command: 'oc start-build site --env=A=b; oc start-build --from-build=site-1',
  steps: [
    {
      call: `POST ${buildPath(project, 'buildconfigs/site/instantiate')}`,
      json: {
        kind: 'BuildRequest',
        apiVersion: 'build.openshift.io/v1',
        metadata: { name: 'site', creationTimestamp: null },
        env: [{ name: 'A', value: 'b' }],
        triggeredBy: [{ message: 'Manually triggered' }],
        dockerStrategyOptions: {},
        sourceStrategyOptions: {},
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'Build', metadata: { name: 'site-2' }, spec: { triggeredBy: [{ message: 'Manually triggered' }] } },
      check: ({ object }) => object.spec.strategy.sourceStrategy.env.some(({ name }: { name: string }) => name === 'A'),
    },
    {
      call: `POST ${buildPath(project, 'builds/site-1/clone')}`,
      json: {
        kind: 'BuildRequest',
        apiVersion: 'build.openshift.io/v1',
        metadata: { name: 'site-1', creationTimestamp: null },
        triggeredBy: [{ message: 'Manually triggered' }],
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'Build', metadata: { name: 'site-3' } },
    },
    {
      call: `POST ${buildPath(project, 'buildconfigs/absent/instantiate')}`,
      json: { kind: 'BuildRequest', apiVersion: 'build.openshift.io/v1', metadata: { name: 'absent' } },
      status: 404,
      reads: { reason: 'NotFound', details: { group: 'build.openshift.io', kind: 'buildconfigs', name: 'absent' } },
    },
  ],
});

/** `--wait` lists what it waits for, and watches from there. */
export const cancelBuild = (project: string): WireFlow => ({
  command: 'oc cancel-build bc/site',
  steps: [
    {
      call: `GET ${buildPath(project, 'builds')}?labelSelector=openshift.io%2Fbuild-config.name%3Dsite`,
      membersOnly: true,
      status: 200,
      reads: { kind: 'BuildList' },
      check: ({ object }) => object.items.length === 3,
    },
    {
      call: `GET ${buildPath(project, 'builds/site-3')}`,
      status: 200,
      keep: ({ object }) => ({ build: object }),
      poll: true,
    },
    ({ build }) => ({
      call: `PUT ${buildPath(project, 'builds/site-3')}`,
      json: { ...build, status: { ...build.status, cancelled: true } },
      membersOnly: true,
      status: 200,
      reads: { status: { cancelled: true } },
    }),
    {
      call: `GET ${buildPath(project, 'builds/site-3')}`,
      poll: true,
      status: 200,
      reads: { status: { phase: 'Cancelled', reason: 'CancelledBuild' } },
    },
    {
      call: `GET ${buildPath(project, 'builds')}?fieldSelector=metadata.name%3Dsite-3`,
      status: 200,
      check: ({ object }) => object.items.length === 1,
      keep: ({ object }) => ({ version: object.metadata.resourceVersion }),
    },
    ({ version }) => ({
      call: `GET ${buildPath(project, 'builds')}?fieldSelector=metadata.name%3Dsite-3&resourceVersion=${version}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&watch=true&timeoutSeconds=80`,
      membersOnly: true,
      status: 200,
      watchUntil: ({ type, object }) =>
        type === 'BOOKMARK' && object.metadata.annotations['k8s.io/initial-events-end'] === 'true',
      check: ({ events }) => events[0].type === 'ADDED' && events[0].object.status.phase === 'Cancelled',
    }),
  ],
});

export const getBuilds = (project: string): WireFlow => ({
  command: 'oc get buildconfigs,builds',
  steps: [
    {
      call: `GET ${buildPath(project, 'buildconfigs')}?limit=500`,
      accept: 'table',
      membersOnly: true,
      status: 200,
      reads: { kind: 'Table', columnDefinitions: [{ name: 'Name' }, { name: 'Type' }, { name: 'From' }, { name: 'Latest' }] },
    },
    {
      call: `GET ${buildPath(project, 'builds')}?limit=500`,
      accept: 'table',
      membersOnly: true,
      status: 200,
      reads: {
        kind: 'Table',
        columnDefinitions: ['Name', 'Type', 'From', 'Status', 'Started', 'Duration'].map((name) => ({ name })),
      },
    },
  ],
});
