import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { WEB_A, WEB_B } from '../support/images.ts';
import { askBare, isReady, type KubeletRig, kubeletRig, PODS, serve, sh } from '../support/kubelet-rig.ts';

describe('kubelet on Docker: the life of a pod', () => {
  let rig: KubeletRig;
  before(async () => {
    rig = await kubeletRig();
  });
  after(async () => {
    await rig[Symbol.asyncDispose]();
  });

  it('runs a pod that answers on its own address, and deletes it without a trace', async () => {
    await rig.create('web', { containers: [serve] });
    const status = await rig.status('web', (status) => status.phase === 'Running');
    assert.ok(isReady(status));
    assert.equal(status.containerStatuses![0]!.restartCount, 0);
    assert.match(status.containerStatuses![0]!.containerID!, /^docker:\/\/[0-9a-f]{64}$/);
    await eventually(async () => assert.match(await askBare(status.podIP!, 8080), /web-a web/));
    await eventually(async () =>
      assert.deepEqual(await rig.events('web'), [
        `Pulled: Container image "${WEB_A}" already present on machine`,
        'Created: Created container: main',
        'Started: Started container main',
      ]),
    );
    await rig.client.delete({ ...PODS, name: 'web' });
    await rig.gone('web');
    assert.deepEqual(await rig.containers(), []);
    assert.equal(rig.kubelet.pods.find('default', 'web')?.sandbox, undefined);
  });

  it('restarts what fails with CrashLoopBackOff and keeps the previous log', async () => {
    await rig.create('crash', { containers: [sh('echo run; exit 3')] });
    const status = await rig.status(
      'crash',
      (status) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    const [main] = status.containerStatuses!;
    assert.match(main!.state.waiting!.message!, /^back-off 10s restarting failed container=main pod=crash_default\(.+\)$/);
    assert.equal(main!.lastState.terminated!.exitCode, 3);
    assert.equal(main!.lastState.terminated!.reason, 'Error');
    assert.equal(main!.restartCount, 1);
    assert.equal(status.phase, 'Running');
    await eventually(async () => assert.equal(await rig.logs('crash', 'main', true), 'run\n'));
    await rig.client.delete({ ...PODS, name: 'crash' });
    await rig.gone('crash');
  });

  it('ends pods as their restart policy says', async () => {
    await rig.create('done', {
      restartPolicy: 'Never',
      containers: [sh('echo -n "all well" > /dev/termination-log')].map((c) => ({
        ...c,
        terminationMessagePath: '/dev/termination-log',
      })),
    });
    await rig.create('failed', {
      restartPolicy: 'OnFailure',
      containers: [sh('[ -e /data/x ] && exit 0; touch /data/x; exit 1')].map((c) => ({
        ...c,
        volumeMounts: [{ name: 'd', mountPath: '/data' }],
      })),
      volumes: [{ name: 'd', emptyDir: {} }],
    });
    const done = await rig.status('done', (status) => status.phase === 'Succeeded');
    assert.equal(done.containerStatuses![0]!.state.terminated!.message, 'all well');
    assert.equal(done.containerStatuses![0]!.state.terminated!.reason, 'Completed');
    assert.equal(done.conditions!.find(({ type }) => type === 'Ready')!.reason, 'PodCompleted');
    const failed = await rig.status('failed', (status) => status.phase === 'Succeeded');
    assert.equal(failed.containerStatuses![0]!.restartCount, 1);
    await eventually(async () => {
      const all = await rig.runtime.list({ 'io.openshift.node': rig.nodeName });
      assert.deepEqual(
        all.filter(({ name, status }) => status === 'running' && /done|failed/.test(name)),
        [],
      );
    });
  });

  it('runs init containers one after the other, and sidecars beside', async () => {
    const volumeMounts = [{ name: 'd', mountPath: '/data' }];
    await rig.create('init', {
      volumes: [{ name: 'd', emptyDir: {} }],
      initContainers: [
        { name: 'one', ...sh('echo one >> /data/order'), volumeMounts },
        {
          name: 'side',
          restartPolicy: 'Always',
          ...sh('echo side >> /data/order; trap "exit 0" TERM; sleep 1000 & wait'),
          volumeMounts,
        },
        // The one beside it has been started, and may take its time until it writes.
        { name: 'two', ...sh('until grep -q side /data/order; do sleep 0.1; done; echo two >> /data/order'), volumeMounts },
      ],
      containers: [{ ...sh('cat /data/order; trap "exit 0" TERM; sleep 1000 & wait'), volumeMounts }],
    });
    const status = await rig.status('init', (status) => status.phase === 'Running' && isReady(status));
    await eventually(async () => assert.equal(await rig.logs('init'), 'one\nside\ntwo\n'));
    assert.deepEqual(
      status.initContainerStatuses!.map(({ state }) => Object.keys(state)[0]),
      ['terminated', 'running', 'terminated'],
    );
    await rig.client.delete({ ...PODS, name: 'init' });
    await rig.gone('init');
  });

  it('fails the pod when an init container fails for good', async () => {
    await rig.create('noinit', {
      restartPolicy: 'Never',
      initContainers: [{ name: 'one', ...sh('exit 1') }],
      containers: [serve],
    });
    const status = await rig.status('noinit', (status) => status.phase === 'Failed');
    assert.equal(status.containerStatuses![0]!.state.waiting!.reason, 'PodInitializing');
  });

  it('replaces a container whose image is changed', async () => {
    await rig.create('upgraded', { containers: [serve] });
    await rig.status('upgraded', (status) => status.phase === 'Running');
    const pod = structuredClone(await rig.pod('upgraded'));
    pod['spec'].containers[0].image = WEB_B;
    delete pod.metadata.resourceVersion;
    await rig.client.update({ ...PODS, name: 'upgraded' }, pod);
    const status = await rig.status('upgraded', (status) => status.containerStatuses?.[0]?.image === WEB_B && isReady(status));
    assert.equal(status.containerStatuses![0]!.restartCount, 1);
    await eventually(async () => assert.match(await askBare(status.podIP!, 8080), /web-b upgraded/));
    await eventually(async () =>
      assert.ok((await rig.events('upgraded')).includes('Killing: Container main definition changed, will be restarted')),
    );
  });

  it('reports a container that used too much memory', async () => {
    await rig.create('hog', {
      restartPolicy: 'Never',
      containers: [{ ...sh('x=$(yes | head -c 100000000); sleep 1'), resources: { limits: { memory: '16Mi' } } }],
    });
    const status = await rig.status('hog', (status) => status.phase === 'Failed');
    assert.equal(status.containerStatuses![0]!.state.terminated!.reason, 'OOMKilled');
  });

  it('ends a pod that has outlived its deadline', async () => {
    await rig.create('late', { activeDeadlineSeconds: 1, containers: [sh('trap "exit 0" TERM; sleep 1000 & wait')] });
    const status = await rig.status('late', (status) => status.phase === 'Failed');
    assert.equal(status.reason, 'DeadlineExceeded');
    assert.equal(status.message, 'Pod was active on the node longer than the specified deadline');
  });
});
