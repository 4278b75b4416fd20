import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Pod } from '../../../../lib/platform/controllers/core-types.ts';
import {
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  refTo,
  STORAGE_CLASSES,
} from '../../../../lib/platform/controllers/resources.ts';
import { scheduler } from '../../../../lib/platform/controllers/scheduler/scheduler.ts';
import type { Claim, Volume } from '../../../../lib/platform/controllers/volumes/volume-types.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';
import { claimOf, classOf, nodeOf, only, volumeOf } from '../../../support/volume-objects.ts';

const SELECTED = 'volume.kubernetes.io/selected-node';
const podOf = (name: string, claims: readonly string[], spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'a' },
  spec: {
    containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }],
    volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
    ...spec,
  },
});
const LAZY = classOf('fast', { volumeBindingMode: 'WaitForFirstConsumer' });

async function start(...nodes: string[]): Promise<ControllerRig> {
  const rig = startControllers([scheduler()]);
  for (const name of nodes) await rig.create(NODES, nodeOf(name));
  await rig.create(STORAGE_CLASSES, LAZY);
  return rig;
}

const places = async (rig: ControllerRig): Promise<string[]> =>
  (await rig.list<Pod>(PODS)).map(({ metadata, spec }) => `${metadata.name}@${spec.nodeName ?? ''}`);
const placed = (rig: ControllerRig, expected: string[]): Promise<unknown> =>
  eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    assert.deepEqual(await places(rig), expected);
  });
const says = (rig: ControllerRig, expected: string): Promise<unknown> =>
  eventually(async () =>
    assert.ok(
      (await rig.events()).includes(`FailedScheduling 0/1 nodes are available: ${expected}.`),
      (await rig.events()).join('\n'),
    ),
  );
const claimNamed = (rig: ControllerRig, name: string): Promise<Claim> =>
  rig.verbs.get<Claim>({ ...PERSISTENT_VOLUME_CLAIMS, namespace: 'a', name });

/** As the claim controller does once a volume is there. */
async function bindTo(rig: ControllerRig, name: string, volume: Volume): Promise<void> {
  await rig.create(PERSISTENT_VOLUMES, volume);
  const claim = await claimNamed(rig, name);
  const annotations = { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' };
  await rig.verbs.update(refTo(PERSISTENT_VOLUME_CLAIMS, claim), {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...claim.spec, volumeName: volume.metadata.name! },
  });
}

const bound = (name: string, volumeName: string, spec: Partial<Claim['spec']> = {}): Claim =>
  claimOf(name, { volumeName, ...spec }, { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } });

test('sends a pod where its volume is', async () => {
  await using rig = await start('m', 'n', 'o');
  await rig.create(PERSISTENT_VOLUMES, volumeOf('v', { nodeAffinity: only('n') }));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, bound('c', 'v'));
  await rig.create(PODS, podOf('p', ['c']));
  await placed(rig, ['p@n']);
});

for (const [what, prepare, expected] of [
  [
    'a volume elsewhere',
    [
      [PERSISTENT_VOLUMES, volumeOf('v', { nodeAffinity: only('m') })],
      [PERSISTENT_VOLUME_CLAIMS, bound('c', 'v')],
    ],
    '1 node(s) had volume node affinity conflict',
  ],
  [
    'a volume that is gone',
    [[PERSISTENT_VOLUME_CLAIMS, bound('c', 'v')]],
    '1 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
  ],
  ['no claim', [], 'persistentvolumeclaim "c" not found'],
  [
    'a claim that waits for nobody',
    [[PERSISTENT_VOLUME_CLAIMS, claimOf('c', { storageClassName: 'none' })]],
    'pod has unbound immediate PersistentVolumeClaims',
  ],
  [
    'a claim that is lost',
    [[PERSISTENT_VOLUME_CLAIMS, { ...bound('c', 'v'), status: { phase: 'Lost' } }]],
    'persistentvolumeclaim "c" bound to non-existent persistentvolume "v"',
  ],
  [
    'a claim that is going',
    [[PERSISTENT_VOLUME_CLAIMS, claimOf('c', {}, { deletionTimestamp: '2020-01-01T00:00:00Z' })]],
    'persistentvolumeclaim "c" is being deleted',
  ],
  [
    'nobody who makes volumes',
    [
      [
        STORAGE_CLASSES,
        classOf('by-hand', { volumeBindingMode: 'WaitForFirstConsumer', provisioner: 'kubernetes.io/no-provisioner' }),
      ],
      [PERSISTENT_VOLUME_CLAIMS, claimOf('c', { storageClassName: 'by-hand' })],
    ],
    "1 node(s) didn't find available persistent volumes to bind",
  ],
] as [string, [typeof PODS, KubeObject][], string][])
  test(`says so when there is ${what}`, async () => {
    await using rig = await start('n');
    for (const [of, object] of prepare) await rig.create(of, object);
    await rig.create(PODS, podOf('p', ['c']));
    await says(rig, expected);
    assert.deepEqual(await places(rig), ['p@']);
  });

