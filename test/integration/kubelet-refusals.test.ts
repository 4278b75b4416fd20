import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type KubeletRig, kubeletRig, PODS, serve } from '../support/kubelet-rig.ts';

describe('kubelet on Docker: what cannot be run', () => {
  let rig: KubeletRig;
  before(async () => {
    rig = await kubeletRig();
  });
  after(async () => {
    await rig[Symbol.asyncDispose]();
  });

  it('reports images that cannot be had', async () => {
    await rig.create('nopull', { containers: [{ image: 'oo-test/not-there:1', imagePullPolicy: 'Never' }] });
    await rig.create('badname', { containers: [{ image: 'UPPER case', imagePullPolicy: 'Never' }] });
    await rig.create('unreachable', { containers: [{ image: '127.0.0.1:1/x/y:1', imagePullPolicy: 'Always' }] });
    const waiting = async (name: string, reason: string) =>
      (await rig.status(name, (status) => status.containerStatuses?.[0]?.state.waiting?.reason === reason)).containerStatuses![0]!
        .state.waiting!;
    // At once: what is waited for last would have been there, and gone, meanwhile.
    const [nopull] = await Promise.all([
      waiting('nopull', 'ErrImageNeverPull'),
      waiting('badname', 'InvalidImageName'),
      waiting('unreachable', 'ErrImagePull').then(() => waiting('unreachable', 'ImagePullBackOff')),
    ]);
    assert.equal(nopull.message, 'Container image "oo-test/not-there:1" is not present with pull policy of Never');
    for (const name of ['nopull', 'badname', 'unreachable']) await rig.client.delete({ ...PODS, name });
    for (const name of ['nopull', 'badname', 'unreachable']) await rig.gone(name);
  });

  it('says why a command cannot be run', async () => {
    await rig.create('nocmd', { restartPolicy: 'Never', containers: [{ command: ['/nope'] }] });
    const status = await rig.status('nocmd', (status) => status.phase === 'Failed');
    const ended = status.containerStatuses![0]!.state.terminated!;
    assert.equal(ended.reason, 'ContainerCannotRun');
    assert.equal(ended.exitCode, 127);
    assert.match(ended.message!, /exec: "\/nope": stat \/nope: no such file or directory/);
  });

  it('refuses to run as root what must not', async () => {
    await rig.create('root', { securityContext: { runAsNonRoot: true }, containers: [serve] });
    const status = await rig.status(
      'root',
      (status) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    assert.match(
      status.containerStatuses![0]!.state.waiting!.message!,
      /^container has runAsNonRoot and image will run as root \(pod: "root_default\(.+\)", container: main\)$/,
    );
    await rig.client.delete({ ...PODS, name: 'root' });
    await rig.gone('root');
  });
});
