import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { ephemeralVolumeController } from '../../../../lib/platform/controllers/ephemeral-volume-controller.ts';
import { localVolumeProvisioner } from '../../../../lib/platform/controllers/local-volume-provisioner.ts';
import { lostVolumeController } from '../../../../lib/platform/controllers/lost-volume-controller.ts';
import {
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  refTo,
  STORAGE_CLASSES,
} from '../../../../lib/platform/controllers/resources.ts';
import { volumeExpandController } from '../../../../lib/platform/controllers/volume-expand-controller.ts';
import {
  claimProtectionController,
  volumeProtectionController,
} from '../../../../lib/platform/controllers/volume-protection-controllers.ts';
import type { Claim, Volume } from '../../../../lib/platform/controllers/volumes/volume-types.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';
import { claimOf, classOf, nodeOf, volumeOf } from '../../../support/volume-objects.ts';

const LOCAL = { provisioner: 'openshift.io/local' };
const ASKED = { 'volume.kubernetes.io/storage-provisioner': 'openshift.io/local' };
const MADE_BY_US = { 'pv.kubernetes.io/provisioned-by': 'openshift.io/local' };
const podOf = (name: string, spec: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'a', ...metadata },
  spec: { containers: [{ name: 'c' }], ...spec },
});
const using = (claimName: string): object => ({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] });
const names = async (rig: ControllerRig, of: typeof PODS): Promise<string[]> =>
  (await rig.list(of)).map(({ metadata }) => metadata.name!);
const says = (rig: ControllerRig, pattern: RegExp): Promise<unknown> =>
  eventually(async () => assert.match((await rig.events()).join('\n'), pattern));

test('makes a local volume on the selected node, once, as the claim and its class say', async () => {
  await using rig = startControllers([localVolumeProvisioner()]);
  await rig.create(NODES, nodeOf('n', { folder: '/data/volumes' }));
  await rig.create(
    STORAGE_CLASSES,
    classOf('fast', { ...LOCAL, volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Retain' }),
  );
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('waits', {}, { annotations: ASKED }));
  await rig.create(
    PERSISTENT_VOLUME_CLAIMS,
    claimOf('of-others', {}, { annotations: { 'volume.kubernetes.io/selected-node': 'n' } }),
  );
  const annotations = { ...ASKED, 'volume.kubernetes.io/selected-node': 'n' };
  const claim = await rig.create<Claim>(
    PERSISTENT_VOLUME_CLAIMS,
    claimOf('c', { accessModes: ['ReadWriteMany'] }, { annotations }),
  );
  const name = `pvc-${claim.metadata.uid}`;
  await says(rig, new RegExp(`ProvisioningSucceeded Successfully provisioned volume ${name}`));
  const [volume] = await rig.list<Volume>(PERSISTENT_VOLUMES);
  assert.deepEqual(volume!.metadata.labels, { 'openshift.io/local-volume-node': 'n' });
  assert.deepEqual(volume!.metadata.finalizers, ['openshift.io/local-volume']);
  assert.deepEqual(volume!.spec['local'], { path: `/data/volumes/${name}` });
  assert.equal(volume!.spec.persistentVolumeReclaimPolicy, 'Retain');
  assert.deepEqual([volume!.spec.accessModes, volume!.spec.capacity], [['ReadWriteMany'], { storage: '1Gi' }]);
  assert.deepEqual([volume!.spec.claimRef!.name, volume!.spec.claimRef!.uid], ['c', claim.metadata.uid]);
  assert.deepEqual(await names(rig, PERSISTENT_VOLUMES), [name]);
});

test('spreads volumes that wait for no pod over ready nodes that offer a folder and that the class allows', async () => {
  await using rig = startControllers([localVolumeProvisioner()]);
  const allowedTopologies = [{ matchLabelExpressions: [{ key: 'disk', values: ['ssd'] }] }];
  await rig.create(STORAGE_CLASSES, classOf('fast', { ...LOCAL, allowedTopologies }));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('c0', {}, { annotations: ASKED }));
  await says(
    rig,
    /ProvisioningFailed failed to provision volume with StorageClass "fast": no ready node has a folder for volumes/,
  );
  await rig.create(NODES, nodeOf('slow'));
  await rig.create(NODES, nodeOf('bare', { labels: { disk: 'ssd' }, folder: undefined }));
  await rig.create(NODES, nodeOf('odd', { labels: { disk: 'ssd' }, folder: '/a/../etc' }));
  await rig.create(NODES, nodeOf('m', { labels: { disk: 'ssd' } }));
  await rig.create(NODES, nodeOf('n', { labels: { disk: 'ssd' } }));
  for (let n = 1; n < 4; n++) {
    await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf(`c${n}`, {}, { annotations: ASKED }));
    await eventually(async () => assert.equal((await rig.list(PERSISTENT_VOLUMES)).length, n + 1));
  }
  const nodes = (await rig.list(PERSISTENT_VOLUMES)).map(({ metadata }) => metadata.labels!['openshift.io/local-volume-node']);
  assert.deepEqual(nodes.toSorted(), ['m', 'm', 'n', 'n']);
});

