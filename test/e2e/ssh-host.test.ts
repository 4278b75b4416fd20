import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { limitLink, unlimitLink } from '../support/hosts/slow-link.ts';
import { outside, startTestNetwork } from '../support/hosts/test-network.ts';
import { startLaptop } from '../support/operator/laptop.ts';
import { trust } from '../support/operator/operator.ts';
import { startSshHost } from '../support/ssh-host.ts';

// The servers that other end-to-end tests reach by SSH, tried with OpenSSH's own client: when these fail, read nothing into theirs.

const laptop = await startLaptop();
after(() => laptop[Symbol.asyncDispose]());

test('root and two kinds of sudoers get in by key, from a machine with only git; the host key is the one that is told', async () => {
  const keys = [laptop.publicKey];
  await using host = await startSshHost({
    users: [
      { name: 'root', keys },
      { name: 'free', keys, sudo: 'nopasswd' },
      { name: 'asked', keys, sudo: 'password', password: 'open sesame' },
    ],
  });
  const address = await host.address();
  const as = (user: string, command: string, stdin = '') =>
    laptop.exec(['ssh', '-oBatchMode=yes', `${user}@${address}`, command], { anyCode: true, stdin });
  assert.match((await as('root', 'id -u')).stderr, /Host key verification failed/);
  await trust(laptop, host);
  assert.equal((await as('root', 'id -u')).stdout, '0\n');
  assert.equal((await as('free', 'sudo -n id -u')).stdout, '0\n');
  assert.match((await as('asked', 'sudo -n id -u')).stderr, /password is required/);
  assert.equal((await as('asked', 'sudo -S -p "" id -u', 'open sesame\n')).stdout, '0\n');
  await host.changeHostKey();
  // sshd takes it up when it has begun anew, and is not there for a moment.
  await eventually(async () => assert.match((await as('root', 'id -u')).stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED/));
});

test('an internal network has no way out, and a bastion leads into it', async () => {
  await using lan = await startTestNetwork({ internal: true });
  const users = [{ name: 'root', keys: [laptop.publicKey] }];
  await using bastion = await startSshHost({ users, networks: [outside, lan] });
  await using inner = await startSshHost({ users, networks: [lan] });
  const out = `timeout 2 bash -c '</dev/tcp/${await laptop.machine.address()}/22'`;
  assert.equal((await inner.shell(out, { anyCode: true })).code, 124, 'something answered from outside');
  await trust(laptop, bastion, inner);
  const [jump, target] = [`root@${await bastion.address(outside)}`, `root@${await inner.address()}`];
  const direct = await laptop.exec(['ssh', '-oBatchMode=yes', '-oConnectTimeout=2', target, 'hostname'], { anyCode: true });
  assert.notEqual(direct.code, 0);
  assert.equal((await laptop.exec(['ssh', '-oBatchMode=yes', '-J', jump, target, 'hostname'])).stdout, `${inner.name}\n`);
});

test('a link can be slowed down, and folders can have a disk of their own', async () => {
  await using host = await startSshHost({ users: [{ name: 'root', keys: [laptop.publicKey] }], disks: { '/opt': '4m' } });
  await trust(laptop, host);
  const send = [
    'sh',
    '-c',
    `head -c 2000000 /dev/zero | ssh -oBatchMode=yes "root@$1" 'head -c 1 >/dev/null; date +%s%N; cat >/dev/null; date +%s%N'`,
    'sh',
    await host.address(),
  ];
  /** In ms: of all of it, and from the first byte to the last, without the login. */
  const taken = async (): Promise<{ all: number; bytes: number }> => {
    const began = performance.now();
    const [first, last] = (await laptop.exec(send)).stdout.trim().split('\n').map(Number);
    return { all: performance.now() - began, bytes: (last! - first!) / 1e6 };
  };
  await limitLink(host, 4);
  assert.ok((await taken()).all > 3_600, 'two megabytes came faster than four megabits a second');
  await unlimitLink(host);
  await eventually(async () => assert.ok((await taken()).bytes < 3_600, 'the limit is still there'));
  assert.match((await host.shell('head -c 5000000 /dev/zero >/opt/full', { anyCode: true })).stderr, /No space left/);
});

test('Debian 13 boots too, and its Docker starts', async () => {
  await using host = await startSshHost({ users: [], release: 'trixie', docker: 'running' });
  assert.match((await host.exec(['cat', '/etc/os-release'])).stdout, /VERSION_ID="13"/);
  assert.match((await host.exec(['docker', 'info'])).stdout, /Storage Driver: overlay/);
});

test('accounts have the login shells that are asked for', async () => {
  const users = ['/usr/bin/fish', '/bin/tcsh', '/bin/rbash'].map((shell) => ({
    name: shell.split('/').at(-1)!,
    shell,
    keys: [laptop.publicKey],
  }));
  await using host = await startSshHost({ users, variant: 'shells' });
  await trust(laptop, host);
  for (const { name, shell } of users) {
    const login = ['ssh', '-oBatchMode=yes', `${name}@${await host.address()}`];
    assert.equal((await laptop.exec([...login, 'echo $SHELL'])).stdout, `${shell}\n`);
  }
});

test('a host is handed over while cloud-init is at work', async () => {
  const userData = '#cloud-config\nruncmd:\n  - [sh, -c, "until [ -e /root/go ]; do sleep 0.1; done"]\n';
  await using host = await startSshHost({ users: [], variant: 'cloud-init', userData });
  await eventually(async () => assert.match((await host.exec(['cloud-init', 'status'], { anyCode: true })).stdout, /running/));
  await host.write({ '/root/go': '' });
  assert.match((await host.exec(['cloud-init', 'status', '--wait'], { anyCode: true })).stdout, /done/);
});
