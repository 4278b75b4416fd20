import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { isReady, type KubeletRig, kubeletRig, PODS, serve, sh } from '../support/kubelet-rig.ts';

describe('kubelet on Docker: probes, hooks and ends', () => {
  let rig: KubeletRig;
  before(async () => {
    rig = await kubeletRig();
  });
  after(async () => {
    await rig[Symbol.asyncDispose]();
  });

  it('probes: unready at first, restarted when not alive', async () => {
    await rig.create('probed', {
      volumes: [{ name: 'd', emptyDir: {} }],
      containers: [
        {
          ...sh('trap "exit 0" TERM; sleep 1000 & wait'),
          volumeMounts: [{ name: 'd', mountPath: '/d' }],
          readinessProbe: { exec: { command: ['test', '-e', '/d/ready'] }, periodSeconds: 1, timeoutSeconds: 60 },
          livenessProbe: {
            exec: { command: ['test', '!', '-e', '/tmp/ill'] },
            initialDelaySeconds: 1,
            periodSeconds: 1,
            timeoutSeconds: 60,
            failureThreshold: 1,
          },
        },
      ],
    });
    const unready = await rig.status('probed', (status) => status.phase === 'Running' && !isReady(status));
    const id = unready.containerStatuses![0]!.containerID!.slice('docker://'.length);
    const run = async (...command: string[]) => (await rig.runtime.exec(id, { command, stdin: false, tty: false })).wait();
    await run('touch', '/d/ready');
    await rig.status('probed', isReady);
    await run('touch', '/tmp/ill');
    const restarted = await rig.status(
      'probed',
      (status) => status.containerStatuses?.[0]?.restartCount === 1 && isReady(status),
    );
    assert.notEqual(restarted.containerStatuses![0]!.containerID, `docker://${id}`);
    await eventually(async () => {
      const events = await rig.events('probed');
      assert.ok(events.includes('Killing: Container main failed liveness probe, will be restarted'), events.join('\n'));
      assert.ok(events.some((event) => event.startsWith('Unhealthy: Liveness probe failed:')));
    });
    await rig.client.delete({ ...PODS, name: 'probed' });
    await rig.gone('probed');
  });

  it('probes over HTTP and TCP by the address and by port name', async () => {
    await rig.create('http', {
      containers: [
        {
          ...serve,
          ports: [{ name: 'web', containerPort: 8080 }],
          startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 60 },
          readinessProbe: { httpGet: { port: 'web', path: '/index.html' }, periodSeconds: 1 },
        },
        {
          ...sh('trap "exit 0" TERM; sleep 1000 & wait'),
          name: 'bad',
          readinessProbe: { httpGet: { port: 8080, path: '/nope' }, periodSeconds: 1 },
        },
      ],
    });
    const status = await rig.status('http', (status) => status.containerStatuses?.[0]?.ready === true);
    assert.equal(status.containerStatuses![1]!.ready, false);
    assert.equal(status.conditions!.find(({ type }) => type === 'Ready')!.message, 'containers with unready status: [bad]');
    await eventually(async () =>
      assert.ok((await rig.events('http')).includes('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404')),
    );
    await rig.client.delete({ ...PODS, name: 'http' });
    await rig.gone('http');
  });

  it('runs hooks, and lets a container end in its grace', async () => {
    const volumeMounts = [{ name: 'd', mountPath: '/d' }];
    await rig.create('hooks', {
      terminationGracePeriodSeconds: 60,
      volumes: [{ name: 'd', hostPath: { path: rig.dataDir } }],
      containers: [
        {
          ...sh('trap "echo term >> /d/hooks; exit 0" TERM; sleep 1000 & wait'),
          lifecycle: {
            postStart: { exec: { command: ['sh', '-c', 'echo post >> /d/hooks'] } },
            preStop: { exec: { command: ['sh', '-c', 'sleep 0.3; echo pre >> /d/hooks'] } },
          },
          volumeMounts,
        },
      ],
    });
    await rig.status('hooks', (status) => status.phase === 'Running');
    await rig.client.delete({ ...PODS, name: 'hooks' });
    await rig.gone('hooks');
    const { readFileSync } = await import('node:fs');
    assert.equal(readFileSync(`${rig.dataDir}/hooks`, 'utf8'), 'post\npre\nterm\n');
  });

  it('kills what does not end, and sooner when told a second time', async () => {
    const stubborn = sh('trap "" TERM; while true; do sleep 1; done');
    await rig.create('stubborn', { terminationGracePeriodSeconds: 1, containers: [stubborn] });
    await rig.create('patient', { terminationGracePeriodSeconds: 600, containers: [stubborn] });
    for (const name of ['stubborn', 'patient']) await rig.status(name, (status) => status.phase === 'Running');
    const began = Date.now();
    await rig.client.delete({ ...PODS, name: 'stubborn' });
    await rig.client.delete({ ...PODS, name: 'patient' });
    await rig.gone('stubborn');
    assert.ok(Date.now() - began >= 1000);
    await rig.client.delete({ ...PODS, name: 'patient' }, { gracePeriodSeconds: 1 });
    await rig.gone('patient');
  });

  it('ends the containers of a pod that was deleted by force', async () => {
    await rig.create('forced', { containers: [sh('sleep 1000')] });
    await rig.status('forced', (status) => status.phase === 'Running');
    await rig.client.delete({ ...PODS, name: 'forced' }, { gracePeriodSeconds: 0 });
    await eventually(async () => {
      const left = (await rig.runtime.summaries({ 'io.openshift.node': rig.nodeName })).filter(({ name }) =>
        name.includes('_forced_'),
      );
      assert.equal(left.length, 0);
    });
  });
});
