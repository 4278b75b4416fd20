import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { KubeObject } from '../../../../../../lib/platform/api/meta.ts';
import { newServiceUnavailable } from '../../../../../../lib/platform/api/status-error.ts';
import type { Client } from '../../../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../../../lib/platform/client/in-process-client.ts';
import type { Claim, Volume } from '../../../../../../lib/platform/controllers/volumes/volume-types.ts';
import { PodDirs } from '../../../../../../lib/platform/node/kubelet/pod-dirs.ts';
import type { Pod } from '../../../../../../lib/platform/node/kubelet/types/pod-types.ts';
import { ClaimedVolumes } from '../../../../../../lib/platform/node/kubelet/volumes/claimed-volumes.ts';
import { setUpPersistentVolume } from '../../../../../../lib/platform/node/kubelet/volumes/persistent-volume.ts';
import { tearDownPod } from '../../../../../../lib/platform/node/kubelet/volumes/pod-volumes.ts';
import { finishGrowth } from '../../../../../../lib/platform/node/kubelet/volumes/volume-growth.ts';
import { VolumeFolders } from '../../../../../../lib/platform/node/volumes/volume-folders.ts';
import { FakeVerbs } from '../../../../../support/fake-verbs.ts';
import { claimOf, nodeOf, only, volumeOf } from '../../../../../support/volume-objects.ts';

const CLAIMS = { group: '', version: 'v1', resource: 'persistentvolumeclaims', namespace: 'a' } as const;
const VOLUMES = { group: '', version: 'v1', resource: 'persistentvolumes' } as const;
const NAME = 'pvc-3b8f5f1a-4716-4735-a45c-32d9211d3df7';
const GROUP = 4321;

let dir: string;
let verbs: FakeVerbs;
let client: Client;
let claims: ClaimedVolumes;
let folders: VolumeFolders;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'oo-claimed-'));
  verbs = new FakeVerbs();
  client = inProcessClient(verbs, 'system:node:n');
  claims = new ClaimedVolumes(client, 'n');
  folders = new VolumeFolders(join(dir, 'volumes'));
  await verbs.create({ group: '', version: 'v1', resource: 'nodes' }, nodeOf('n'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const podOf = (spec: object = {}, uid = 'u'): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'a', uid },
    spec: { containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }], ...spec },
  }) as unknown as Pod;
const setUp = (pod = podOf()): Promise<{ path: string; readOnly: boolean } | undefined> =>
  setUpPersistentVolume(new PodDirs(join(dir, 'node')), pod, 'v', { claims, folders, onReady: () => Promise.resolve() });

/** A claim that is bound to a volume with that source. */
async function bound(
  spec: Partial<Volume['spec']>,
  more: { name?: string; metadata?: object; claim?: object } = {},
): Promise<void> {
  const name = more.name ?? 'disk';
  const claim = { ...claimOf('c', { volumeName: name }), status: { phase: 'Bound', capacity: { storage: '1Gi' } } };
  const made = await verbs.create(CLAIMS, { ...claim, metadata: { ...claim.metadata, ...more.claim } } as KubeObject);
  const { hostPath: _source, ...base } = volumeOf(name).spec;
  await verbs.create(VOLUMES, {
    ...volumeOf(name),
    metadata: { name, ...more.metadata },
    spec: { ...base, claimRef: { uid: made.metadata.uid! }, ...spec },
  });
}
const ours = (path = join(dir, 'volumes', NAME)): Promise<void> =>
  bound(
    { local: { path }, nodeAffinity: only('n') },
    {
      name: NAME,
      metadata: {
        labels: { 'openshift.io/local-volume-node': 'n' },
        annotations: { 'pv.kubernetes.io/provisioned-by': 'openshift.io/local' },
      },
    },
  );

