import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig } from '../../../../../../lib/platform/runtime/container-runtime.ts';
import { NodeUnderTest } from '../node-under-test.ts';

/** What the engine is told of a container's processes, under the node's limit. */
async function pidsLimit(podPidsLimit: number): Promise<number | undefined> {
  const node = new NodeUnderTest();
  try {
    node.context = { ...node.context, podPidsLimit };
    const { uid } = await node.begin();
    await node.status(({ phase }) => phase === 'Running');
    return (node.runtime.configs.get(`k8s_web_p_ns_${uid}_0`) as ContainerConfig).pidsLimit;
  } finally {
    await node.stop();
  }
}

test('a container has no more processes than the node lets each have, so that none takes them from all others', async () => {
  assert.equal(await pidsLimit(4096), 4096);
  assert.equal(await pidsLimit(0), undefined);
});
