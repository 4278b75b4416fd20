import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { isActive, isReady, type Pod } from '../../../../lib/platform/controllers/core-types.ts';
import {
  CONTROLLER_REVISIONS,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  refTo,
  STATEFUL_SETS,
} from '../../../../lib/platform/controllers/resources.ts';
import { statefulSetController } from '../../../../lib/platform/controllers/stateful-set-controller.ts';
import type { StatefulSet } from '../../../../lib/platform/controllers/stateful/stateful-types.ts';
import { eventually } from '../../../support/eventually.ts';
import { letPodsRun } from '../../../support/let-pods-run.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const SET: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'shop' },
  spec: {
    replicas: 3,
    serviceName: 'dbs',
    selector: { matchLabels: { app: 'db' } },
    template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    podManagementPolicy: 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    revisionHistoryLimit: 10,
  },
};

async function start(spec: object = {}): Promise<ControllerRig> {
  const rig = startControllers([statefulSetController()]);
  await rig.create(STATEFUL_SETS, { ...SET, spec: { ...SET['spec'], ...spec } });
  return rig;
}
const pods = (rig: ControllerRig): Promise<Pod[]> => rig.list<Pod>(PODS, 'shop');
const names = async (rig: ControllerRig): Promise<string[]> =>
  (await pods(rig)).filter(isActive).map(({ metadata }) => metadata.name!);
const images = async (rig: ControllerRig): Promise<string[]> => (await pods(rig)).map(({ spec }) => spec.containers[0]!.image!);
const db = async (rig: ControllerRig): Promise<StatefulSet> => (await rig.list<StatefulSet>(STATEFUL_SETS, 'shop'))[0]!;
const change = (rig: ControllerRig, spec: object): Promise<KubeObject> =>
  rig.verbs.patch(refTo(STATEFUL_SETS, SET), 'application/merge-patch+json', { spec });
const use = (rig: ControllerRig, version: string, more: object = {}): Promise<KubeObject> =>
  change(rig, { template: { spec: { containers: [{ name: 'c', image: version }] } }, ...more });

/** Makes every pod ready until these are the images, in the order of their names, and the status knows it. */
const settle = (rig: ControllerRig, ...wanted: string[]): Promise<void> =>
  eventually(async () => {
    await letPodsRun(rig, 'shop');
    assert.deepEqual(await images(rig), wanted);
    const { status, metadata } = await db(rig);
    assert.deepEqual(
      [status?.observedGeneration, status?.replicas, status?.readyReplicas],
      [metadata.generation, wanted.length, wanted.length],
    );
  });

/** What happened to pods, in order, without the set's own writes. */
const history = (rig: ControllerRig): string[] =>
  rig.verbs.writes.filter((write) => /^(create|delete) pods /.test(write)).map((write) => write.replace('pods shop/', ''));

test('makes its pods in order, each when the one before is ready, under names that stay', async () => {
  await using rig = await start();
  await eventually(async () => assert.deepEqual(await names(rig), ['db-0']));
  await letPodsRun(rig, 'shop');
  await eventually(async () => assert.deepEqual(await names(rig), ['db-0', 'db-1']));
  await settle(rig, 'v1', 'v1', 'v1');
  const [, second] = await pods(rig);
  assert.deepEqual([second!.spec.hostname, second!.spec.subdomain], ['db-1', 'dbs']);
  const { status } = await db(rig);
  assert.deepEqual(second!.metadata.labels, {
    app: 'db',
    'statefulset.kubernetes.io/pod-name': 'db-1',
    'apps.kubernetes.io/pod-index': '1',
    'controller-revision-hash': status!.updateRevision,
  });
  await rig.verbs.delete(refTo(PODS, second!));
  await settle(rig, 'v1', 'v1', 'v1');
  await change(rig, { replicas: 1 });
  await settle(rig, 'v1');
  assert.deepEqual(history(rig).slice(-3), ['create db-1', 'delete db-2', 'delete db-1']);
});

