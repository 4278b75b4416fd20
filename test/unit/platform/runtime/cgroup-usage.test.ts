import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupFolder } from '../../../../lib/platform/runtime/cgroup-usage.ts';

const mount = (root: string, point: string, type: string, options: string): string =>
  `31 23 0:28 ${root} ${point} rw,relatime shared:9 - ${type} ${type} ${options}`;
const V1 = [
  mount('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
  mount('/', '/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'),
].join('\n');

test('cgroup v1: each controller has a hierarchy of its own', () => {
  const own = '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/docker/abc\n';
  assert.equal(cgroupFolder('memory', 'abc', own, V1), '/sys/fs/cgroup/memory/docker/abc');
  assert.equal(cgroupFolder('cpuacct', 'abc', own, V1), '/sys/fs/cgroup/cpu,cpuacct/docker/abc');
  assert.equal(cgroupFolder('', 'abc', own, V1), undefined);
});

test('cgroup v2: one for all; a container that divides its own is meant as a whole', () => {
  const mounts = mount('/', '/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate');
  assert.equal(cgroupFolder('memory', 'abc', '0::/system.slice/docker-abc.scope\n', mounts), undefined);
  assert.equal(
    cgroupFolder('', 'abc', '0::/system.slice/docker-abc.scope/init.scope\n', mounts),
    '/sys/fs/cgroup/system.slice/docker-abc.scope',
  );
});

test('in a container that sees only its own part of the hierarchy', () => {
  const mounts = mount('/docker/outer', '/sys/fs/cgroup/memory', 'cgroup', 'rw,memory');
  assert.equal(cgroupFolder('memory', 'abc', '4:memory:/docker/outer/docker/abc\n', mounts), '/sys/fs/cgroup/memory/docker/abc');
});
