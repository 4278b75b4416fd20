import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, kubeconfigPath } = await useNamespace('resize');

const sized = (cpu: string, memory: string): object => ({
  requests: { cpu, memory },
  limits: { cpu: '300m', memory: '200Mi' },
});
const patchOf = (resources: object): string => JSON.stringify({ spec: { containers: [{ name: 'web', resources }] } });
const patch = (name: string, resources: object): Promise<string> =>
  kubectl.text('patch', 'pod', name, '--subresource', 'resize', '-p', patchOf(resources));
const refused = (name: string, resources: object): Promise<string> =>
  kubectl.failure(['patch', 'pod', name, '--subresource=resize', '-p', patchOf(resources)]);
/** Bytes, as the kernel has it: cgroup v2 or v1. */
const memoryLimit = (name: string): Promise<string> =>
  kubectl.text(
    'exec',
    name,
    '--',
    'sh',
    '-c',
    'cd /sys/fs/cgroup; cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes',
  );
const cpuQuota = (name: string): Promise<string> =>
  kubectl.text('exec', name, '--', 'sh', '-c', 'cd /sys/fs/cgroup; cat cpu.max 2>/dev/null || cat cpu/cpu.cfs_quota_us');
const status = async (name: string): Promise<KubeObject['status']> => (await kubectl.json('get', 'pod', name))['status'];
const resizeConditions = async (name: string): Promise<{ type: string; reason?: string; message?: string }[]> =>
  ((await status(name))['conditions'] as { type: string }[]).filter(({ type }) => type.startsWith('PodResize'));

before(async () => {
  const policy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
  await kubectl.create(webPod('web', { container: { resources: sized('50m', '50Mi') } }));
  await kubectl.create(webPod('anew', { container: { resources: sized('50m', '50Mi'), resizePolicy: policy } }));
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', 'pod/anew', IN_TIME]);
});

test('patch --subresource resize changes what a container may use, and it goes on running', async () => {
  const before = await kubectl.text('exec', 'web', '--', 'cat', '/proc/sys/kernel/random/boot_id', '/proc/1/stat');
  assert.equal(await memoryLimit('web'), String(200 * 2 ** 20));
  assert.equal(await patch('web', { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '256Mi' } }), 'pod/web patched');
  await eventually(async () => {
    assert.equal(await memoryLimit('web'), String(256 * 2 ** 20));
    assert.match(await cpuQuota('web'), /^50000\b/);
    const [container] = (await status('web'))['containerStatuses'];
    assert.deepEqual(container.resources, {
      limits: { cpu: '500m', memory: '256Mi' },
      requests: { cpu: '100m', memory: '50Mi' },
    });
    assert.deepEqual([container.allocatedResources, container.restartCount], [{ cpu: '100m', memory: '50Mi' }, 0]);
    assert.deepEqual(await resizeConditions('web'), []);
  });
  const after = await kubectl.text('exec', 'web', '--', 'cat', '/proc/sys/kernel/random/boot_id', '/proc/1/stat');
  // The 22nd field: when the process began.
  assert.equal(after.split(' ')[21], before.split(' ')[21]);
  await eventually(async () => {
    const events = await kubectl.text('events', '--for', 'pod/web');
    assert.match(events, /Normal +ResizeStarted +Pod\/web +Pod resize started: \{"containers":\[\{"name":"web","resources":/);
    assert.match(events, /Normal +ResizeCompleted +Pod\/web +Pod resize completed: .*"generation":2\}/);
  });
  assert.match(
    await kubectl.text('describe', 'pod', 'web'),
    /Limits:\n +cpu: +500m\n +memory: +256Mi\n +Requests:\n +cpu: +100m/,
  );
});

test('edit, get and apply reach the subresource too', async () => {
  const editor = join(kubeconfigPath, '..', 'editor');
  writeFileSync(editor, `#!/bin/sh\nexec sed -i 's/cpu: 100m/cpu: 110m/' "$1"\n`, { mode: 0o755 });
  await kubectl(['edit', 'pod', 'web', '--subresource=resize'], { env: { EDITOR: editor } });
  assert.equal(
    await kubectl.text(
      'get',
      'pod',
      'web',
      '--subresource=resize',
      '-o',
      'jsonpath={.spec.containers[0].resources.requests.cpu}',
    ),
    '110m',
  );
  const applied = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'web', resources: { requests: { cpu: '120m' } } }] },
  };
  await kubectl.apply(applied, '--server-side', '--subresource=resize', '--force-conflicts', '--field-manager=sizer');
  await eventually(async () => assert.equal((await status('web'))['containerStatuses'][0].allocatedResources.cpu, '120m'));
});

