import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import type { PodStatus } from '../../../../../lib/platform/node/kubelet/types/pod-status-types.ts';
import { NodeUnderTest, PODS } from './node-under-test.ts';

describe('PodTermination', () => {
  let node: NodeUnderTest;
  beforeEach(() => (node = new NodeUnderTest()));
  afterEach(() => node.stop());

  it('deletes in order: stop, report, remove, and only then tell the API', async () => {
    const { worker, run, uid } = await node.begin({ terminationGracePeriodSeconds: 7 });
    await node.status(({ phase }) => phase === 'Running');
    node.runtime.calls.length = 0;
    await node.client.delete({ ...PODS, name: 'p' });
    worker.update(await node.read());
    let last: KubeObject | undefined;
    const { delete: remove } = node.verbs;
    node.verbs.delete = async (ref, options) => {
      last = await node.client.get({ ...PODS, name: 'p' });
      assert.deepEqual(node.runtime.names, []);
      assert.equal(node.attached.size, 0);
      assert.deepEqual(options, { gracePeriodSeconds: 0, preconditions: { uid } });
      return remove.call(node.verbs, ref, options);
    };
    await run;
    assert.equal(node.runtime.calls[0], `stop k8s_web_p_ns_${uid}_0 7000`);
    assert.equal((last!['status'] as PodStatus).containerStatuses![0]!.state.terminated!.exitCode, 143);
    await assert.rejects(node.read(), { message: 'pods "p" not found' });
  });

  it('ends a pod that the API no longer has without asking it for anything', async () => {
    const { worker, run } = await node.begin();
    await node.status(({ phase }) => phase === 'Running');
    const pod = await node.read();
    await node.client.delete({ ...PODS, name: 'p' }, { gracePeriodSeconds: 0 });
    const writes = node.verbs.writes.length;
    worker.remove(pod);
    await run;
    assert.deepEqual(node.runtime.names, []);
    assert.equal(node.verbs.writes.length, writes);
  });
});
