import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Pod } from '../../../../../../lib/platform/node/kubelet/types/pod-types.ts';
import type { PodStatus } from '../../../../../../lib/platform/node/kubelet/types/pod-status-types.ts';
import type { PodWorker } from '../../../../../../lib/platform/node/kubelet/pod-worker.ts';
import { eventually } from '../../../../../support/eventually.ts';
import { NodeUnderTest, PODS } from '../node-under-test.ts';

describe('a resize', () => {
  let node: NodeUnderTest;
  beforeEach(() => (node = new NodeUnderTest()));
  afterEach(() => node.stop());

  const sized = (cpu: string, memory: string, resizePolicy: object[] = []): object => ({
    containers: [
      {
        name: 'web',
        image: 'web:1',
        imagePullPolicy: 'IfNotPresent',
        resources: { requests: { cpu, memory }, limits: { memory } },
        resizePolicy,
      },
    ],
  });
  const resize = async (worker: PodWorker, spec: object): Promise<void> => {
    const pod = await node.read();
    worker.update(await node.client.update<Pod>({ ...PODS, name: 'p' }, { ...pod, spec: { ...pod.spec, ...spec } }));
  };
  const conditions = ({ conditions = [] }: PodStatus): string[] =>
    conditions
      .filter(({ type }) => type.startsWith('PodResize'))
      .map((one) => `${one.type} ${one.reason ?? ''}: ${one.message ?? ''}`);
  const isAllocated = (cpu: string) => (status: PodStatus) =>
    status.containerStatuses?.[0]?.allocatedResources?.['cpu'] === cpu && conditions(status).length === 0;

  it('changes the limits of the container as it runs, and says when it began and was done', async () => {
    const { worker, uid } = await node.begin(sized('500m', '64Mi'));
    await node.status(({ phase }) => phase === 'Running');
    await resize(worker, sized('1', '128Mi'));
    const { containerStatuses } = (await node.status(isAllocated('1'))) as PodStatus;
    assert.deepEqual(containerStatuses![0]!.resources, {
      requests: { cpu: '1', memory: '128Mi' },
      limits: { memory: '128Mi' },
    });
    assert.equal(containerStatuses![0]!.restartCount, 0);
    assert.deepEqual(node.runtime.calls.slice(4), [`update k8s_web_p_ns_${uid}_0 {"cpuShares":1024,"memoryBytes":134217728}`]);
    assert.deepEqual(
      node.events.slice(3).map((event) => event.split(':')[0]),
      ['Normal ResizeStarted Pod resize started', 'Normal ResizeCompleted Pod resize completed'],
    );
    assert.match(
      node.events.at(-1)!,
      /\{"containers":\[\{"name":"web","resources":\{"requests":\{"cpu":"1","memory":"128Mi"\},"limits":\{"memory":"128Mi"\}\}\}\]/,
    );
  });

  it('starts the container anew where its policy says so for what has changed', async () => {
    const policy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const { worker } = await node.begin(sized('500m', '64Mi', policy));
    await node.status(({ phase }) => phase === 'Running');
    await resize(worker, sized('1', '64Mi', policy));
    await node.status(isAllocated('1'));
    await resize(worker, sized('1', '128Mi', policy));
    await node.status(({ containerStatuses }) => containerStatuses![0]!.restartCount === 1);
    assert.ok(node.events.includes('Normal Killing Container web resize requires restart'), node.events.join('\n'));
    assert.equal(node.runtime.calls.filter((call) => call.startsWith('update')).length, 1);
  });

  it('waits for room: what never fits is infeasible, what may fit later comes when others leave', async () => {
    const { worker } = await node.begin(sized('500m', '64Mi'));
    await node.status(({ phase }) => phase === 'Running');
    node.context.allocations.add({ ...worker.pod, metadata: { ...worker.pod.metadata, uid: 'other' } });
    await resize(worker, sized('3', '64Mi'));
    const infeasible = (await node.status((of) => conditions(of).length > 0)) as PodStatus;
    assert.deepEqual(conditions(infeasible), [
      "PodResizePending Infeasible: Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000",
    ]);
    assert.equal(infeasible.containerStatuses![0]!.allocatedResources!['cpu'], '500m');
    await resize(worker, sized('1800m', '64Mi'));
    await node.status((of) => conditions(of)[0]?.includes('Deferred') === true);
    assert.match(
      node.events.at(-1)!,
      /Warning ResizeDeferred .*"error":"Node didn't have enough resource: cpu, requested: 1800, used: 500, capacity: 2000"/,
    );
    node.context.allocations.forget('other');
    await node.status(isAllocated('1800m'));
  });

  it('takes no memory away that is used, says so, and tries again', async () => {
    const { worker } = await node.begin(sized('500m', '64Mi'));
    await node.status(({ phase }) => phase === 'Running');
    node.runtime.memoryUsed = 50 * 2 ** 20;
    await resize(worker, sized('500m', '32Mi'));
    const stuck = (await node.status((of) => conditions(of)[0]?.includes('Error') === true)) as PodStatus;
    assert.deepEqual(conditions(stuck), [
      'PodResizeInProgress Error: cannot decrease memory limits: attempting to set container "web" memory limit (33554432) below current usage (52428800)',
    ]);
    assert.equal(stuck.containerStatuses![0]!.resources!.limits!['memory'], '67108864');
    node.runtime.memoryUsed = 2 ** 20;
    await eventually(() => assert.equal(node.clock.sleeping, 1));
    await node.clock.advance(15_000);
    await node.status(isAllocated('500m'));
    assert.ok(node.runtime.calls.some((call) => call.startsWith('update')));
  });

  it('is not tried for ever with an engine that does not do it', async () => {
    node.runtime.ignoreUpdates = true;
    const { worker } = await node.begin(sized('500m', '64Mi'));
    await node.status(({ phase }) => phase === 'Running');
    await resize(worker, sized('1', '64Mi'));
    await node.status(isAllocated('1'));
    await node.clock.advance(100_000);
    assert.equal(node.runtime.calls.filter((call) => call.startsWith('update')).length, 1);
  });

  it('that was not done when the kubelet ended goes on where it was', async () => {
    const first = await node.begin(sized('500m', '64Mi'));
    await node.status(({ phase }) => phase === 'Running');
    node.ending.abort();
    await first.run;
    node.restart();
    const pod = await node.read();
    const changed = await node.client.update<Pod>(
      { ...PODS, name: 'p' },
      { ...pod, spec: { ...pod.spec, ...sized('3', '64Mi') } },
    );
    node.takeOn(changed);
    const pending = (await node.status((of) => conditions(of).length > 0)) as PodStatus;
    assert.match(conditions(pending)[0]!, /^PodResizePending Infeasible/);
    assert.equal(pending.containerStatuses![0]!.allocatedResources!['cpu'], '500m');
    assert.ok(!node.runtime.calls.some((call) => call.startsWith('update')));
  });
});
