import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { IN_TIME } from '../support/kubectl.ts';
import { runCommand } from '../support/run-command.ts';
import { claim, claimVolume, podWith } from '../support/volume-manifests.ts';
import { startVolumeRig } from '../support/volume-rig.ts';

const rig = await startVolumeRig();
const { platform, kubectl, folders, outside, ready, remove, volumeOf, told, foldersGone } = rig;
after(() => rig.stop());

describe('volumes made by hand, and hostile ones', () => {
  it('binds volumes that were made by hand, and does with them what their policy says', async () => {
    const volume = (name: string, policy: string, spec: object): object => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name, labels: { disk: name } },
      spec: {
        capacity: { storage: '5Gi' },
        accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
        storageClassName: 'manual',
        persistentVolumeReclaimPolicy: policy,
        ...spec,
      },
    });
    const here = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [platform.nodeName] }] };
    mkdirSync(join(outside, 'disk'));
    const local = { local: { path: join(outside, 'disk') }, nodeAffinity: { required: { nodeSelectorTerms: [here] } } };
    await kubectl.create(volume('kept', 'Retain', local));
    await kubectl.create(
      volume('undeletable', 'Delete', { hostPath: { path: join(outside, 'host'), type: 'DirectoryOrCreate' } }),
    );
    const picky = (name: string): object =>
      claim(name, { storageClassName: 'manual', selector: { matchLabels: { disk: name } } });
    await kubectl.create(picky('kept'));
    await kubectl.create(picky('undeletable'));
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/kept', 'pvc/undeletable', IN_TIME]);
    const volumes = [claimVolume('kept', 'kept'), claimVolume('host', 'undeletable')];
    await kubectl.create(
      podWith('manual', volumes, 'echo 1 > /kept/file; echo 2 > /part/file', {
        mounts: [
          { name: 'kept', mountPath: '/kept' },
          { name: 'host', mountPath: '/part', subPath: 'a/b' },
        ],
      }),
    );
    await ready('manual');
    await eventually(() => {
      assert.equal(readFileSync(join(outside, 'disk', 'file'), 'utf8'), '1\n');
      assert.equal(readFileSync(join(outside, 'host', 'a', 'b', 'file'), 'utf8'), '2\n');
    });
    await remove('pod', 'manual');
    await remove('pvc', 'kept', 'undeletable');
    await told(
      'undeletable',
      /VolumeFailedDelete +error getting deleter volume plugin for volume "undeletable": no deletable volume plugin matched/,
    );
    await eventually(async () =>
      assert.match(
        await kubectl.text('get', 'pv', '--no-headers'),
        /^kept +5Gi +RWO,ROX +Retain +Released +default\/kept +manual .*\nundeletable +5Gi +RWO,ROX +Delete +Failed +default\/undeletable /,
      ),
    );
    assert.equal(readFileSync(join(outside, 'disk', 'file'), 'utf8'), '1\n');
    await remove('pv', 'kept', 'undeletable');
  });

  it('gives a block device to a container under the name that it wants, and no folder in its place', async () => {
    const device = join(outside, 'device');
    // Nothing has to stand behind the numbers for the container to have the device.
    await runCommand(['mknod', device, 'b', '7', '200']);
    const nodeAffinity = {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [platform.nodeName] }] },
        ],
      },
    };
    const block = { storageClassName: 'raw', volumeMode: 'Block' };
    await kubectl.create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'raw' },
      spec: { ...block, capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], local: { path: device }, nodeAffinity },
    });
    await kubectl.create(claim('raw', block));
    const devices = { volumeDevices: [{ name: 'raw', devicePath: '/dev/xvda' }] };
    const script = 'stat -c "%F %t:%T" /dev/xvda';
    const pod = podWith('raw', [claimVolume('raw', 'raw')], script, { mounts: [] }) as { spec: { containers: object[] } };
    pod.spec.containers = pod.spec.containers.map((container) => ({ ...container, ...devices }));
    await kubectl.create(pod);
    await ready('raw');
    await eventually(async () => assert.equal(await kubectl.text('logs', 'raw'), 'block special file 7:c8'));
    await kubectl.create(podWith('mounter', [claimVolume('raw', 'raw')], 'true'));
    await told('mounter', /FailedMount .*volume raw has volumeMode Block, but is specified in volumeMounts/);
    await remove('pod', 'raw', 'mounter');
    await remove('pvc', 'raw');
    await remove('pv', 'raw');
  });

  it('follows no link out of a volume, when it gives it to a group nor when it removes it', async () => {
    const secret = join(outside, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, 'file'), 'mine');
    await kubectl.create(claim('hostile'));
    await kubectl.create(podWith('attacker', [claimVolume('data', 'hostile')], `ln -s ${secret} /data/link; ln -s / /data/root`));
    await ready('attacker');
    const links = join(folders, await volumeOf('hostile'));
    await eventually(() => assert.deepEqual(readdirSync(links).sort(), ['link', 'root']));
    const before = statSync(secret);
    await remove('pod', 'attacker');
    const spec = { securityContext: { fsGroup: 4444 } };
    await kubectl.create(podWith('next', [claimVolume('data', 'hostile')], 'true', { spec }));
    await ready('next');
    assert.equal(statSync(secret).gid, before.gid);
    const through = podWith('through', [claimVolume('data', 'hostile')], 'true', {
      mounts: [{ name: 'data', mountPath: '/data', subPath: 'link' }],
    });
    await kubectl.create(through);
    await told('through', /Failed +Error: .*subpath "link" not within volume path|failed to prepare subPath/);
    await remove('pod', 'next', 'through');
    await remove('pvc', 'hostile');
    await foldersGone();
    assert.equal(readFileSync(join(secret, 'file'), 'utf8'), 'mine');
  });

  it('keeps a folder whose volume is put in its place by a link', async () => {
    await kubectl.create(claim('moved'));
    await kubectl.create(podWith('mover', [claimVolume('data', 'moved')], 'true'));
    await ready('mover');
    const folder = join(folders, await volumeOf('moved'));
    await remove('pod', 'mover');
    const target = join(outside, 'target');
    mkdirSync(target);
    writeFileSync(join(target, 'file'), 'mine');
    rmSync(folder, { recursive: true });
    symlinkSync(target, folder);
    await kubectl.create(podWith('mover', [claimVolume('data', 'moved')], 'true'));
    await told('mover', /FailedMount +MountVolume\.SetUp failed for volume "data" : .* is not a folder/);
    await remove('pod', 'mover');
    await remove('pvc', 'moved');
    await foldersGone();
    assert.equal(readFileSync(join(target, 'file'), 'utf8'), 'mine');
  });

  it('tells in Kubernetes\u2019 words what is wrong with claims', async () => {
    await kubectl.create(claim('nowhere', { storageClassName: '' }));
    await kubectl.create(claim('unknown', { storageClassName: 'gone' }));
    await kubectl.create(claim('block', { volumeMode: 'Block' }));
    await told('nowhere', /FailedBinding +no persistent volumes available for this claim and no storage class is set/);
    await told('unknown', /ProvisioningFailed +storageclass\.storage\.k8s\.io "gone" not found/);
    await kubectl.create(podWith('astray', [claimVolume('a', 'nowhere')], 'true'));
    await told('astray', /0\/1 nodes are available: pod has unbound immediate PersistentVolumeClaims\./);
    await kubectl.create(podWith('missing', [claimVolume('a', 'none')], 'true'));
    await told('missing', /0\/1 nodes are available: persistentvolumeclaim "none" not found\./);
    await kubectl.create(podWith('blocked', [claimVolume('a', 'block')], 'true', { mounts: [] }));
    await told(
      'block',
      /ProvisioningFailed +failed to provision volume with StorageClass "local": openshift\.io\/local does not support block/,
    );
    await remove('pod', 'astray', 'missing', 'blocked');
    await remove('pvc', 'nowhere', 'unknown', 'block');
  });
});