test('rolls from the highest to the lowest, one at a time, and tells both revisions on the way', async () => {
  await using rig = await start();
  await settle(rig, 'v1', 'v1', 'v1');
  const before = (await db(rig)).status!.currentRevision;
  await use(rig, 'v2');
  await eventually(async () => {
    assert.ok((await pods(rig)).filter((pod) => isReady(pod)).length >= 2);
    const { status } = await db(rig);
    assert.deepEqual([status!.currentRevision, status!.updateRevision === before, status!.updatedReplicas], [before, false, 1]);
  });
  await settle(rig, 'v2', 'v2', 'v2');
  await eventually(async () => {
    const { status } = await db(rig);
    assert.equal(status!.currentRevision, status!.updateRevision);
    assert.notEqual(status!.currentRevision, before);
  });
  assert.deepEqual(history(rig).slice(3), [
    'delete db-2',
    'create db-2',
    'delete db-1',
    'create db-1',
    'delete db-0',
    'create db-0',
  ]);
  await use(rig, 'v1');
  await settle(rig, 'v1', 'v1', 'v1');
  const revisions = await rig.list(CONTROLLER_REVISIONS, 'shop');
  assert.deepEqual(revisions.map((one) => one['revision'] as number).toSorted(), [2, 3]);
});

test('below the partition pods stay as they were, also when they are made again', async () => {
  await using rig = await start({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } });
  await settle(rig, 'v1', 'v1', 'v1');
  await use(rig, 'v2');
  await settle(rig, 'v1', 'v1', 'v2');
  await rig.verbs.delete({ ...PODS, namespace: 'shop', name: 'db-0' });
  await settle(rig, 'v1', 'v1', 'v2');
  await change(rig, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } });
  await settle(rig, 'v2', 'v2', 'v2');
});

test('Parallel makes and deletes all at once; OnDelete updates what is deleted; ordinals may start elsewhere', async () => {
  await using rig = await start({
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'OnDelete' },
    ordinals: { start: 5 },
  });
  await eventually(async () => assert.deepEqual(await names(rig), ['db-5', 'db-6', 'db-7']));
  await settle(rig, 'v1', 'v1', 'v1');
  await use(rig, 'v2');
  await settle(rig, 'v1', 'v1', 'v1');
  await rig.verbs.delete({ ...PODS, namespace: 'shop', name: 'db-6' });
  await settle(rig, 'v1', 'v2', 'v1');
  await change(rig, { replicas: 0 });
  await settle(rig);
});

test('a pod that has ended is made again under its name', async () => {
  await using rig = await start({ replicas: 1 });
  await settle(rig, 'v1');
  const [pod] = await pods(rig);
  await rig.setStatus(PODS, pod!, { phase: 'Failed', conditions: [] });
  await eventually(async () => {
    const [again] = await pods(rig);
    assert.ok(again !== undefined && again.metadata.uid !== pod!.metadata.uid);
  });
  await settle(rig, 'v1');
});

test('claims are made once for each pod, stay when it goes, and go with it or with the set where that is wanted', async () => {
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  await using rig = await start({ replicas: 2, volumeClaimTemplates: [claim] });
  await settle(rig, 'v1', 'v1');
  const claims = (): Promise<KubeObject[]> => rig.list(PERSISTENT_VOLUME_CLAIMS, 'shop');
  const [first, second] = await claims();
  assert.deepEqual(
    [first!.metadata.name, second!.metadata.name, first!.metadata.labels],
    ['data-db-0', 'data-db-1', { app: 'db' }],
  );
  assert.deepEqual((await pods(rig))[1]!.spec['volumes'], [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }]);
  await rig.verbs.delete({ ...PODS, namespace: 'shop', name: 'db-1' });
  await settle(rig, 'v1', 'v1');
  assert.equal((await claims())[1]!.metadata.uid, second!.metadata.uid);
  assert.equal(second!.metadata.ownerReferences, undefined);
  await change(rig, { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' } });
  await eventually(async () =>
    assert.deepEqual(
      (await claims()).map(({ metadata }) => metadata.ownerReferences?.[0]?.kind),
      ['StatefulSet', 'StatefulSet'],
    ),
  );
  // Its pod holds on for as long as the owner must be told.
  const doomed = (await pods(rig))[1]!;
  await rig.verbs.patch(refTo(PODS, doomed), 'application/merge-patch+json', { metadata: { finalizers: ['x'] } });
  await change(rig, { replicas: 1 });
  await eventually(async () =>
    assert.deepEqual(
      (await claims()).map(({ metadata }) => metadata.ownerReferences?.[0]?.kind),
      ['StatefulSet', 'Pod'],
    ),
  );
});
