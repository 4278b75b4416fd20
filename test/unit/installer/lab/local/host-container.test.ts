import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTar } from '../../../../../lib/installer/artifacts/tar-reader.ts';
import { hostContainer } from '../../../../../lib/installer/lab/local/host-container.ts';
import { bridgeName, isOfLab } from '../../../../../lib/installer/lab/local/lab-names.ts';
import { plannedHosts } from '../../../../../lib/installer/lab/local/planned-hosts.ts';
import { seedArchive } from '../../../../../lib/installer/lab/local/seed.ts';
import { labOf } from '../../../../support/lab-file.ts';
import { labStateOf } from '../../../../support/lab-state.ts';

const containerOf = (content: string) => {
  const lab = labOf(content);
  const state = labStateOf(lab);
  return {
    state,
    container: hostContainer({ lab, state }, plannedHosts({ lab, state })[0]!, { image: 'image', address: '10.208.0.16' }),
  };
};

test('a host is published on loopback alone, and sees nothing of the machine', () => {
  const { container, state } = containerOf('attendees: [ana]\n');
  const { HostConfig = {} } = container;
  assert.deepEqual(HostConfig.PortBindings, {
    '22/tcp': [{ HostIp: '127.0.0.1', HostPort: '20000' }],
    '8443/tcp': [{ HostIp: '127.0.0.1', HostPort: '20001' }],
  });
  assert.deepEqual(
    HostConfig.Mounts?.map(({ Type, Source, Target }) => [Type, Source, Target]),
    [
      ['volume', `oo-lab-${state.id}-ana-1-docker`, '/var/lib/docker'],
      ['volume', `oo-lab-${state.id}-ana-1-containerd`, '/var/lib/containerd'],
    ],
  );
  for (const key of ['Privileged', 'Binds', 'Devices', 'PidMode', 'IpcMode', 'UTSMode'] as const)
    assert.equal(HostConfig[key], undefined, key);
  assert.equal(HostConfig.NetworkMode, 'oo-lab-class');
  const { EndpointsConfig = {} } = container.NetworkingConfig ?? {};
  assert.equal(EndpointsConfig['oo-lab-class']?.IPAMConfig?.IPv4Address, '10.208.0.16');
  assert.ok(isOfLab(container.Labels, state));
});

test('memory is bounded where lab.yaml says so', () => {
  assert.equal(containerOf('attendees: 1\n').container.HostConfig?.Memory, undefined);
  const { HostConfig } = containerOf('attendees: 1\nlocal: { memory: 512 }\n').container;
  assert.deepEqual([HostConfig?.Memory, HostConfig?.MemorySwap], [536_870_912, 536_870_912]);
});

test('both keys must be those of the lab: the same name is not enough, nor is the same id', () => {
  const lab = { name: 'class', id: '0123456789ab' };
  const labels = { 'oo-install.lab': 'class', 'oo-install.lab-id': '0123456789ab' };
  assert.ok(isOfLab(labels, lab));
  for (const other of [
    { ...labels, 'oo-install.lab-id': '0123456789ac' },
    { ...labels, 'oo-install.lab': 'class2' },
    {},
    null,
    undefined,
  ])
    assert.ok(!isOfLab(other, lab), JSON.stringify(other));
  assert.equal(bridgeName(lab).length, 15, 'IFNAMSIZ');
});

test('the seed holds the user data for root alone, and an instance of its own', () => {
  const archive = seedArchive({ name: 'ana-1', instance: 'ana-1-x', userData: '#cloud-config\n' });
  const files = [...readTar(archive, 'seed')].filter(({ type }) => type === 'file');
  assert.deepEqual(
    files.map(({ path, mode, content }) => [path, mode, content.toString()]),
    [
      ['var/lib/cloud/seed/nocloud/meta-data', 0o600, '{"instance-id":"ana-1-x","local-hostname":"ana-1"}\n'],
      ['var/lib/cloud/seed/nocloud/user-data', 0o600, '#cloud-config\n'],
    ],
  );
});