test('waits for the claim of an ephemeral volume, and for one of its own', async () => {
  await using rig = await start('n');
  await rig.create(PODS, podOf('p', [], { volumes: [{ name: 'v', ephemeral: {} }] }));
  await says(rig, 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"');
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('p-v'));
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    await says(rig, 'PVC "a/p-v" was not created for pod "a/p" (pod is not owner)');
  });
});

test('selects a node for what is to be made, keeps the room there, and binds the pod when the volume has come', async () => {
  await using rig = await start('n');
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('c'));
  await rig.create(PODS, podOf('first', ['c'], { containers: [{ name: 'c', resources: { requests: { cpu: '1500m' } } }] }));
  await eventually(async () => assert.equal((await claimNamed(rig, 'c')).metadata.annotations?.[SELECTED], 'n'));
  await rig.create(PODS, podOf('second', []));
  await says(rig, '1 Insufficient cpu');
  assert.deepEqual(await places(rig), ['first@', 'second@']);
  await bindTo(rig, 'c', volumeOf('v', { nodeAffinity: only('n') }));
  await placed(rig, ['first@n', 'second@']);
});

test('chooses again when the provisioner takes the choice back, and when the volume has come elsewhere', async () => {
  await using rig = await start('n');
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('c'));
  await rig.create(PODS, podOf('p', ['c']));
  const selected = (node: string): Promise<unknown> =>
    eventually(async () => {
      await rig.verbs.clock.advance(1_000);
      assert.equal((await claimNamed(rig, 'c')).metadata.annotations?.[SELECTED], node);
    });
  await selected('n');
  await rig.create(NODES, nodeOf('m'));
  await rig.verbs.patch({ ...NODES, name: 'n' }, 'application/merge-patch+json', { spec: { unschedulable: true } });
  const body = { metadata: { annotations: { [SELECTED]: null } } };
  await rig.verbs.patch({ ...PERSISTENT_VOLUME_CLAIMS, namespace: 'a', name: 'c' }, 'application/merge-patch+json', body);
  await selected('m');
  await rig.create(NODES, nodeOf('o'));
  await bindTo(rig, 'c', volumeOf('v', { nodeAffinity: only('o') }));
  await placed(rig, ['p@o']);
});

test('gives up waiting for a volume after ten minutes, says so, and tries again', async () => {
  await using rig = await start('n');
  await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf('c'));
  await rig.create(PODS, podOf('p', ['c']));
  await eventually(async () => assert.equal((await claimNamed(rig, 'c')).metadata.annotations?.[SELECTED], 'n'));
  await eventually(async () => {
    await rig.verbs.clock.advance(60_000);
    assert.ok((await rig.events()).includes('FailedScheduling binding volumes: context deadline exceeded'));
  });
  assert.ok(rig.verbs.clock.now() >= Date.UTC(2020, 0, 1, 0, 10));
  await bindTo(rig, 'c', volumeOf('v'));
  await placed(rig, ['p@n']);
});

test('chooses volumes made by hand, a different one for each of many pods, on nodes that reach them', async () => {
  await using rig = await start('m', 'n');
  for (let n = 0; n < 4; n++)
    await rig.create(PERSISTENT_VOLUMES, volumeOf(`v${n}`, { nodeAffinity: only(n % 2 === 0 ? 'm' : 'n') }));
  rig.verbs.pauseWatches('persistentvolumes');
  for (let n = 0; n < 4; n++) {
    await rig.create(PERSISTENT_VOLUME_CLAIMS, claimOf(`c${n}`));
    await rig.create(PODS, podOf(`p${n}`, [`c${n}`], { containers: [{ name: 'c' }] }));
  }
  rig.verbs.resumeWatches();
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    const holders = (await rig.list<Volume>(PERSISTENT_VOLUMES)).map(({ spec }) => spec.claimRef?.name).toSorted();
    assert.deepEqual(holders, ['c0', 'c1', 'c2', 'c3']);
  });
  const selected = await Promise.all([0, 1, 2, 3].map((n) => claimNamed(rig, `c${n}`)));
  assert.deepEqual(
    selected.map(({ metadata }) => metadata.annotations?.[SELECTED]),
    Array(4).fill(undefined),
  );
});

test('lets one pod at a time have a claim for a single pod', async () => {
  await using rig = await start('n');
  await rig.create(PERSISTENT_VOLUMES, volumeOf('v'));
  await rig.create(PERSISTENT_VOLUME_CLAIMS, bound('c', 'v', { accessModes: ['ReadWriteOncePod'] }));
  await rig.create(PODS, podOf('first', ['c']));
  await placed(rig, ['first@n']);
  await rig.create(PODS, podOf('second', ['c']));
  await says(rig, '1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode');
  await rig.verbs.delete({ ...PODS, namespace: 'a', name: 'first' }, { gracePeriodSeconds: 0 });
  await placed(rig, ['second@n']);
});
