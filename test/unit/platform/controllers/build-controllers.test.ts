import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Build, BuildConfig } from '../../../../lib/platform/api/build/build-types.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { BUILD_CONFIGS, BUILDS, PODS, SERVICE_ACCOUNTS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { at, end, SPEC, startBuildRig } from './builds-under-test.ts';

const rig = await startBuildRig();
after(() => rig[Symbol.asyncDispose]());
const { platform, configure, start, build, pod, reaches, report, loginFor } = rig;

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

test('a change of the config starts the first build, which runs in a pod and tells what it made', async () => {
  await configure('first', { triggers: [{ type: 'ConfigChange' }] });
  const pending = await reaches('first-1', 'Pending');
  assert.deepEqual(pending.spec.triggeredBy, [{ message: 'Build configuration change' }]);
  assert.equal(pending.status?.outputDockerImageReference, 'registry.example/shop/web:latest');
  assert.equal(pending.metadata.annotations?.['openshift.io/build.pod-name'], 'first-1-build');
  const made = await pod('first-1');
  assert.equal(made.spec.serviceAccountName, 'builder');
  assert.equal(made.spec.restartPolicy, 'Never');
  assert.deepEqual(
    made.spec.initContainers.map(({ name }: KubeObject & { name: string }) => name),
    ['git-clone'],
  );
  const [container] = made.spec.containers;
  assert.equal(container.name, 'sti-build');
  const told = JSON.parse(container.env[0].value);
  assert.deepEqual(told.spec.output.to, { kind: 'DockerImage', name: 'registry.example/shop/web:latest' });
  const volumes = made.spec.volumes.flatMap(({ name, secret }: { name: string; secret?: { secretName: string } }) =>
    secret === undefined ? [] : [[name, secret.secretName]],
  );
  assert.deepEqual(volumes, [
    ['push', 'push'],
    ['pull', 'push'],
  ]);
  assert.deepEqual(
    made.spec.initContainers[0].volumeMounts.map(({ name }: { name: string }) => name),
    ['work'],
  );

  await report('first-1', 'Pending', { 'git-clone': { running: {} } });
  await reaches('first-1', 'Running');
  const revision = { commit: COMMIT, author: { name: 'Ann', email: 'a@b.example' }, message: 'Mend' };
  const stages = [
    { name: 'PushImage', startTime: '2026-01-01T00:00:00Z', durationMilliseconds: 12, steps: [{ name: 'PushImage' }] },
  ];
  const done = { 'git-clone': end(0, { revision }), 'sti-build': end(0, { imageDigest: DIGEST, stages, outputReference: 'x' }) };
  await report('first-1', 'Succeeded', done);
  const complete = await reaches('first-1', 'Complete');
  assert.equal(complete.status?.output?.to?.imageDigest, DIGEST);
  assert.equal(complete.spec.revision?.git?.commit, COMMIT);
  assert.equal(complete.status?.stages?.[0]?.name, 'PushImage');
  assert.ok(complete.status?.completionTimestamp !== undefined && (complete.status.duration ?? 0) >= 0);
  assert.equal(complete.status?.reason, undefined);
});

const FAILURES: readonly (readonly [string, object, object, string, string])[] = [
  [
    'assemble',
    { 'sti-build': end(1, { reason: 'AssembleFailed', logTail: 'npm ERR!' }) },
    {},
    'AssembleFailed',
    'Assemble script failed.',
  ],
  [
    'its source',
    { 'git-clone': end(1, { reason: 'FetchSourceFailed', message: 'no such branch' }) },
    {},
    'FetchSourceFailed',
    'no such branch',
  ],
  ['no word', { 'sti-build': end(1, 'panic: x\n') }, {}, 'GenericBuildFailed', 'Generic Build failure - check logs for details.'],
  [
    'a made-up word',
    { 'sti-build': end(1, { reason: 'Complete', message: 7, stages: [3], imageDigest: 'x' }) },
    {},
    'GenericBuildFailed',
    'Generic Build failure - check logs for details.',
  ],
  [
    'its memory',
    { 'sti-build': end(137, '', 'OOMKilled') },
    {},
    'OutOfMemoryKilled',
    'The build pod was killed due to an out of memory condition.',
  ],
  ['its node', {}, { reason: 'Evicted', message: 'low on disk' }, 'BuildPodEvicted', 'low on disk'],
  [
    'time',
    {},
    { reason: 'DeadlineExceeded' },
    'GenericBuildFailed',
    'The build took longer than its completionDeadlineSeconds of 60.',
  ],
];

