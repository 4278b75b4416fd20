import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dockerRuntime } from '../../lib/platform/runtime/docker.ts';
import { eventually } from '../support/eventually.ts';
import { WEB_A } from '../support/images.ts';
import { kubeletRig, PODS } from '../support/kubelet-rig.ts';
import { ownDockerd } from '../support/own-dockerd.ts';

const IMAGES = ['openshift/origin-pod:latest', WEB_A];
const serve = { command: ['/serve'] };
const ready = (status: { containerStatuses?: { ready: boolean }[] }): boolean => status.containerStatuses?.[0]?.ready === true;

describe('a restart of Docker', () => {
  it('is survived: pods get new sandboxes, their restarts counted, no address is lost', async () => {
    await using dockerd = await ownDockerd({ liveRestore: false, images: IMAGES });
    const runtime = dockerRuntime({ socketPath: dockerd.socketPath });
    await using rig = await kubeletRig({ runtime, log: 'silent' });
    await rig.create('web', { containers: [serve] });
    await rig.status('web', ready);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const before = await rig.status('web', ready);
      const { restartCount } = before.containerStatuses![0]!;
      await dockerd.stop(signal);
      await dockerd.start();
      const after = await rig.status(
        'web',
        // More than one more where the kubelet made a container that Docker, on its way out, did not start.
        (status) => (status.containerStatuses?.[0]?.restartCount ?? 0) > restartCount && ready(status),
        60_000,
      );
      assert.notEqual(after.containerStatuses![0]!.containerID, before.containerStatuses![0]!.containerID);
    }
    await rig.client.delete({ ...PODS, name: 'web' });
    await rig.gone('web', 30_000);
    assert.deepEqual(await rig.containers(), []);
  });

  it('changes nothing where containers outlive their daemon', async () => {
    await using dockerd = await ownDockerd({ liveRestore: true, images: IMAGES });
    const runtime = dockerRuntime({ socketPath: dockerd.socketPath });
    await using rig = await kubeletRig({ runtime, log: 'silent' });
    await rig.create('web', { containers: [serve] });
    const before = await rig.status('web', ready);
    await dockerd.stop('SIGKILL');
    const node = { group: '', version: 'v1', resource: 'nodes', name: rig.nodeName };
    const condition = async () =>
      ((await rig.client.get(node))['status'].conditions as { type: string; status: string }[]).find(
        ({ type }) => type === 'Ready',
      )!;
    await eventually(async () => assert.equal((await condition()).status, 'False'), { timeout: 30_000 });
    await dockerd.start();
    await eventually(async () => assert.equal((await condition()).status, 'True'), { timeout: 30_000 });
    const after = await rig.status('web', ready);
    assert.equal(after.containerStatuses![0]!.containerID, before.containerStatuses![0]!.containerID);
    assert.equal(after.containerStatuses![0]!.restartCount, 0);
    await rig.client.delete({ ...PODS, name: 'web' });
    await rig.gone('web', 30_000);
  });
});
