import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, test } from 'node:test';
import { agentClient } from '../../lib/installer/agent/agent-client.ts';
import { artifactDir } from '../../lib/installer/artifacts/artifact.ts';
import { openshiftBundle } from '../../lib/installer/artifacts/bundle.ts';
import { debianArchitecture } from '../../lib/installer/artifacts/debian-architecture.ts';
import { nodeRuntime } from '../../lib/installer/artifacts/runtime.ts';
import { cuttingRelay } from '../support/cutting-relay.ts';
import { startSshHost } from '../support/ssh-host.ts';
import { answering, sshRig } from '../support/ssh-rig.ts';

// The transport alone against OpenSSH's sshd and the real sudo.

const password = 'open "sesame';
const rig = sshRig();
after(() => rig[Symbol.dispose]());
const keys = [rig.key.public];
const host = await startSshHost({
  variant: 'shells',
  sshd: [
    'Match User one',
    'MaxSessions 1',
    'Match User banner',
    'Banner /etc/motd-banner',
    'Match User forced',
    'ForceCommand echo backup ok',
  ],
  files: [{ path: '/etc/motd-banner', content: 'Authorized use only\n', mode: 0o644 }],
  users: [
    { name: 'root', keys },
    { name: 'free', keys, sudo: 'nopasswd' },
    { name: 'asked', keys, sudo: 'password', password },
    { name: 'nobody2', keys, password },
    { name: 'login', password, sudo: 'password' },
    { name: 'one', keys, sudo: 'nopasswd' },
    { name: 'banner', keys, sudo: 'nopasswd', greeting: 'Welcome back!' },
    { name: 'forced', keys },
    { name: 'fish', keys, sudo: 'nopasswd', shell: '/usr/bin/fish' },
    { name: 'tcsh', keys, sudo: 'nopasswd', shell: '/bin/tcsh' },
    { name: 'rbash', keys, shell: '/bin/rbash' },
  ],
});
after(() => host.dispose());
const address = await host.address();
const cacheDir = `${rig.dir}/cache`;
const runtime = await nodeRuntime({ cacheDir, arch: debianArchitecture() });
const openshift = await openshiftBundle({ cacheDir });

function reach(user: string, options: Parameters<typeof rig.transport>[1] = {}, port = 22) {
  const hostName = port === 22 ? address : '127.0.0.1';
  return rig.transport(port, { ...options, optDir: '/opt/oo-install', host: { hostName, user, name: user, ...options.host } });
}

for (const user of ['root', 'free', 'banner', 'fish', 'tcsh']) {
  test(`${user}: a script runs as root, and prints nothing but its own`, async () => {
    const transport = reach(user);
    assert.equal(await transport.runScript('id -u; printf "<%s>" "$@"', ["it's", '$HOME', '!']), "0\n<it's><$HOME><!>");
    await transport.close();
  });
}

test('sudo with a password: over standard input, in no process list and in no log', async () => {
  const prompter = answering(password);
  const transport = reach('asked', { prompter });
  const seen = await transport.runScript('id -u; cat; ps -eo args; cat /proc/[0-9]*/environ | tr "\\0" "\\n"', []);
  assert.match(seen, /^0\n/);
  assert.ok(!seen.includes('sesame'));
  // Again, with the credentials that sudo might have kept.
  assert.equal(await transport.runScript('cat; id -u', []), '0\n');
  await transport.close();
  assert.equal(prompter.asked.length, 1);
  assert.equal((await host.shell('journalctl --no-pager | grep -c sesame', { anyCode: true })).stdout.trim(), '0');
});

test('sudo refuses: a wrong password, a user who may not, a password that nobody knows', async () => {
  await assert.rejects(reach('asked', { prompter: answering('wrong', 'again') }).runScript('true', []), {
    code: 'SUDO_PASSWORD_WRONG',
  });
  await assert.rejects(reach('nobody2', { prompter: answering(password) }).runScript('true', []), { code: 'SUDO_NOT_ALLOWED' });
  await assert.rejects(reach('asked').runScript('true', []), { code: 'SUDO_PASSWORD_NEEDED' });
  const looking = reach('asked', { becomeRoot: 'unasked' });
  assert.notEqual(await looking.runScript('id -u', []), '0\n');
  await looking.close();
});

test('a password lets in, and is tried for sudo too', async () => {
  const prompter = answering(password);
  const transport = reach('login', { prompter, host: { identityFiles: [] } });
  assert.equal(await transport.runScript('id -u', []), '0\n');
  await transport.close();
  assert.deepEqual(prompter.asked, ['Password of login@login: ']);
});

test('logins that run no commands are told apart', async () => {
  await assert.rejects(reach('rbash').runScript('true', []), { code: 'SSH_SHELL_UNFIT', message: /restricted/ });
  await assert.rejects(reach('forced').runScript('true', []), { code: 'SSH_SHELL_UNFIT', message: /backup ok/ });
  const stranger = reach('root', { host: { identityFiles: [] } });
  await assert.rejects(stranger.runScript('true', []), { code: 'SSH_AUTHENTICATION_REFUSED', message: /takes publickey/ });
});

test('the runtime and the agent: cut off again and again on the way, whole in the end, with sudo and one session', async (t) => {
  const seed = Number(process.env['OO_SEED'] ?? randomInt(40_000_000));
  t.diagnostic(`OO_SEED=${seed}`);
  await using relay = await cuttingRelay({ host: address, port: 22 });
  const cuts = [seed, Math.round(seed / 3), Math.round(seed / 7)];
  const transport = reach('one', {}, relay.port);
  for (const artifact of [runtime, openshift]) {
    relay.cutAfter(cuts.pop());
    await transport.place(artifact, artifactDir('/opt/oo-install', artifact), () => undefined);
  }
  const argv = [
    `${artifactDir('/opt/oo-install', runtime)}/node`,
    `${artifactDir('/opt/oo-install', openshift)}/agent.mjs`,
    'connect',
  ];
  const agent = agentClient(await transport.connect(argv), 'one');
  assert.equal((await agent.call('hello', {})).bundle, openshift.sha256);
  // The relay has the only session that this user's sshd allows.
  const path = await transport.send(runtime.files.at(-1)!, () => undefined);
  assert.equal((await host.exec(['stat', '-c', '%a %U', path])).stdout, '600 root\n');
  agent.close();
  await transport.close();
  assert.equal((await host.shell('ls /opt/oo-install/incoming')).stdout, '');
});