test('a container whose policy says so is started anew', async () => {
  await patch('anew', { requests: { cpu: '60m' } });
  await eventually(async () => assert.equal((await status('anew'))['containerStatuses'][0].allocatedResources.cpu, '60m'));
  assert.equal((await status('anew'))['containerStatuses'][0].restartCount, 0);
  await patch('anew', { limits: { memory: '220Mi' } });
  await eventually(
    async () => {
      const [container] = (await status('anew'))['containerStatuses'];
      assert.deepEqual([container.restartCount, container.resources.limits.memory, container.ready], [1, '220Mi', true]);
    },
    { timeout: 30_000 },
  );
  assert.equal(await memoryLimit('anew'), String(220 * 2 ** 20));
  await eventually(async () =>
    assert.match(await kubectl.text('events', '--for', 'pod/anew'), /Killing +Pod\/anew +Container web resize requires restart/),
  );
});

test('what the node does not have is infeasible, and what the container uses is not taken away', async () => {
  await patch('web', { requests: { cpu: '900' }, limits: { cpu: '900' } });
  await eventually(async () => {
    const [pending] = await resizeConditions('web');
    assert.deepEqual([pending?.type, pending?.reason], ['PodResizePending', 'Infeasible']);
    assert.match(pending!.message!, /^Node didn't have enough capacity: cpu, requested: 900000, capacity: \d+$/);
  });
  assert.match(await cpuQuota('web'), /^50000\b/);
  assert.match(await kubectl.text('describe', 'pod', 'web'), /PodResizePending +True/);
  await patch('web', { requests: { cpu: '100m' }, limits: { cpu: '500m' } });
  await eventually(async () => assert.deepEqual(await resizeConditions('web'), []));
  await patch('web', { requests: { memory: '1' }, limits: { memory: '6000' } });
  await eventually(async () => {
    const [progress] = await resizeConditions('web');
    assert.deepEqual([progress?.type, progress?.reason], ['PodResizeInProgress', 'Error']);
    assert.match(progress!.message!, /attempting to set container "web" memory limit \(6000\) below current usage/);
  });
  await eventually(async () =>
    assert.match(await kubectl.text('events', '--for', 'pod/web'), /Warning +ResizeError +Pod\/web +Pod resize error: /),
  );
  await patch('web', { requests: { memory: '50Mi' }, limits: { memory: '128Mi' } });
  await eventually(async () => assert.equal(await memoryLimit('web'), String(128 * 2 ** 20)));
});

test('what a resize may not do is refused, and nothing changes', async () => {
  assert.match(
    await refused('web', { requests: { cpu: '500m', memory: '128Mi' } }),
    /Pod QOS Class may not change as a result of resizing/,
  );
  assert.match(
    await refused('web', { limits: { cpu: null } }),
    /spec\.containers\[0\]\.resources\.limits: Forbidden: resource limits cannot be removed/,
  );
  assert.match(await refused('web', { requests: { cpu: '2' } }), /must be less than or equal to cpu limit of 500m/);
  assert.match(
    await kubectl.failure(['patch', 'pod', 'web', '-p', patchOf({ requests: { cpu: '70m' } })]),
    /pod updates may not change fields other than/,
  );
  assert.equal((await kubectl.json('get', 'pod', 'web'))['spec'].containers[0].resources.requests.cpu, '100m');
  assert.match(
    await kubectl.failure([
      'patch',
      'pod',
      'web',
      '--subresource=resize',
      '-p',
      patchOf({ requests: { cpu: '70m' } }),
      '--as=ann',
    ]),
    /cannot (get|patch) resource "pods\/resize"/,
  );
});

test('quotas and limit ranges hold for a resize', async () => {
  await kubectl(['create', 'quota', 'all', '--hard=requests.cpu=250m']);
  await eventually(async () => assert.match(await kubectl.text('describe', 'quota', 'all'), /requests\.cpu +160m +250m/));
  assert.match(
    await refused('web', { requests: { cpu: '400m' } }),
    /exceeded quota: all, requested: requests\.cpu=300m, used: requests\.cpu=160m, limited: requests\.cpu=250m/,
  );
  await kubectl(['delete', 'quota', 'all']);
  const max = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'max' },
    spec: { limits: [{ type: 'Container', max: { memory: '150Mi' } }] },
  };
  await kubectl.create(max);
  await eventually(async () =>
    assert.match(
      await refused('web', { limits: { memory: '160Mi' } }),
      /maximum memory usage per Container is 150Mi, but limit is 160Mi/,
    ),
  );
});