test('makes the folder of a volume of ours, and gives it to the group of each pod that begins', async () => {
  await ours();
  const path = join(dir, 'volumes', NAME);
  assert.deepEqual(await setUp(podOf({ securityContext: { fsGroup: GROUP } })), { path, readOnly: false });
  assert.deepEqual([statSync(path).gid, statSync(path).mode & 0o7777], [GROUP, 0o2777]);
  // What the pod's containers make of it stays theirs; the next pod may be of another group.
  writeFileSync(join(path, 'file'), '');
  chmodSync(join(path, 'file'), 0o600);
  await setUp(podOf({ securityContext: { fsGroup: GROUP } }));
  assert.equal(statSync(join(path, 'file')).mode & 0o777, 0o600);
  await setUp(podOf({ securityContext: { fsGroup: GROUP, fsGroupChangePolicy: 'OnRootMismatch' } }, 'second'));
  assert.equal(statSync(join(path, 'file')).mode & 0o777, 0o600);
  await setUp(podOf({ securityContext: { fsGroup: GROUP + 1 } }, 'third'));
  assert.deepEqual([statSync(join(path, 'file')).gid, statSync(join(path, 'file')).mode & 0o777], [GROUP + 1, 0o660]);
});

test('knows which pods have a volume until nothing of them is left', async () => {
  const dirs = new PodDirs(join(dir, 'node'));
  await ours();
  assert.equal(await dirs.uses(NAME), false);
  await setUp();
  assert.deepEqual([await dirs.uses(NAME), await dirs.uses(NAME.replace('pvc-3', 'pvc-4'))], [true, false]);
  await tearDownPod(dirs, 'u');
  assert.equal(await dirs.uses(NAME), false);
});

test('makes no folder for a volume that only says to be ours', async () => {
  await ours(join(dir, 'elsewhere'));
  await assert.rejects(setUp(), /path ".*elsewhere" does not exist/);
  assert.equal(existsSync(join(dir, 'elsewhere')), false);
  assert.equal(existsSync(folders.root), false);
});

test('a folder that somebody made is taken as it is, and given to the group; a host path is not', async () => {
  mkdirSync(join(dir, 'disk'));
  await bound({ local: { path: join(dir, 'disk') }, nodeAffinity: only('n') });
  const before = statSync(dir).gid;
  assert.equal((await setUp(podOf({ securityContext: { fsGroup: GROUP } })))!.path, join(dir, 'disk'));
  assert.equal(statSync(join(dir, 'disk')).gid, GROUP);
  await verbs.delete({ ...CLAIMS, name: 'c' });
  await bound({ hostPath: { path: join(dir, 'host'), type: 'DirectoryOrCreate' } }, { name: 'host' });
  assert.equal((await setUp(podOf({ securityContext: { fsGroup: GROUP } }, 'second')))!.path, join(dir, 'host'));
  assert.equal(statSync(join(dir, 'host')).gid, before);
});

test('may be read only by the pod\u2019s own wish', async () => {
  await bound({ hostPath: { path: dir } });
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'c', readOnly: true } }];
  assert.equal((await setUp(podOf({ volumes })))!.readOnly, true);
});

for (const [what, prepare, expected] of [
  ['no claim', () => Promise.resolve(), /error processing PVC a\/c: failed to fetch PVC from API server: .*"c" not found/],
  ['a claim that is not bound', () => verbs.create(CLAIMS, claimOf('c')), /error processing PVC a\/c: PVC is not bound/],
  [
    'a claim that is going',
    () => bound({ hostPath: { path: '/' } }, { claim: { deletionTimestamp: '2020-01-01T00:00:00Z' } }),
    /PVC is being deleted/,
  ],
  [
    'no volume',
    () => verbs.create(CLAIMS, { ...claimOf('c', { volumeName: 'gone' }), status: { phase: 'Bound' } }),
    /failed to fetch PV gone from API server/,
  ],
  ['a volume of another claim', () => bound({ claimRef: { uid: 'other' } }), /ClaimRef\.UID other does not point to claim\.UID/],
  [
    'a volume of another node',
    () => bound({ local: { path: '/' }, nodeAffinity: only('m') }),
    /MountVolume\.NodeAffinity check failed for volume "disk" : no matching NodeSelectorTerms/,
  ],
  ['a volume of another kind', () => bound({ nfs: { server: 's', path: '/' } }), /no volume plugin matched name: nfs/],
  ['a device', () => bound({ local: { path: '/tmp' }, volumeMode: 'Block' }), /path "\/tmp" is not a block device/],
] as [string, () => Promise<unknown>, RegExp][])
  test(`says what is wrong with ${what}`, async () => {
    await prepare();
    await assert.rejects(setUp(), expected);
  });