test('a failed build says why', async () => {
  await configure('failing', { runPolicy: 'Parallel', completionDeadlineSeconds: 60, failedBuildsHistoryLimit: 20 });
  for (const [what, states, more, reason, message] of FAILURES) {
    const { metadata } = await start('failing');
    await report(metadata.name!, 'Failed', states as Record<string, object>, more);
    const failed = await reaches(metadata.name!, 'Failed');
    assert.deepEqual([failed.status?.reason, failed.status?.message], [reason, message], what);
    if (what === 'assemble') assert.equal(failed.status?.logSnippet, 'npm ERR!');
    if (what === 'no word') assert.equal(failed.status?.logSnippet, 'panic: x');
  }
});

test('builds of a config run one after the other, and the next begins where one ends', async () => {
  await configure('serial');
  for (let i = 0; i < 3; i++) await start('serial');
  await reaches('serial-1', 'Pending');
  await report('serial-1', 'Running', { 'sti-build': { running: {} } });
  await reaches('serial-1', 'Running');
  assert.equal((await build('serial-2')).status?.phase, 'New');
  await report('serial-1', 'Succeeded', { 'sti-build': end(0, {}) });
  await reaches('serial-2', 'Pending');
  assert.equal((await build('serial-3')).status?.phase, 'New');
});

test('of those that wait only the latest runs, where the config says so', async () => {
  await configure('latest', { runPolicy: 'SerialLatestOnly' });
  await start('latest');
  await reaches('latest-1', 'Pending');
  for (let i = 0; i < 3; i++) await start('latest');
  await reaches('latest-2', 'Cancelled');
  await reaches('latest-3', 'Cancelled');
  assert.equal((await build('latest-4')).status?.phase, 'New');
  await report('latest-1', 'Succeeded', { 'sti-build': end(0, {}) });
  await reaches('latest-4', 'Pending');
});

test('a cancelled build loses its pod, and one whose pod is deleted is an error', async () => {
  await configure('stopped', { runPolicy: 'Parallel' });
  await start('stopped');
  await reaches('stopped-1', 'Pending');
  // What controllers write meanwhile is kept.
  await eventually(async () => {
    const live = await build('stopped-1');
    await platform.local.update(
      { ...BUILDS, ...at, name: 'stopped-1' },
      { ...live, status: { ...live.status, cancelled: true } },
    );
  });
  const cancelled = await reaches('stopped-1', 'Cancelled');
  assert.deepEqual(
    [cancelled.status?.reason, cancelled.status?.message],
    ['CancelledBuild', 'The build was cancelled by the user.'],
  );
  await eventually(() => assert.rejects(pod('stopped-1'), { reason: 'NotFound' }));
  await start('stopped');
  await reaches('stopped-2', 'Pending');
  await platform.local.delete({ ...PODS, ...at, name: 'stopped-2-build' }, { gracePeriodSeconds: 0 });
  assert.equal((await reaches('stopped-2', 'Error')).status?.reason, 'BuildPodDeleted');
});

const waitsFor = (name: string, reason: string): Promise<void> =>
  eventually(async () =>
    assert.deepEqual([(await build(name)).status?.phase, (await build(name)).status?.reason], ['New', reason]),
  );

test('what a build needs and what is not there is named until it is, and then it begins at once', async () => {
  await configure('lacking', { output: { ...SPEC.output, pushSecret: { name: 'later' } } });
  await start('lacking');
  await waitsFor('lacking-1', 'MissingPushSecret');
  await loginFor('later', 'registry.example');
  await reaches('lacking-1', 'Pending');

  // A project's first build may be quicker than the credentials of its account.
  await configure('early', { output: { to: { kind: 'ImageStreamTag', name: 'early:latest' } } });
  await start('early');
  await waitsFor('early-1', 'InvalidOutputReference');
  const images = { group: 'image.openshift.io', version: 'v1', resource: 'imagestreams', ...at };
  const stream = { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata: { name: 'early' } };
  await platform.local.create(images, stream as KubeObject);
  const clusterIP = '172.30.99.9';
  await platform.local.create({ group: '', version: 'v1', resource: 'services', namespace: 'default' }, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'docker-registry' },
    spec: { clusterIP, ports: [{ port: 5000 }] },
  } as unknown as KubeObject);
  await waitsFor('early-1', 'MissingPushSecret');
  assert.match((await build('early-1')).status?.message ?? '', /"builder" has no credentials for 172\.30\.99\.9:5000 yet/);
  await loginFor('builder-dockercfg', `${clusterIP}:5000`);
  const account = { ...SERVICE_ACCOUNTS, ...at, name: 'builder' };
  const secrets = [{ name: 'push' }, { name: 'builder-dockercfg' }];
  await platform.local.patch(account, 'application/merge-patch+json', { secrets });
  const begun = await reaches('early-1', 'Pending');
  assert.equal(begun.status?.reason, undefined);
  const { volumes } = (await pod('early-1')).spec as { volumes: { name: string; secret?: { secretName: string } }[] };
  assert.equal(volumes.find(({ name }) => name === 'push')?.secret?.secretName, 'builder-dockercfg');
});

