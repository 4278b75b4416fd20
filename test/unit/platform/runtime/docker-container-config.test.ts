import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig } from '../../../../lib/platform/runtime/container-runtime.ts';
import { containerOptions } from '../../../../lib/platform/runtime/docker-container-config.ts';
import { containerConfig } from '../../../support/container-config.ts';

const hostConfig = (more: Partial<ContainerConfig> = {}) =>
  containerOptions('sandbox', containerConfig(more), { lowestOomScore: -1000 }).HostConfig!;

test('the limit of processes reaches Docker, which is told nothing where there is none', () => {
  assert.equal(hostConfig({ pidsLimit: 4096 }).PidsLimit, 4096);
  assert.equal('PidsLimit' in hostConfig(), false);
});

test("a container is in its sandbox's network and no other, whatever it may do", () => {
  for (const more of [{}, { privileged: true }, { capAdd: ['NET_ADMIN'] }])
    assert.equal(hostConfig(more).NetworkMode, 'container:sandbox');
});
