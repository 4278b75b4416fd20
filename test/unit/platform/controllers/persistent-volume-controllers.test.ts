import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persistentVolumeClaimController } from '../../../../lib/platform/controllers/persistent-volume-claim-controller.ts';
import { persistentVolumeController } from '../../../../lib/platform/controllers/persistent-volume-controller.ts';
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  refTo,
  STORAGE_CLASSES,
} from '../../../../lib/platform/controllers/resources.ts';
import type { Claim, Volume } from '../../../../lib/platform/controllers/volumes/volume-types.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';
import { claimOf, classOf, volumeOf } from '../../../support/volume-objects.ts';

const start = (): ControllerRig => startControllers([persistentVolumeClaimController(), persistentVolumeController()]);
const claims = async (rig: ControllerRig): Promise<string[]> =>
  (await rig.list<Claim>(PERSISTENT_VOLUME_CLAIMS)).map(
    ({ metadata, spec, status }) =>
      `${metadata.name} ${status?.phase} ${spec.volumeName ?? '-'} ${status?.capacity?.storage ?? '-'}`,
  );
const volumes = async (rig: ControllerRig): Promise<string[]> =>
  (await rig.list<Volume>(PERSISTENT_VOLUMES)).map(
    ({ metadata, spec, status }) => `${metadata.name} ${status?.phase} ${spec.claimRef?.name ?? '-'}`,
  );
const isNow = (read: () => Promise<string[]>, expected: string[]): Promise<unknown> =>
  eventually(async () => assert.deepEqual(await read(), expected));
const free = (name: string, spec: Partial<Volume['spec']> = {}): Volume => volumeOf(name, spec, { phase: 'Pending' });

test('binds a claim to a volume, whichever comes first, and tells both', async () => {
  await using rig = start();
  await rig.create(PERSISTENT_VOLUMES, free('v'));
  await isNow(() => volumes(rig), ['v Available -']);
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('early', { resources: { requests: { storage: '5Gi' } } }));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('c'));
  await isNow(() => claims(rig), ['c Bound v 1Gi', 'early Pending - -']);
  await isNow(() => volumes(rig), ['v Bound c']);
  await rig.create(PERSISTENT_VOLUMES, free('w', { capacity: { storage: '10Gi' } }));
  await isNow(() => claims(rig), ['c Bound v 1Gi', 'early Bound w 10Gi']);
  const [claim] = await rig.list<Claim>(PERSISTENT_VOLUME_CLAIMS);
  assert.deepEqual(claim!.metadata.annotations, {
    'pv.kubernetes.io/bind-completed': 'yes',
    'pv.kubernetes.io/bound-by-controller': 'yes',
  });
});

test('gives each of many claims a volume of its own, however late its cache is', async () => {
  await using rig = start();
  rig.verbs.pauseWatches('persistentvolumes');
  for (let n = 0; n < 10; n++) await rig.create(PERSISTENT_VOLUMES, volumeOf(`v${n}`));
  for (let n = 0; n < 10; n++) await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf(`c${n}`));
  rig.verbs.resumeWatches();
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    const bound = (await rig.list<Claim>(PERSISTENT_VOLUME_CLAIMS)).map(({ spec }) => spec.volumeName);
    assert.equal(new Set(bound.filter((name) => name !== undefined)).size, 10);
  });
});

test('keeps to names that both sides wrote, and says why a volume will not do', async () => {
  await using rig = start();
  await rig.create(PERSISTENT_VOLUMES, free('small', { capacity: { storage: '1Mi' } }));
  await rig.create(PERSISTENT_VOLUMES, free('kept', { claimRef: { namespace: 'a', name: 'later' }, storageClassName: 'slow' }));
  await isNow(() => volumes(rig), ['kept Available later', 'small Available -']);
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('named', { volumeName: 'small' }));
  await eventually(async () =>
    assert.deepEqual(await rig.events(), ['VolumeMismatch Cannot bind to requested volume "small": requested PV is too small']),
  );
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('later'));
  await isNow(() => claims(rig), ['later Bound kept 1Gi', 'named Pending small -']);
  const [kept] = await rig.list<Volume>(PERSISTENT_VOLUMES);
  assert.equal(kept!.metadata.annotations, undefined);
});

