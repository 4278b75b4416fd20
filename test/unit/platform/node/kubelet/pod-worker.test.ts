import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { newConflict } from '../../../../../lib/platform/api/status-error.ts';
import type { PodStatus } from '../../../../../lib/platform/node/kubelet/types/pod-status-types.ts';
import { RuntimeError } from '../../../../../lib/platform/runtime/runtime-error.ts';
import { eventually } from '../../../../support/eventually.ts';
import { NodeUnderTest, CONFIGMAPS, PODS } from './node-under-test.ts';

describe('PodWorker', () => {
  let node: NodeUnderTest;
  beforeEach(() => (node = new NodeUnderTest()));
  afterEach(() => node.stop());

  it('starts a pod in the order that its parts need, and reports it', async () => {
    const { uid } = await node.begin();
    await node.status(({ phase }) => phase === 'Running');
    const name = (container: string) => `k8s_${container}_p_ns_${uid}_0`;
    assert.deepEqual(node.runtime.calls, [
      `create-sandbox ${name('POD')}`,
      `start-sandbox ${name('POD')}`,
      `create ${name('web')}`,
      `start ${name('web')}`,
    ]);
    assert.deepEqual(node.events, [
      'Normal Pulled Container image "web:1" already present on machine',
      'Normal Created Created container: web',
      'Normal Started Started container web',
    ]);
  });

  it('says nothing bad of a pod while the engine is away, and goes on when it is back', async () => {
    node.runtime.reject = () => new RuntimeError('unavailable', 'Cannot connect to the Docker daemon');
    await node.begin();
    await eventually(() => node.clock.sleeping > 0);
    node.runtime.reject = () => undefined;
    await node.clock.advance(1000);
    await node.status(({ phase }) => phase === 'Running');
    assert.ok(
      node.events.every((event) => event.startsWith('Normal')),
      node.events.join(),
    );
  });

  it('tells of a sandbox that has no network, removes it, and tries again', async () => {
    const { add } = node.context.network;
    node.context.network.add = () => Promise.reject(new Error('no addresses left'));
    const { uid } = await node.begin();
    await eventually(() => node.clock.sleeping > 0 && node.events.length > 0);
    assert.match(
      node.events.at(-1)!,
      /^Warning FailedCreatePodSandBox Failed to create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container "id0" network for pod "p": networkPlugin cni failed to set up pod "p_ns" network: no addresses left$/,
    );
    assert.deepEqual(node.runtime.names, []);
    node.context.network.add = add;
    await node.clock.advance(5000);
    await node.status(({ phase }) => phase === 'Running');
    assert.deepEqual(node.runtime.names, [`k8s_POD_p_ns_${uid}_0`, `k8s_web_p_ns_${uid}_0`]);
  });

  it('restarts with back-off and keeps one ended container', async () => {
    const { worker, uid } = await node.begin();
    await node.status(({ phase }) => phase === 'Running');
    const die = async (attempt: number): Promise<void> => {
      node.runtime.exit(`k8s_web_p_ns_${uid}_${attempt}`, 1);
      worker.nudge();
    };
    await die(0);
    await node.status(({ containerStatuses }) => containerStatuses![0]!.restartCount === 1 && containerStatuses![0]!.ready);
    await die(1);
    const waiting = (await node.status(
      ({ containerStatuses }) => containerStatuses![0]!.state.waiting !== undefined,
    )) as PodStatus;
    assert.equal(waiting.containerStatuses![0]!.state.waiting!.reason, 'CrashLoopBackOff');
    await eventually(() => node.clock.sleeping > 0);
    await node.clock.advance(9_000);
    assert.equal((await node.read()).status!.containerStatuses![0]!.restartCount, 1);
    await node.clock.advance(1_500);
    await node.status(({ containerStatuses }) => containerStatuses![0]!.restartCount === 2 && containerStatuses![0]!.ready);
    await eventually(() =>
      assert.deepEqual(node.runtime.names, [`k8s_POD_p_ns_${uid}_0`, `k8s_web_p_ns_${uid}_1`, `k8s_web_p_ns_${uid}_2`]),
    );
    assert.ok(
      node.events.some((event) => event === `Warning BackOff Back-off restarting failed container web in pod p_ns(${uid})`),
    );
  });

  it('keeps conditions of others when its own write loses', async () => {
    const { worker, uid } = await node.begin();
    await node.status(({ phase }) => phase === 'Running');
    const gate = { type: 'example.com/gate', status: 'True' };
    const before = await node.read();
    await node.client.update(
      { ...PODS, name: 'p', subresource: 'status' },
      { ...before, status: { ...before.status, conditions: [...before.status!.conditions!, gate] } },
    );
    let conflicts = 0;
    node.verbs.reject = (action, ref) =>
      action === 'update' && ref.subresource === 'status' && conflicts++ === 0 ? newConflict(ref, 'p', 'late') : undefined;
    node.runtime.exit(`k8s_web_p_ns_${uid}_0`, 1);
    worker.nudge();
    const after = (await node.status(({ containerStatuses }) => containerStatuses![0]!.restartCount === 1)) as PodStatus;
    assert.ok(after.conditions!.some(({ type }) => type === 'example.com/gate'));
    assert.ok(conflicts > 0);
  });

  it('brings config maps and node.tokens of a running pod up to date', async () => {
    await node.client.create(CONFIGMAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { key: 'old' } });
    const { uid } = await node.begin({
      volumes: [
        { name: 'cm', configMap: { name: 'c' } },
        { name: 'tok', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 1000 } }] } },
      ],
    });
    await node.status(({ phase }) => phase === 'Running');
    const file = (kind: string, volume: string, path: string): string =>
      readFileSync(join(node.dirs.volume(uid, kind, volume), path), 'utf8');
    assert.equal(file('configmap', 'cm', 'key'), 'old');
    assert.equal(file('projected', 'tok', 'token'), 't1');
    await node.client.patch({ ...CONFIGMAPS, name: 'c' }, 'application/merge-patch+json', { data: { key: 'new' } });
    await eventually(() => node.clock.sleeping > 0);
    for (let i = 0; i < 3; i++) await node.clock.advance(80_000);
    await eventually(() => assert.equal(file('configmap', 'cm', 'key'), 'new'));
    assert.equal(file('projected', 'tok', 'token'), 't1');
    for (let i = 0; i < 9; i++) {
      await eventually(() => node.clock.sleeping > 0);
      await node.clock.advance(80_000);
    }
    await eventually(() => assert.equal(file('projected', 'tok', 'token'), 't2'));
  });
});