test('refuses what a folder cannot be, and gives a choice back that it cannot serve', async () => {
  await using rig = startControllers([localVolumeProvisioner()]);
  await rig.create(STORAGE_CLASSES, classOf('fast', LOCAL));
  await rig.create(NODES, nodeOf('n'));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('block', { volumeMode: 'Block' }, { annotations: ASKED }));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('picky', { selector: {} }, { annotations: ASKED }));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('copy', { dataSource: {} }, { annotations: ASKED }));
  const annotations = { ...ASKED, 'volume.kubernetes.io/selected-node': 'gone' };
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('astray', { volumeMode: 'Filesystem' }, { annotations }));
  for (const why of [
    'does not support block volume',
    'claim Selector is not supported',
    'does not support data sources',
    'node "gone" not found',
  ])
    await says(rig, new RegExp(`ProvisioningFailed .*${why}`));
  // Without a node selected, a class that waits for nobody is served anywhere.
  await eventually(async () => assert.equal((await rig.list(PERSISTENT_VOLUMES)).length, 1));
  const astray = await rig.verbs.get({ ...PERSISTENT_VOLUME_CLAIMS, namespace: 'a', name: 'astray' });
  assert.deepEqual(astray.metadata.annotations, ASKED);
});

test('a claim stays while a pod on a node uses it, though the cache does not know the pod yet', async () => {
  await using rig = startControllers([claimProtectionController(), volumeProtectionController()]);
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('c'));
  await rig.create(PERSISTENT_VOLUMES, volumeOf('v', {}, { phase: 'Bound' }));
  const protectedBy = async (of: typeof PODS): Promise<unknown> => (await rig.list(of))[0]?.metadata.finalizers;
  await eventually(async () => assert.deepEqual(await protectedBy(PERSISTENT_VOLUME_CLAIMS), ['kubernetes.io/pvc-protection']));
  await eventually(async () => assert.deepEqual(await protectedBy(PERSISTENT_VOLUMES), ['kubernetes.io/pv-protection']));
  rig.verbs.pauseWatches('pods');
  await rig.create(PODS, podOf('p', { ...using('c'), nodeName: 'n' }));
  await rig.create(PODS, podOf('unplaced', using('c')));
  await rig.verbs.delete({ ...PERSISTENT_VOLUME_CLAIMS, namespace: 'a', name: 'c' });
  await rig.verbs.delete({ ...PERSISTENT_VOLUMES, name: 'v' });
  await rig.verbs.clock.advance(5_000);
  assert.deepEqual(await names(rig, PERSISTENT_VOLUME_CLAIMS), ['c']);
  assert.deepEqual(await names(rig, PERSISTENT_VOLUMES), ['v']);
  rig.verbs.resumeWatches();
  await rig.verbs.delete({ ...PODS, namespace: 'a', name: 'p' }, { gracePeriodSeconds: 0 });
  await eventually(async () => assert.deepEqual(await names(rig, PERSISTENT_VOLUME_CLAIMS), []));
  await rig.setStatus(PERSISTENT_VOLUMES, volumeOf('v'), { phase: 'Released' });
  await eventually(async () => assert.deepEqual(await names(rig, PERSISTENT_VOLUMES), []));
});

