import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { IN_TIME } from '../support/kubectl.ts';
import { runCommand } from '../support/run-command.ts';
import { claim, claimVolume, podWith } from '../support/volume-manifests.ts';
import { startVolumeRig } from '../support/volume-rig.ts';

const rig = await startVolumeRig();
const { platform, kubectl, folders, ready, remove, volumeOf, told, foldersGone } = rig;
after(() => rig.stop());

describe('persistent volumes on Docker', () => {
  it('has a default class, and says what a claim waits for', async () => {
    assert.match(
      await kubectl.text('get', 'storageclass'),
      /^NAME +PROVISIONER +RECLAIMPOLICY +VOLUMEBINDINGMODE +ALLOWVOLUMEEXPANSION +AGE\nlocal \(default\) +openshift\.io\/local +Delete +WaitForFirstConsumer +true +\S+$/,
    );
    await kubectl.create(claim('data'));
    await told('data', /WaitForFirstConsumer +waiting for first consumer to be created before binding/);
    assert.match(await kubectl.text('get', 'pvc', 'data', '--no-headers'), /^data +Pending +local +<unset> +\S+$/);
  });

  it('makes a volume on the node of the first pod, which may write to it as any user of its group', async () => {
    const script = 'id -G > /data/groups; echo kept > /data/file';
    const spec = { securityContext: { runAsUser: 1234, runAsGroup: 1234, fsGroup: 4321 } };
    await kubectl.create(podWith('writer', [claimVolume('data', 'data')], script, { spec }));
    await ready('writer');
    const volume = await volumeOf('data');
    assert.match(volume, /^pvc-[0-9a-f-]{36}$/);
    await eventually(async () =>
      assert.match(
        await kubectl.text('get', 'pv,pvc', '--no-headers'),
        new RegExp(
          `^persistentvolume/${volume} +1Gi +RWO +Delete +Bound +default/data +local +<unset> +\\S+\n+persistentvolumeclaim/data +Bound +${volume} +1Gi +RWO +local +<unset> +\\S+$`,
        ),
      ),
    );
    await eventually(async () => {
      const described = await kubectl.text('describe', 'pvc', 'data');
      assert.match(described, /Finalizers: +\[kubernetes\.io\/pvc-protection\]\nCapacity: +1Gi\nAccess Modes: +RWO/);
      assert.match(described, /Used By: +writer/);
      assert.match(described, new RegExp(`ProvisioningSucceeded .*Successfully provisioned volume ${volume}`));
    });
    const text = await kubectl.text('describe', 'pv', volume);
    assert.match(text, new RegExp(`Term 0: +kubernetes.io/hostname in \\[${platform.nodeName}\\]`));
    assert.match(text, new RegExp(`Type: +LocalVolume .*\n +Path: +${folders}/${volume}`));
    await eventually(() => {
      assert.match(readFileSync(join(folders, volume, 'groups'), 'utf8'), /\b4321\b/);
      assert.equal(statSync(join(folders, volume, 'file')).gid, 4321);
    });
    assert.equal(statSync(folders).mode & 0o777, 0o700);
  });

  it('keeps a claim while a pod uses it, starts no other pod on it, and removes the folder when both are gone', async () => {
    const volume = await volumeOf('data');
    await kubectl(['delete', 'pvc', 'data', '--wait=false']);
    assert.match(await kubectl.text('get', 'pvc', 'data', '--no-headers'), /^data +Terminating /);
    await kubectl.create(podWith('late', [claimVolume('data', 'data')], 'true'));
    await told('late', /FailedScheduling +0\/1 nodes are available: persistentvolumeclaim "data" is being deleted\./);
    assert.equal(readFileSync(join(folders, volume, 'file'), 'utf8'), 'kept\n');
    await remove('pod', 'writer', 'late');
    await kubectl(['wait', '--for=delete', 'pvc/data', `pv/${volume}`, IN_TIME]);
    await foldersGone();
  });

  it('keeps data over the pod, a restart of the container and one of the daemon; containers go on meanwhile', async () => {
    await kubectl.create(claim('lasting'));
    const script = 'date +%N >> /data/starts';
    await kubectl.create(podWith('first', [claimVolume('data', 'lasting')], script));
    await ready('first');
    const file = join(folders, await volumeOf('lasting'), 'starts');
    const starts = (): number => readFileSync(file, 'utf8').trim().split('\n').length;
    await eventually(() => assert.equal(starts(), 1));
    await platform.kill('SIGTERM');
    await platform.start();
    // The API answers before the node does; the container may end before the command that ends it does.
    await eventually(
      async () => {
        const { code } = await kubectl(['exec', 'first', '--', 'sh', '-c', 'kill 1'], { anyCode: true });
        assert.ok(code === 0 || code === 137, `exec ended with ${code}`);
      },
      { timeout: 30_000 },
    );
    await eventually(() => assert.equal(starts(), 2), { timeout: 30_000 });
    await remove('pod', 'first');
    await kubectl.create(podWith('second', [claimVolume('data', 'lasting', true)], 'touch /data/more 2>&1 || echo refused'));
    await ready('second');
    assert.equal(await kubectl.text('exec', 'second', '--', 'cat', '/data/starts'), readFileSync(file, 'utf8').trimEnd());
    await eventually(async () => assert.match((await kubectl.text('logs', 'second')).trim(), /Read-only file system\nrefused$/));
    await remove('pod', 'second');
    await remove('pvc', 'lasting');
    await foldersGone();
  });

  it('grows a claim: first what was asked, then, when a pod has started, what there is', async () => {
    await kubectl.create(claim('growing'));
    const grow = (size: string): string[] => [
      'patch',
      'pvc',
      'growing',
      '-p',
      `{"spec":{"resources":{"requests":{"storage":"${size}"}}}}`,
    ];
    assert.match(
      await kubectl.failure(grow('2Gi')),
      /spec is immutable after creation except resources\.requests .* for bound claims/,
    );
    await kubectl.create(podWith('grower', [claimVolume('data', 'growing')], 'true'));
    await ready('grower');
    await kubectl(grow('2Gi'));
    await told('growing', /FileSystemResizeRequired +Require file system resize of volume on node/);
    await eventually(async () =>
      assert.match(
        await kubectl.text('describe', 'pvc', 'growing'),
        /FileSystemResizePending +True .*Waiting for user to \(re-\)start a pod to finish file system resize of volume on node\./,
      ),
    );
    // The container may end before the command that ends it does.
    await kubectl(['exec', 'grower', '--', 'sh', '-c', 'kill 1'], { anyCode: true });
    await told('grower', /FileSystemResizeSuccessful +MountVolume\.NodeExpandVolume succeeded for volume "pvc-/);
    await eventually(async () => {
      assert.match(await kubectl.text('get', 'pvc', 'growing', '--no-headers'), / 2Gi +RWO /);
      assert.doesNotMatch(await kubectl.text('describe', 'pvc', 'growing'), /FileSystemResizePending/);
    });
    assert.match(await kubectl.failure(grow('1Gi')), /field can not be less than status\.capacity/);
    await remove('pod', 'grower');
    await remove('pvc', 'growing');
  });

  it('lets one pod alone have a claim that says so', async () => {
    await kubectl.create(claim('single', { accessModes: ['ReadWriteOncePod'] }));
    await kubectl.create(podWith('owner', [claimVolume('data', 'single')], 'true'));
    await ready('owner');
    await kubectl.create(podWith('waiter', [claimVolume('data', 'single')], 'true'));
    await told(
      'waiter',
      /FailedScheduling +0\/1 nodes are available: 1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode\./,
    );
    await remove('pod', 'owner');
    await ready('waiter');
    await remove('pod', 'waiter');
    await remove('pvc', 'single');
  });

  it('makes claims of ephemeral volumes, and takes them away with their pod', async () => {
    const volumeClaimTemplate = { metadata: { labels: { of: 'scratch' } }, spec: (claim('x') as { spec: object }).spec };
    await kubectl.create(podWith('brief', [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }], 'echo hi > /scratch/file'));
    await ready('brief');
    const made = await kubectl.json('get', 'pvc', 'brief-scratch');
    assert.equal(made.metadata.labels!['of'], 'scratch');
    assert.equal(made.metadata.ownerReferences![0]!.name, 'brief');
    await remove('pod', 'brief');
    await kubectl(['wait', '--for=delete', 'pvc/brief-scratch', IN_TIME]);
    await foldersGone();
  });

  it('serves stateful sets: each pod has its own data again; what is scaled away goes where the policy says so', async () => {
    const { spec } = podWith('db', [], 'hostname >> /data/names', { mounts: [{ name: 'data', mountPath: '/data' }] }) as {
      spec: object;
    };
    await kubectl(['create', 'namespace', 'shop']);
    await kubectl.create(
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db' },
        spec: {
          replicas: 2,
          serviceName: 'db',
          selector: { matchLabels: { app: 'db' } },
          persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' },
          template: { metadata: { labels: { app: 'db' } }, spec: { ...spec, volumes: [] } },
          volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: (claim('data') as { spec: object }).spec }],
        },
      },
      '-n',
      'shop',
    );
    const settled = (): Promise<unknown> => kubectl(['-n', 'shop', 'rollout', 'status', 'sts/db', '--timeout=200s']);
    await settled();
    await kubectl(['-n', 'shop', 'delete', 'pod', 'db-0', 'db-1']);
    await settled();
    // What the set tells may be of the pods before.
    await eventually(
      async () => assert.equal(await kubectl.text('-n', 'shop', 'exec', 'db-1', '--', 'cat', '/data/names'), 'db-1\ndb-1'),
      { timeout: 30_000 },
    );
    await kubectl(['-n', 'shop', 'scale', 'sts/db', '--replicas=1']);
    await kubectl(['-n', 'shop', 'wait', '--for=delete', 'pvc/data-db-1', IN_TIME]);
    await kubectl(['-n', 'shop', 'delete', 'sts', 'db']);
    assert.match(await kubectl.text('-n', 'shop', 'get', 'pvc', '--no-headers'), /^data-db-0 +Bound [^\n]*$/);
    await remove('namespace', 'shop');
    await foldersGone();
    await eventually(async () => assert.equal(await kubectl.text('get', 'pv', '-o', 'name'), ''));
  });

  it('leaves volumes on the disk at `openshift node cleanup`', async () => {
    await kubectl.create(claim('left'));
    await kubectl.create(podWith('leaver', [claimVolume('data', 'left')], 'echo kept > /data/file'));
    await ready('leaver');
    const file = join(folders, await volumeOf('left'), 'file');
    await eventually(() => assert.equal(readFileSync(file, 'utf8'), 'kept\n'));
    await platform.kill('SIGTERM');
    const config = join(platform.dataDir, '..', 'config.yaml');
    await runCommand([
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      'bin/openshift.ts',
      'node',
      'cleanup',
      '--config',
      config,
    ]);
    assert.equal(readFileSync(file, 'utf8'), 'kept\n');
    await platform.start();
    await ready('leaver');
    // What is told may be of the container before; the next one writes it anew.
    await eventually(() => assert.equal(readFileSync(file, 'utf8'), 'kept\n'));
  });
});