test('an ephemeral volume is its own pod\u2019s alone', async () => {
  const volumes = [{ name: 'v', ephemeral: {} }];
  await verbs.create(CLAIMS, { ...claimOf('p-v'), status: { phase: 'Bound' } });
  await assert.rejects(setUp(podOf({ volumes })), /PVC "a\/p-v" was not created for pod "a\/p" \(pod is not owner\)/);
});

test('a pod keeps the volume that it has while its claim is going and while the API is away; a new one gets none', async () => {
  await ours();
  await setUp();
  await verbs.patch({ ...CLAIMS, name: 'c' }, 'application/merge-patch+json', { metadata: { finalizers: ['x'] } });
  await verbs.delete({ ...CLAIMS, name: 'c' });
  assert.ok(await setUp());
  await assert.rejects(setUp(podOf({}, 'second')), /PVC is being deleted/);
  // Remembered by another daemon than the one that set it up.
  claims = new ClaimedVolumes(client, 'n');
  assert.ok(await setUp());
  verbs.get = () => Promise.reject(newServiceUnavailable('down'));
  assert.ok(await setUp());
  await assert.rejects(setUp(podOf({}, 'second')), /failed to fetch PVC from API server/);
  claims.forget('u');
  await assert.rejects(setUp(), /failed to fetch PVC from API server/);
});

test('what is known of a volume is nothing against the word that it is gone', async () => {
  await ours();
  await setUp();
  await verbs.delete({ ...VOLUMES, name: NAME });
  await assert.rejects(setUp(), /failed to fetch PV/);
});

test('a device is not mounted, and a folder is no device', async () => {
  const mounted = { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] };
  const raw = { containers: [{ name: 'c', volumeDevices: [{ name: 'v', devicePath: '/dev/v' }] }] };
  await bound({ local: { path: '/dev/null' }, volumeMode: 'Block' });
  await assert.rejects(setUp(podOf(mounted)), /volume v has volumeMode Block, but is specified in volumeMounts/);
  await assert.rejects(setUp(podOf(raw)), /path "\/dev\/null" is not a block device/);
  await verbs.delete({ ...CLAIMS, name: 'c' });
  await bound({ hostPath: { path: dir } }, { name: 'folder' });
  await assert.rejects(setUp(podOf(raw)), /volume v has volumeMode Filesystem, but is specified in volumeDevices/);
  assert.ok(await setUp(podOf(mounted)));
});

test('ends the growth of a claim once', async () => {
  await ours();
  await verbs.patch({ ...VOLUMES, name: NAME }, 'application/merge-patch+json', { spec: { capacity: { storage: '3Gi' } } });
  const conditions = [
    { type: 'FileSystemResizePending', status: 'True' },
    { type: 'Mine', status: 'True' },
  ];
  await verbs.patch({ ...CLAIMS, name: 'c', subresource: 'status' }, 'application/merge-patch+json', { status: { conditions } });
  const look = async (): Promise<boolean> => finishGrowth((await claims.find(podOf(), 'v', false))!, client);
  assert.equal(await look(), true);
  const { status } = await verbs.get<Claim>({ ...CLAIMS, name: 'c' });
  assert.deepEqual([status!.capacity, status!.conditions], [{ storage: '3Gi' }, [conditions[1]]]);
  assert.equal(await look(), false);
});
