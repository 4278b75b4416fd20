import type { WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';
import { buildPath, newOutputStream } from './build-calls.ts';

const BUILD_TIME = 120_000;

/** What new-build makes of a folder without a repository; nothing is built before something is sent. */
export const newBinaryBuild = (project: string, name: string): WireFlow => ({
  command: `oc new-build --binary --strategy=docker --name=${name}`,
  steps: [
    newOutputStream(project, name),
    {
      call: `POST ${buildPath(project, 'buildconfigs')}`,
      json: {
        kind: 'BuildConfig',
        apiVersion: 'build.openshift.io/v1',
        metadata: { name, creationTimestamp: null, labels: { build: name } },
        spec: {
          triggers: [
            { type: 'GitHub', github: { secret: 'push-me' } },
            { type: 'Generic', generic: { secret: 'push-me-too' } },
          ],
          source: { type: 'Binary', binary: {} },
          strategy: { type: 'Docker', dockerStrategy: {} },
          output: { to: { kind: 'ImageStreamTag', name: `${name}:latest` } },
          resources: {},
          postCommit: {},
          nodeSelector: null,
        },
        status: { lastVersion: 0 },
      },
      membersOnly: true,
      status: 201,
      reads: { spec: { source: { type: 'Binary' } } },
    },
  ],
});

const complete = (project: string, build: string): WireFlow['steps'] => [
  {
    call: `GET ${buildPath(project, 'builds')}?fieldSelector=metadata.name%3D${build}`,
    membersOnly: true,
    status: 200,
    keep: ({ object }) => ({ version: object.metadata.resourceVersion }),
  },
  ({ version }) => ({
    call: `GET ${buildPath(project, 'builds')}?fieldSelector=metadata.name%3D${build}&resourceVersion=${version}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&watch=true`,
    membersOnly: true,
    status: 200,
    patience: BUILD_TIME,
    watchUntil: ({ object }) => ['Complete', 'Failed', 'Error', 'Cancelled'].includes(object.status?.phase),
    check: ({ events }) => events.some(({ object }) => object.status?.phase === 'Complete'),
  }),
];

const COMMIT = {
  'revision.authorEmail': 'ann@git.example',
  'revision.authorName': 'Ann',
  'revision.commit': 'c0ffee0000000000000000000000000000000000',
  'revision.committerEmail': 'ann@git.example',
  'revision.committerName': 'Ann',
  'revision.message': 'Begin',
};

/** A folder of a repository: its archive, and what git says of it. */
export const startFromFolder = (project: string, name: string, archive: Buffer): WireFlow => ({
  command: `oc start-build ${name} --from-dir=. --follow --wait`,
  steps: [
    {
      call: `POST ${buildPath(project, `buildconfigs/${name}/instantiatebinary`)}?${new URLSearchParams({ asFile: '', name, namespace: project, ...COMMIT })}`,
      upload: archive,
      membersOnly: true,
      patience: BUILD_TIME,
      status: 201,
      reads: {
        kind: 'Build',
        metadata: { name: `${name}-1` },
        spec: { revision: { git: { commit: COMMIT['revision.commit'], author: { name: 'Ann' }, message: 'Begin' } } },
      },
    },
    {
      call: `GET ${buildPath(project, `builds/${name}-1/log`)}?follow=true`,
      membersOnly: true,
      patience: BUILD_TIME,
      status: 200,
      check: ({ text }) => /^Pushing image /m.test(text) && text.trimEnd().endsWith('Push successful'),
    },
    ...complete(project, `${name}-1`),
  ],
});

/** One file, under its name. */
export const startFromFile = (project: string, name: string, dockerfile: string): WireFlow => ({
  command: `oc start-build ${name} --from-file=Dockerfile --wait`,
  steps: [
    {
      call: `POST ${buildPath(project, `buildconfigs/${name}/instantiatebinary`)}?${new URLSearchParams({ asFile: 'Dockerfile', name, namespace: project })}`,
      upload: Buffer.from(dockerfile),
      membersOnly: true,
      patience: BUILD_TIME,
      status: 201,
      reads: { spec: { source: { type: 'Binary', binary: { asFile: 'Dockerfile' } } } },
    },
    ...complete(project, `${name}-2`),
  ],
});

/** Without its bytes there is nothing to build from, nor when it is made again: oc says so at a cause about `spec.source`. */
export const startWithoutBytes = (project: string, name: string): WireFlow => ({
  command: `oc start-build ${name}; oc start-build --from-build=${name}-1`,
  steps: [`buildconfigs/${name}/instantiate`, `builds/${name}-1/clone`].map((path): WireStep => ({
    call: `POST ${buildPath(project, path)}`,
    json: {
      kind: 'BuildRequest',
      apiVersion: 'build.openshift.io/v1',
      metadata: { name: path.split('/')[1], creationTimestamp: null },
      triggeredBy: [{ message: 'Manually triggered' }],
      dockerStrategyOptions: {},
      sourceStrategyOptions: {},
    },
    membersOnly: true,
    status: 422,
    reads: { kind: 'Status', reason: 'Invalid', details: { causes: [{ field: 'spec.source' }] } },
  })),
});

/** The newest build of a config, and the end of its log. */
export const logsOfBuilds = (project: string, name: string): WireFlow => ({
  command: `oc logs bc/${name} --tail=1; oc logs --version=1 bc/${name}`,
  steps: [
    { call: `GET ${buildPath(project, `buildconfigs/${name}`)}`, membersOnly: true, status: 200 },
    {
      call: `GET ${buildPath(project, 'builds')}?labelSelector=openshift.io%2Fbuild-config.name%3D${name}`,
      membersOnly: true,
      status: 200,
      check: ({ object }) => object.items.length === 2,
    },
    {
      call: `GET ${buildPath(project, `builds/${name}-2/log`)}?tailLines=1`,
      membersOnly: true,
      status: 200,
      check: ({ text }) => text === 'Push successful\n',
    },
    {
      call: `GET ${buildPath(project, `builds/${name}-1/log`)}?nowait=true&version=1`,
      membersOnly: true,
      status: 200,
      check: ({ text }) => text.includes('Push successful'),
    },
  ] satisfies WireStep[],
});
