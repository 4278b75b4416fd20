import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { labHostFiles, type LabHostStatus } from '../../../lib/stacks/cloud-init/lab-host-status.ts';
import { renderUserData } from '../../../lib/stacks/cloud-init/render-user-data.ts';
import { eventually } from '../../support/eventually.ts';
import { labHostData } from '../../support/lab/lab-host-data.ts';
import { startTestMachine } from '../../support/vm/test-machine.ts';

// A lab's host as a whole machine: what containers have none of is a disk of its own, udev and a console. Its volume is on NVMe, where nothing is
// called /dev/sdf: so it is on EC2.

const operator = 'lab-operator';
const machine = await startTestMachine({
  user: operator,
  nvme: '3G',
  userData: (publicKey) => renderUserData(labHostData({ operator: { name: operator, publicKey }, dockerDevice: '/dev/sdf' })),
});
after(() => machine.dispose());

/** Every instruction is emulated. */
const patience = { timeout: 300_000 };
const readStatus = async (): Promise<LabHostStatus> =>
  JSON.parse((await machine.exec(['cat', labHostFiles.status])).stdout) as LabHostStatus;
const mounted = async () =>
  (
    await machine.exec(['findmnt', '--noheadings', '--output', 'SOURCE,FSTYPE', '/var/lib/docker'], { anyCode: true })
  ).stdout.trim();

test('cloud-init ends without errors or warnings, and the status tells of the volume', async () => {
  await eventually(async () => assert.equal((await readStatus()).state, 'done'), patience);
  assert.deepEqual(
    (await readStatus()).stages.map(({ name, state }) => [name, state]),
    [
      ['cloud-init', 'done'],
      ['docker-volume', 'done'],
    ],
  );
  assert.match((await machine.exec(['cloud-init', 'status', '--long'])).stdout, /^status: done$/m);
  const warnings = await machine.shell("grep -hE 'WARN|ERROR|Traceback' /var/log/cloud-init.log", { anyCode: true });
  assert.equal(warnings.stdout, '');
});

test("Docker's data are on the volume, which was found under another name", async () => {
  assert.match(await mounted(), /^\/dev\/nvme0n1 +ext4$/);
  await eventually(async () => {
    const { stdout } = await machine.exec(['docker', 'info', '--format', '{{.DockerRootDir}} {{.Driver}}']);
    assert.equal(stdout.trim(), '/var/lib/docker overlay2');
  }, patience);
  const { stdout } = await machine.exec(['ls', '/var/lib/docker']);
  assert.match(stdout, /^lost\+found$/m);
  assert.match(stdout, /^overlay2$/m);
});

test('the host keys are on the serial console as sshd has them', async () => {
  const [, block] = /-----BEGIN SSH HOST KEY KEYS-----\r?\n(.*?)-----END SSH HOST KEY KEYS-----/s.exec(machine.console()) ?? [];
  const published = (block ?? '').trim().split(/\r?\n/).sort();
  const { stdout } = await machine.shell('cat /etc/ssh/ssh_host_*_key.pub');
  assert.deepEqual(published, stdout.trim().split('\n').sort());
});

test('a disk that holds something is left as it is, and said', async () => {
  const other = renderUserData(labHostData({ dockerDevice: '/dev/vda' }));
  const [command] = (parse(other) as { bootcmd: string[][] }).bootcmd;
  const refused = await machine.exec(['sh', '-c', command!.at(-1)!], { anyCode: true });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^\/dev\/vda \(\/dev\/vda\) is not empty: it was left as it is$/m);
  assert.match(await mounted(), /^\/dev\/nvme0n1 +ext4$/);
});

test('after a reboot and after a power cut the volume is there, with what was on it', async () => {
  await machine.shell('touch /var/lib/docker/kept && sync');
  for (const again of [() => machine.restart(), () => machine.powerCycle()]) {
    await again();
    assert.match(await mounted(), /^\/dev\/nvme0n1 +ext4$/);
    await machine.exec(['test', '-e', '/var/lib/docker/kept']);
    await eventually(async () => assert.equal((await readStatus()).state, 'done'), patience);
  }
});
