import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ContainerConfig, SandboxConfig } from '../../../../../lib/platform/runtime/container-runtime.ts';
import { containerLabels, engineName, sandboxLabels } from '../../../../../lib/platform/node/kubelet/container-labels.ts';
import { eventually } from '../../../../support/eventually.ts';
import { NodeUnderTest } from './node-under-test.ts';

describe('a kubelet that was killed', () => {
  let node: NodeUnderTest;
  beforeEach(() => (node = new NodeUnderTest()));
  afterEach(() => node.stop());

  for (const restartPolicy of ['Always', 'Never'])
    for (const killed of [
      'before its sandbox was started',
      'before its sandbox had an address',
      'before its container was started',
    ])
      it(`starts a pod with restartPolicy ${restartPolicy} after a kubelet that was killed ${killed}`, async () => {
        const { uid } = await node.begin({ restartPolicy }, async (pod) => {
          const sandboxId = await node.runtime.createSandbox({
            name: engineName(pod, 'POD', 0),
            image: 'pause',
            labels: sandboxLabels('n', pod, 0),
          } as SandboxConfig);
          if (killed !== 'before its sandbox was started') await node.runtime.startSandbox(sandboxId);
          if (killed === 'before its container was started') node.attached.set(sandboxId, '10.0.0.9');
          const [container] = pod.spec.containers;
          await node.runtime.createContainer(sandboxId, {
            name: engineName(pod, 'web', 0),
            image: 'web:1',
            labels: containerLabels({
              nodeName: 'n',
              pod,
              container: container!,
              sandboxId,
              attempt: 0,
              terminationLog: undefined,
            }),
          } as ContainerConfig);
        });
        await eventually(async () =>
          node.clock.advance(1000).then(async () => assert.equal((await node.read()).status?.phase, 'Running')),
        );
        const { containerStatuses } = (await node.read()).status!;
        assert.deepEqual(
          containerStatuses!.map(({ restartCount, ready }) => ({ restartCount, ready })),
          [{ restartCount: 0, ready: true }],
        );
        const attempt = killed === 'before its container was started' ? 0 : 1;
        await eventually(() => assert.deepEqual(node.runtime.names, [`k8s_POD_p_ns_${uid}_${attempt}`, `k8s_web_p_ns_${uid}_0`]));
        assert.equal(node.attached.size, 1);
        assert.ok(
          node.events.every((event) => event.startsWith('Normal')),
          node.events.join(),
        );
      });
});
