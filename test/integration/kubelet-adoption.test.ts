import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { type KubeletRig, kubeletRig, PODS } from '../support/kubelet-rig.ts';

const sh = (script: string) => ({ command: ['sh', '-c', script] });
const forever = sh('trap "exit 0" TERM; sleep 1000 & wait');

/** Everything here happens while no kubelet runs, or behind its back. */
describe('a kubelet that comes back', () => {
  let rig: KubeletRig;
  before(async () => {
    rig = await kubeletRig();
  });
  after(async () => {
    await rig[Symbol.asyncDispose]();
  });
  const running = (name: string) =>
    rig.status(name, (status) => status.phase === 'Running' && status.containerStatuses?.every(({ ready }) => ready) === true);
  const engine = (name: string) => rig.runtime.list({ 'io.openshift.node': rig.nodeName, 'io.kubernetes.pod.name': name });

  it('adopts what runs, starts what ended, ends what is no longer wanted', async () => {
    await rig.create('kept', {
      volumes: [{ name: 'd', emptyDir: {} }],
      initContainers: [{ name: 'once', ...sh('echo once >> /d/log'), volumeMounts: [{ name: 'd', mountPath: '/d' }] }],
      containers: [
        { ...sh('cat /d/log; trap "exit 0" TERM; sleep 1000 & wait'), volumeMounts: [{ name: 'd', mountPath: '/d' }] },
      ],
    });
    await rig.create('died', { containers: [forever] });
    await rig.create('orphan', { containers: [forever] });
    await rig.create('deleted', { containers: [forever] });
    const kept = await running('kept');
    const died = await running('died');
    await running('deleted');
    const orphan = await rig.pod('orphan');
    await running('orphan');
    const before = (await engine('kept')).map(({ id }) => id).sort();

    await rig.stop();
    await rig.runtime.kill(died.containerStatuses![0]!.containerID!.slice('docker://'.length), 'KILL');
    await rig.client.delete({ ...PODS, name: 'orphan' }, { gracePeriodSeconds: 0 });
    await rig.client.delete({ ...PODS, name: 'deleted' });
    const leftover = join(rig.dataDir, 'pods', '11111111-2222-3333-4444-555555555555');
    mkdirSync(leftover);
    const [ipam] = readdirSync(join(rig.dataDir, 'network', 'ipam'));
    const leaked = join(rig.dataDir, 'network', 'ipam', ipam!, `${kept.podIP!.replace(/\.\d+$/, '')}.200`);
    writeFileSync(leaked, 'deadbeef\r\neth0');
    await rig.start();

    await rig.gone('deleted');
    await eventually(async () => assert.deepEqual(await engine('orphan'), []));
    await eventually(() => assert.equal(existsSync(join(rig.dataDir, 'pods', orphan.metadata.uid!)), false));
    await eventually(() => assert.equal(existsSync(leftover), false));
    await eventually(() => assert.equal(existsSync(leaked), false));
    const restarted = await rig.status(
      'died',
      (status) => status.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].ready,
    );
    assert.equal(restarted.podIP, died.podIP);
    assert.equal(restarted.containerStatuses![0]!.lastState.terminated!.exitCode, 137);
    assert.deepEqual((await engine('kept')).map(({ id }) => id).sort(), before);
    const adopted = await rig.status('kept', (status) => status.phase === 'Running');
    assert.equal(adopted.podIP, kept.podIP);
    assert.equal(adopted.containerStatuses![0]!.restartCount, 0);
    await eventually(async () => assert.equal(await rig.logs('kept'), 'once\n'));
  });

  it('gives a pod whose sandbox died a new one and keeps its counts', async () => {
    await rig.create('boxed', {
      initContainers: [{ name: 'once', ...sh('true') }],
      containers: [forever, { name: 'second', ...forever }],
    });
    const first = await running('boxed');
    const sandbox = rig.kubelet.pods.find('default', 'boxed')!.sandbox!;
    await rig.runtime.kill(sandbox.id, 'KILL');
    const second = await rig.status(
      'boxed',
      (status) => status.containerStatuses?.every(({ restartCount, ready }) => restartCount === 1 && ready) === true,
    );
    assert.notEqual(second.podIP, first.podIP);
    assert.equal(second.initContainerStatuses![0]!.state.terminated!.exitCode, 0);
    await rig.client.delete({ ...PODS, name: 'boxed' });
    await rig.gone('boxed');
    assert.deepEqual(await engine('boxed'), []);
  });

  it('removes nothing while it does not know what the API wants', async () => {
    await rig.create('safe', { containers: [forever] });
    await running('safe');
    await rig.stop();
    const { list } = rig.verbs;
    rig.verbs.list = () => Promise.reject(new Error('the API is away'));
    try {
      const started = rig.start();
      await started;
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal((await engine('safe')).filter(({ status }) => status === 'running').length, 2);
    } finally {
      rig.verbs.list = list;
    }
    await rig.client.delete({ ...PODS, name: 'safe' });
    await rig.gone('safe');
  });
});
