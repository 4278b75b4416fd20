import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relayName } from '../../../../../../lib/platform/node/builds/relay-name.ts';
import { type NodeFacts, nodeStatus } from '../../../../../../lib/platform/node/kubelet/node-status/node-object.ts';
import type { ImageInfo } from '../../../../../../lib/platform/runtime/container-runtime.ts';

const image = (size: number, tags: readonly string[], digests: readonly string[] = []): ImageInfo => ({
  id: `sha256:${size}`,
  tags,
  digests,
  size,
  user: '',
  entrypoint: [],
  command: [],
});

const facts = (images: readonly ImageInfo[]): NodeFacts => ({
  name: 'n',
  addresses: ['192.0.2.7'],
  podCIDR: '10.128.0.0/23',
  port: 10250,
  maxPods: 110,
  volumesDir: '/volumes',
  capacity: { cpuMillis: 2000, memoryBytes: 1 << 30, ephemeralBytes: 1 << 30 } as unknown as NodeFacts['capacity'],
  system: {} as NodeFacts['system'],
  version: 'v1',
  runtimeVersion: 'docker://1',
  images,
  pressures: { memory: false, disk: false, pid: false } as unknown as NodeFacts['pressures'],
  notReady: undefined,
  now: 0,
});

test('a node tells of its images, the largest first, and of no name by which one is being pushed', () => {
  const secret = relayName(40_123, 'ab'.repeat(20), 'latest');
  const pushed = image(3, [secret, 'shop/web:1'], [`${secret.replace(':latest', '')}@sha256:${'1'.repeat(64)}`]);
  const { images } = nodeStatus(facts([image(1, ['a:1']), image(2, [secret]), image(4, []), pushed]), []) as { images: unknown };
  assert.deepEqual(images, [
    { names: ['shop/web:1'], sizeBytes: 3 },
    { names: ['a:1'], sizeBytes: 1 },
  ]);
});