test('ended builds are kept as many as the config says', async () => {
  await configure('kept', { successfulBuildsHistoryLimit: 1, failedBuildsHistoryLimit: 0 });
  for (const [name, phase] of [
    ['kept-1', 'Succeeded'],
    ['kept-2', 'Failed'],
    ['kept-3', 'Succeeded'],
  ] as const) {
    await start('kept');
    await eventually(() => pod(name));
    await report(name, phase, { 'sti-build': end(phase === 'Failed' ? 1 : 0, {}) });
  }
  await eventually(async () => {
    const { items } = await platform.local.list<Build>({ ...BUILDS, ...at }, { labelSelector: 'buildconfig=kept' });
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['kept-3'],
    );
  });
});

test('values that are looked up stand in no object, and no text of a build becomes a variable of its pod', async () => {
  const env = [
    { name: 'PLAIN', value: '$(HOME) $$(X)' },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'token', key: 'value' } } },
  ];
  await configure('secretive', { strategy: { sourceStrategy: { ...SPEC.strategy.sourceStrategy, env } } });
  await start('secretive');
  const [container] = (await eventually(() => pod('secretive-1'))).spec.containers;
  assert.ok(!container.env[0].value.includes('$'));
  assert.deepEqual(JSON.parse(container.env[0].value).spec.strategy.sourceStrategy.env, env);
  assert.deepEqual(container.env[1], { name: 'BUILD_ENV_1', valueFrom: env[1]!.valueFrom });
});

test('a new image of the tag that a config is from starts a build, one for each', async () => {
  const images = { group: 'image.openshift.io', version: 'v1', ...at };
  const push = (digit: string): Promise<KubeObject> =>
    platform.local.create({ ...images, resource: 'imagestreammappings' }, {
      apiVersion: 'image.openshift.io/v1',
      kind: 'ImageStreamMapping',
      metadata: { name: 'base' },
      image: { metadata: { name: `sha256:${digit.repeat(64)}` }, dockerImageReference: image(digit) },
      tag: 'latest',
    } as unknown as KubeObject);
  const image = (digit: string): string => `registry.example/base@sha256:${digit.repeat(64)}`;
  const stream = { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata: { name: 'base' } };
  await platform.local.create({ ...images, resource: 'imagestreams' }, stream as KubeObject);
  const alone = {
    source: { dockerfile: 'FROM x' },
    strategy: { dockerStrategy: { from: { kind: 'ImageStreamTag', name: 'base:latest' } } },
  };
  const own = { apiVersion: 'build.openshift.io/v1', kind: 'Build', metadata: { name: 'alone' }, spec: alone };
  await platform.local.create({ ...BUILDS, ...at }, own as unknown as KubeObject);
  await eventually(async () => assert.equal((await build('alone')).status?.reason, 'InvalidImageReference'));
  const from = { kind: 'ImageStreamTag', name: 'base:latest' };
  const triggers = [{ type: 'ConfigChange' }, { type: 'ImageChange' }];
  await configure('follower', { strategy: { sourceStrategy: { from } }, triggers, runPolicy: 'Parallel' });
  // Nothing is built from a tag that is not there; the image starts it.
  await push('1');
  await reaches('alone', 'Pending');
  const first = await reaches('follower-1', 'Pending');
  assert.deepEqual(first.spec.strategy.sourceStrategy?.from, { kind: 'DockerImage', name: image('1') });
  await push('2');
  const second = await reaches('follower-2', 'Pending');
  assert.equal(second.spec.triggeredBy?.[0]?.imageChangeBuild?.imageID, image('2'));
  const config = await platform.local.get<BuildConfig>({ ...BUILD_CONFIGS, ...at, name: 'follower' });
  assert.equal(config.spec.triggers?.[1]?.imageChange?.lastTriggeredImageID, image('2'));
  assert.equal(config.status?.lastVersion, 2);
  await push('2');
  await start('follower');
  await reaches('follower-3', 'Pending');
  await assert.rejects(build('follower-4'), { reason: 'NotFound' });
});
