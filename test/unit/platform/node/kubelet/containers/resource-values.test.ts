import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  cgroupLimits,
  oomScoreAdjust,
  qosClass,
  quantityValue,
} from '../../../../../../lib/platform/node/kubelet/containers/resource-values.ts';
import type { Container, ResourceRequirements } from '../../../../../../lib/platform/node/kubelet/types/container-types.ts';
import type { Pod } from '../../../../../../lib/platform/node/kubelet/types/pod-types.ts';

const container = (resources: ResourceRequirements = {}): Container => ({ name: 'c', resources });
const pod = (...containers: Container[]): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'n', uid: 'u' },
  spec: { containers },
});
const full = { limits: { cpu: '1', memory: '1Gi' } };

it('reads quantities', () => {
  assert.deepEqual(
    ['100m', '0.5', '1e3', '128Mi', '1k', '.5Gi', '2'].map(quantityValue),
    [0.1, 0.5, 1000, 134_217_728, 1000, 536_870_912, 2],
  );
  for (const bad of ['', 'x', '1 Gi', '1KI', '--1']) assert.ok(Number.isNaN(quantityValue(bad)), bad);
});

it('turns requests into shares and limits into quota', () => {
  assert.deepEqual(cgroupLimits(container()), { cpuShares: 2 });
  assert.deepEqual(cgroupLimits(container({ requests: { cpu: '250m' }, limits: { cpu: '500m', memory: '64Mi' } })), {
    cpuShares: 256,
    cpuQuota: 50_000,
    cpuPeriod: 100_000,
    memoryBytes: 67_108_864,
  });
  assert.equal(cgroupLimits(container({ limits: { cpu: '2' } })).cpuShares, 2048);
  assert.equal(cgroupLimits(container({ limits: { cpu: '1m' } })).cpuQuota, 1000);
});

it('classes pods and orders their deaths', () => {
  const burstable = container({ requests: { memory: '4Gi' } });
  assert.equal(qosClass(pod(container())), 'BestEffort');
  assert.equal(qosClass(pod(container(full))), 'Guaranteed');
  assert.equal(qosClass(pod(container(full), container())), 'Burstable');
  assert.equal(qosClass(pod(container({ ...full, requests: { cpu: '0.5' } }))), 'Burstable');
  const memory = 8 * 2 ** 30;
  assert.equal(oomScoreAdjust(pod(container(full)), container(full), memory), -997);
  assert.equal(oomScoreAdjust(pod(container()), container(), memory), 1000);
  assert.equal(oomScoreAdjust(pod(burstable), burstable, memory), 500);
  assert.equal(oomScoreAdjust(pod(burstable, container()), container(), memory), 999);
});
