import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { SandboxConfig } from '../../../../../lib/platform/runtime/container-runtime.ts';
import type { PodStatus } from '../../../../../lib/platform/node/kubelet/types/pod-status-types.ts';
import { NodeUnderTest, PODS } from './node-under-test.ts';

describe('a pod that sets something of the kernel', () => {
  let node: NodeUnderTest;
  beforeEach(() => (node = new NodeUnderTest()));
  afterEach(() => node.stop());

  const setting = (name: string, more: object = {}) => ({ securityContext: { sysctls: [{ name, value: '1' }] }, ...more });
  for (const name of ['net.ipv4.tcp_syncookies', 'kernel.msgmax', 'kernel/msgmnb'])
    it(`runs with ${name}, which is safe or allowed`, async () => {
      const { uid } = await node.begin(setting(name));
      await node.status(({ phase }) => phase === 'Running');
      const { sysctls } = node.runtime.configs.get(`k8s_POD_p_ns_${uid}_0`) as SandboxConfig;
      assert.deepEqual(sysctls, { [name.replace('/', '.')]: '1' });
    });

  const forbidden: readonly [name: string, more: object, why: string][] = [
    ['fs.mqueue.msg_max', {}, '"fs.mqueue.msg_max" not allowlisted'],
    ['net.core.somaxconn', {}, '"net.core.somaxconn" not allowlisted'],
    ['kernel/core_pattern', {}, '"kernel.core_pattern" not allowlisted'],
    ['net.ipv4.tcp_syncookies', { hostNetwork: true }, '"net.ipv4.tcp_syncookies" not allowed with host Net enabled'],
    ['kernel.msgmax', { hostIPC: true }, '"kernel.msgmax" not allowed with host IPC enabled'],
  ];
  for (const [name, more, why] of forbidden)
    it(`is refused: ${why}`, async () => {
      const { worker, run } = await node.begin(setting(name, more));
      const failed = (await node.status(({ phase }) => phase === 'Failed')) as PodStatus;
      assert.equal(failed.reason, 'SysctlForbidden');
      assert.equal(failed.message, `Pod was rejected: forbidden sysctl: ${why}`);
      assert.equal(failed.containerStatuses, undefined);
      assert.deepEqual(node.events, [`Warning SysctlForbidden forbidden sysctl: ${why}`]);
      assert.deepEqual(node.runtime.names, []);
      const pod = await node.read();
      await node.client.delete({ ...PODS, name: 'p' }, { gracePeriodSeconds: 0 });
      worker.remove(pod);
      await run;
    });
});
