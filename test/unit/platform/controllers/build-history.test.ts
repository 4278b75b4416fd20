import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rfc3339 } from '../../../../lib/common/clock.ts';
import { BUILD_NUMBER } from '../../../../lib/platform/api/build/build-labels.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { buildConfigController } from '../../../../lib/platform/controllers/build-config-controller.ts';
import { BUILD_CONFIGS, BUILDS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

/** A config that keeps one good build, as `history` says of bad ones. */
function configure(rig: ControllerRig, history: object = {}): Promise<KubeObject> {
  return rig.create(BUILD_CONFIGS, {
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildConfig',
    metadata: { name: 'shop', namespace: 'ann' },
    spec: { strategy: {}, successfulBuildsHistoryLimit: 1, ...history },
  } as KubeObject);
}

/** A build of it that has ended just now. */
function ended(
  rig: ControllerRig,
  config: KubeObject,
  number: number,
  phase = 'Complete',
  to = 'ImageStreamTag',
): Promise<KubeObject> {
  const { name, namespace, uid } = config.metadata;
  return rig.create(BUILDS, {
    apiVersion: 'build.openshift.io/v1',
    kind: 'Build',
    metadata: {
      name: `shop-${number}`,
      namespace,
      annotations: { [BUILD_NUMBER]: String(number) },
      ownerReferences: [{ apiVersion: 'build.openshift.io/v1', kind: 'BuildConfig', name, uid, controller: true }],
    },
    spec: { output: { to: { kind: to, name: 'shop:latest' } } },
    status: { phase, completionTimestamp: rfc3339(rig.verbs.clock.now()) },
  } as KubeObject);
}

const kept = async (rig: ControllerRig): Promise<string[]> =>
  (await rig.list(BUILDS, 'ann')).map(({ metadata }) => metadata.name!);

test('a build that has no place any more stays while the version that took it starts', async () => {
  await using rig = startControllers([buildConfigController()]);
  const config = await configure(rig);
  await ended(rig, config, 1);
  await rig.verbs.clock.advance(60_000);
  await ended(rig, config, 2);
  await eventually(() => assert.equal(rig.verbs.clock.sleeping, 1));
  await rig.verbs.clock.advance(29_000);
  assert.deepEqual(await kept(rig), ['shop-1', 'shop-2']);
  await rig.verbs.clock.advance(1_000);
  await eventually(async () => assert.deepEqual(await kept(rig), ['shop-2']));
});

test('where builds never cease, each goes all the same when its time has come', async () => {
  await using rig = startControllers([buildConfigController()]);
  const config = await configure(rig);
  for (let number = 1; number <= 4; number++) {
    await ended(rig, config, number);
    await eventually(() => assert.equal(rig.verbs.clock.sleeping, number === 1 ? 0 : 1));
    await rig.verbs.clock.advance(20_000);
  }
  // The second has taken the first's place 60 s ago, the third the second's 40 s ago, the fourth the third's 20 s ago.
  await eventually(async () => assert.deepEqual(await kept(rig), ['shop-3', 'shop-4']));
});

test('a failed build starts nothing, nor does an image that goes elsewhere: what they leave without a place goes at once', async () => {
  await using rig = startControllers([buildConfigController()]);
  const config = await configure(rig, { failedBuildsHistoryLimit: 1 });
  await ended(rig, config, 1, 'Failed');
  await ended(rig, config, 2, 'Failed');
  await eventually(async () => assert.deepEqual(await kept(rig), ['shop-2']));
  await ended(rig, config, 3, 'Complete', 'DockerImage');
  await ended(rig, config, 4, 'Complete', 'DockerImage');
  await eventually(async () => assert.deepEqual(await kept(rig), ['shop-2', 'shop-4']));
});

test('a clock that is set back keeps no build for longer', async () => {
  await using rig = startControllers([buildConfigController()]);
  const config = await configure(rig);
  await ended(rig, config, 1);
  await ended(rig, config, 2);
  await eventually(() => assert.equal(rig.verbs.clock.sleeping, 1));
  rig.verbs.clock.set(rig.verbs.clock.now() - 3_600_000);
  await rig.verbs.clock.advance(30_000);
  await eventually(async () => assert.deepEqual(await kept(rig), ['shop-2']));
});