test('releases a volume whose claim is gone, and does what its policy says', async () => {
  await using rig = start();
  for (const policy of ['Retain', 'Recycle', 'Delete'] as const) {
    const name = policy.toLowerCase();
    await rig.create(PERSISTENT_VOLUMES, volumeOf(name, { persistentVolumeReclaimPolicy: policy }));
    await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf(name, { volumeName: name }));
  }
  const annotations = { 'pv.kubernetes.io/provisioned-by': 'openshift.io/local' };
  const local = volumeOf('local', { persistentVolumeReclaimPolicy: 'Delete' }, { metadata: { annotations } });
  await rig.create(PERSISTENT_VOLUMES, local);
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('local', { volumeName: 'local' }));
  const others = { 'pv.kubernetes.io/provisioned-by': 'example.com/disks' };
  await rig.create(
    PERSISTENT_VOLUMES,
    volumeOf('other', { persistentVolumeReclaimPolicy: 'Delete' }, { metadata: { annotations: others } }),
  );
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('other', { volumeName: 'other' }));
  await isNow(async () => (await claims(rig)).map((line) => line.split(' ')[1]!), Array(5).fill('Bound'));
  for (const claim of await rig.list(PERSISTENT_VOLUME_CLAIMS)) await rig.verbs.delete(refTo(PERSISTENT_VOLUME_CLAIMS, claim));
  await isNow(
    () => volumes(rig),
    ['delete Failed delete', 'other Released other', 'recycle Failed recycle', 'retain Released retain'],
  );
  await eventually(async () =>
    assert.deepEqual((await rig.events()).toSorted(), [
      'VolumeFailedDelete error getting deleter volume plugin for volume "delete": no deletable volume plugin matched',
      'VolumeFailedRecycle No recycler plugin found for the volume!',
    ]),
  );
});

test('deletes nothing because of a claim that only its cache has not seen', async () => {
  await using rig = start();
  const annotations = { 'pv.kubernetes.io/provisioned-by': 'openshift.io/local' };
  rig.verbs.pauseWatches('persistentvolumeclaims');
  const claim = await rig.create<Claim>(PERSISTENT_VOLUME_CLAIMS, claimOf('c', { volumeName: 'v' }));
  const claimRef = { namespace: 'a', name: 'c', uid: claim.metadata.uid! };
  await rig.create(
    PERSISTENT_VOLUMES,
    volumeOf('v', { claimRef, persistentVolumeReclaimPolicy: 'Delete' }, { metadata: { annotations } }),
  );
  await isNow(() => volumes(rig), ['v Bound c']);
});

test('calls a bound claim lost when its volume is gone, for good', async () => {
  await using rig = start();
  await rig.create(PERSISTENT_VOLUMES, volumeOf('v'));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('c'));
  await isNow(() => claims(rig), ['c Bound v 1Gi']);
  await rig.verbs.delete({ ...PERSISTENT_VOLUMES, name: 'v' });
  await isNow(() => claims(rig), ['c Lost v -']);
  await eventually(async () =>
    assert.deepEqual(await rig.events(), ['ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!']),
  );
});

test('asks the provisioner of the class, once, or waits for a pod', async () => {
  await using rig = start();
  await rig.create(STORAGE_CLASSES, classOf('fast'));
  await rig.create(STORAGE_CLASSES, classOf('lazy', { volumeBindingMode: 'WaitForFirstConsumer' }));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('now'));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('wait', { storageClassName: 'lazy' }));
  await eventually(async () => {
    const [now, wait] = await rig.list<Claim>(PERSISTENT_VOLUME_CLAIMS);
    assert.equal(now!.metadata.annotations?.['volume.kubernetes.io/storage-provisioner'], 'example.com/disks');
    assert.equal(wait!.metadata.annotations, undefined);
    assert.deepEqual((await rig.events()).map((event) => event.split(' ')[0]).toSorted(), [
      'ExternalProvisioning',
      'WaitForFirstConsumer',
    ]);
  });
  // The scheduler's word that a node is chosen.
  const ref = { ...PERSISTENT_VOLUME_CLAIMS, namespace: 'a', name: 'wait' };
  const body = { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'n' } } };
  await rig.verbs.patch(ref, 'application/merge-patch+json', body);
  await eventually(async () => {
    const { metadata } = await rig.verbs.get(ref);
    assert.equal(metadata.annotations?.['volume.kubernetes.io/storage-provisioner'], 'example.com/disks');
  });
  // What an external provisioner makes names its claim.
  const { metadata } = await rig.verbs.get(ref);
  const claimRef = { namespace: 'a', name: 'wait', uid: metadata.uid! };
  await rig.create(PERSISTENT_VOLUMES, free('made', { claimRef, storageClassName: 'lazy' }));
  await isNow(() => claims(rig), ['now Pending - -', 'wait Bound made 1Gi']);
});