test('makes the claims of ephemeral volumes, again when one is deleted, and takes nobody else\u2019s', async () => {
  await using rig = startControllers([ephemeralVolumeController()]);
  const volumeClaimTemplate = { metadata: { labels: { a: 'b' } }, spec: claimOf('x').spec };
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('q-v'));
  await rig.create(PODS, podOf('q', { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate } }] }));
  const pod = await rig.create(PODS, podOf('p', { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate } }] }));
  await eventually(async () => assert.deepEqual(await names(rig, PERSISTENT_VOLUME_CLAIMS), ['p-v', 'q-v']));
  const [made, theirs] = await rig.list<Claim>(PERSISTENT_VOLUME_CLAIMS);
  assert.deepEqual([made!.metadata.labels, made!.spec], [{ a: 'b' }, claimOf('x').spec]);
  assert.deepEqual(made!.metadata.ownerReferences, [
    { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: pod.metadata.uid, controller: true, blockOwnerDeletion: true },
  ]);
  assert.equal(theirs!.metadata.ownerReferences, undefined);
  await rig.verbs.delete(refTo(PERSISTENT_VOLUME_CLAIMS, made!));
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    assert.deepEqual(await names(rig, PERSISTENT_VOLUME_CLAIMS), ['p-v', 'q-v']);
  });
});

test('grows our volumes with their claims and leaves the last step to the node; volumes of others are theirs to grow', async () => {
  await using rig = startControllers([volumeExpandController()]);
  const claim = (name: string): Claim => ({
    ...claimOf(
      name,
      { volumeName: name, resources: { requests: { storage: '5Gi' } } },
      { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
    ),
    status: { phase: 'Bound', capacity: { storage: '1Gi' } },
  });
  await rig.create(PERSISTENT_VOLUMES, volumeOf('ours', {}, { metadata: { annotations: MADE_BY_US } }));
  await rig.create(PERSISTENT_VOLUMES, volumeOf('theirs'));
  for (const name of ['theirs', 'ours']) await rig.create(PERSISTENT_VOLUME_CLAIMS, claim(name));
  await says(rig, /FileSystemResizeRequired Require file system resize of volume on node/);
  const sizes = (await rig.list<Volume>(PERSISTENT_VOLUMES)).map(({ spec }) => spec.capacity!.storage);
  assert.deepEqual(sizes, ['5Gi', '1Gi']);
  const [ours, theirs] = await rig.list<Claim>(PERSISTENT_VOLUME_CLAIMS);
  assert.deepEqual([ours!.status!.capacity!.storage, ours!.status!.conditions![0]!.type], ['1Gi', 'FileSystemResizePending']);
  assert.equal(theirs!.status!.conditions, undefined);
});

test('lets go of a deleted volume whose node is gone, and says what that means', async () => {
  await using rig = startControllers([lostVolumeController()]);
  await rig.create(NODES, nodeOf('n'));
  const metadata = { labels: { 'openshift.io/local-volume-node': 'n' }, finalizers: ['openshift.io/local-volume'] };
  await rig.create(PERSISTENT_VOLUMES, volumeOf('v', {}, { metadata }));
  await rig.verbs.delete({ ...PERSISTENT_VOLUMES, name: 'v' });
  await rig.verbs.clock.advance(5_000);
  assert.deepEqual(await names(rig, PERSISTENT_VOLUMES), ['v']);
  await rig.verbs.delete({ ...NODES, name: 'n' });
  await eventually(async () => assert.deepEqual(await names(rig, PERSISTENT_VOLUMES), []));
  await says(rig, /VolumeLost node "n" is gone: the folder of the volume is not removed/);
});
