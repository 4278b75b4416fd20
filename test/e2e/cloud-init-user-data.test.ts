import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { systemNames } from '../../lib/common/system-names.ts';
import { labHostFiles, type LabHostStatus } from '../../lib/stacks/cloud-init/lab-host-status.ts';
import { renderUserData } from '../../lib/stacks/cloud-init/render-user-data.ts';
import { eventually } from '../support/eventually.ts';
import { labHostData } from '../support/lab/lab-host-data.ts';
import { startHomeOperator } from '../support/operator/home-operator.ts';
import { knownHostsLine, makeSshKey } from '../support/ssh/ssh-key.ts';
import { startTestHost } from '../support/test-host.ts';

// The user data of a lab, by the cloud-init that Debian packages: what it does to a host, and who may log in there then.

const attendee = await startHomeOperator();
const operatorKey = await makeSshKey();
const data = labHostData({
  attendee: { name: 'ana', publicKey: attendee.publicKey, accountExpires: '2031-05-07' },
  operator: { name: 'lab-operator', publicKey: operatorKey.publicKey },
  settings: { port: 9443 },
});
const userData = renderUserData(data);
const host = await startTestHost({ variant: 'cloud-init', userData });
after(async () => {
  await host.dispose();
  await attendee[Symbol.asyncDispose]();
});

const readStatus = async (): Promise<LabHostStatus> =>
  JSON.parse((await host.exec(['cat', labHostFiles.status])).stdout) as LabHostStatus;
const ssh = async (user: string, command: string, options: readonly string[] = []) =>
  attendee.exec(
    ['ssh', '-F', attendee.sshConfig, '-o', 'BatchMode=yes', ...options, `${user}@${await host.address()}`, command],
    { anyCode: true },
  );

before(async () => {
  await eventually(async () => assert.equal((await readStatus()).state, 'done'), { timeout: 90_000, what: 'the status file' });
});

test('cloud-init itself finds the user data well-formed, and has no errors or warnings', async () => {
  await host.write({ '/root/user-data.yaml': userData });
  const { stdout } = await host.exec(['cloud-init', 'schema', '--config-file', '/root/user-data.yaml']);
  assert.match(stdout, /^Valid cloud-config/);
  const status = await host.exec(['cloud-init', 'status', '--long', '--wait']);
  assert.match(status.stdout, /^status: done$/m);
  assert.deepEqual(JSON.parse((await host.exec(['cat', '/run/cloud-init/result.json'])).stdout), {
    v1: { datasource: 'DataSourceNoCloud [seed=/var/lib/cloud/seed/nocloud][dsmode=net]', errors: [] },
  });
  const warnings = await host.shell("grep -hE 'WARN|ERROR|Traceback' /var/log/cloud-init.log", { anyCode: true });
  assert.equal(warnings.stdout, '');
});

test('the status file tells everybody who and what, and when each stage ended', async () => {
  const status = await readStatus();
  const { version, lab, host: name, attendee: who, expires, imageBased } = status;
  assert.deepEqual(
    { version, lab, host: name, attendee: who, expires, imageBased },
    { version: 1, lab: 'intro', host: 'ana-1', attendee: 'ana', expires: data.expires, imageBased: false },
  );
  assert.deepEqual(
    status.stages.map(({ name, state, error }) => ({ name, state, error })),
    [{ name: 'cloud-init', state: 'done', error: '' }],
  );
  const [stage] = status.stages;
  assert.ok(Date.parse(stage!.began!) <= Date.parse(stage!.ended!), JSON.stringify(stage));
  const { stdout } = await host.exec(['stat', '-c', '%a %U', labHostFiles.status]);
  assert.equal(stdout.trim(), '644 root');
});

test('the host has its name, its settings, and units that are none the worse', async () => {
  assert.equal((await host.exec(['hostname'])).stdout.trim(), 'ana-1');
  assert.match((await host.exec(['getent', 'hosts', 'ana-1'])).stdout, /127\.0\.1\.1/);
  assert.match((await host.exec(['cat', labHostFiles.cluster])).stdout, /port: 9443/);
  assert.equal((await host.exec(['systemctl', '--failed', '--no-legend', '--plain'])).stdout, '');
});

test('every name that the host has of its own is known as taken', async () => {
  const { stdout } = await host.shell("cut -d: -f1 /etc/passwd /etc/group | sort -u | grep -v '^_'");
  const ours = [data.attendee.name, data.operator.name];
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .filter((name) => !systemNames.has(name) && !ours.includes(name)),
    [],
  );
});

/** What cloud-init writes to the console: there is none in a container, and its log has the same. */
async function consoleKeys(): Promise<string[]> {
  const { stdout } = await host.exec(['cat', '/var/log/cloud-init-output.log']);
  const [, block] = /^-----BEGIN SSH HOST KEY KEYS-----\n(.*?)^-----END SSH HOST KEY KEYS-----$/ms.exec(stdout) ?? [];
  assert.ok(block, stdout);
  return block.trim().split('\n');
}

test('the host keys on the console are those that sshd shows, and none of the image', async () => {
  const published = (await consoleKeys()).map((line) => line.split(' ').slice(0, 2).join(' ')).sort();
  const scanned = await attendee.exec(['ssh-keyscan', '-T', '60', '-t', 'ed25519,ecdsa,rsa', await host.address()]);
  const shown = scanned.stdout
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(' ').slice(1, 3).join(' '))
    .sort();
  assert.deepEqual(shown, published);
  assert.deepEqual(
    published.map((key) => key.split(' ')[0]),
    ['ecdsa-sha2-nistp256', 'ssh-ed25519'],
  );
  const fingerprint = (key: string) =>
    createHash('sha256')
      .update(Buffer.from(key.split(' ')[1]!, 'base64'))
      .digest('base64');
  const { stdout } = await host.exec(['cat', '/var/log/cloud-init-output.log']);
  for (const key of published) assert.ok(stdout.includes(`SHA256:${fingerprint(key).replace(/=+$/, '')}`), 'its fingerprint too');
});

test('the attendee logs in by the key, is told which lab it is, and may do everything', async () => {
  const [key] = (await consoleKeys()).filter((line) => line.startsWith('ssh-ed25519'));
  await attendee.write({ '.ssh/known_hosts': knownHostsLine(await host.address(), { publicKey: key! }) });
  const asRoot = await ssh('ana', 'sudo -n id -u');
  assert.deepEqual([asRoot.code, asRoot.stdout.trim()], [0, '0'], asRoot.stderr);
  // A login without a command, at a terminal: that is when pam_motd tells.
  const login = await attendee.exec(['ssh', '-tt', '-F', attendee.sshConfig, `ana@${await host.address()}`], { stdin: 'exit\n' });
  assert.match(login.stdout, /Lab intro, host ana-1, for ana/);
  assert.match(login.stdout, /It ends at 2031-05-06T17:00:00\.000Z/);
});

test('the attendee has no way into the account of the operator, nor anybody into that of root', async () => {
  for (const user of ['lab-operator', 'root', 'debian']) {
    const refused = await ssh(user, 'true');
    assert.equal(refused.code, 255);
    assert.match(refused.stderr, /Permission denied \(publickey\)/);
  }
});

test('the operator logs in by the key of its own, with sudo', async () => {
  await attendee.write({ 'operator-key': operatorKey.privateKey });
  const options = ['-o', 'IdentitiesOnly=yes', '-o', `IdentityFile=${attendee.home}/operator-key`];
  const asRoot = await ssh('lab-operator', 'sudo -n id -u', options);
  assert.deepEqual([asRoot.code, asRoot.stdout.trim()], [0, '0'], asRoot.stderr);
});

test('passwords are refused, also one that somebody gave to the attendee', async () => {
  await host.shell("echo 'ana:secret' | chpasswd");
  const methods = ['-o', 'PreferredAuthentications=password,keyboard-interactive', '-o', 'PubkeyAuthentication=no'];
  const refused = await ssh('ana', 'true', methods);
  assert.equal(refused.code, 255);
  assert.match(refused.stderr, /Permission denied \(publickey\)/, 'no other method is offered');
});

test("the attendee's account ends with the lab", async () => {
  assert.match((await host.exec(['chage', '-l', 'ana'])).stdout, /^Account expires\s+: May 07, 2031$/m);
  await host.exec(['chage', '-E', '2020-01-01', 'ana']);
  const late = await ssh('ana', 'true');
  assert.notEqual(late.code, 0);
  await host.exec(['chage', '-E', '2031-05-07', 'ana']);
});

test('after a reboot everything is as it was: users and keys are not made anew', async () => {
  const keys = await consoleKeys();
  await host.restart();
  await eventually(async () => assert.equal((await ssh('ana', 'true')).code, 0), { timeout: 60_000 });
  const { stdout } = await host.shell('cat /etc/ssh/ssh_host_*_key.pub');
  assert.deepEqual(stdout.trim().split('\n').sort(), keys.sort());
  assert.equal((await readStatus()).state, 'done');
});

test('on Debian 13 too, with a newer cloud-init', async () => {
  await using newer = await startTestHost({ variant: 'cloud-init', release: 'trixie', userData });
  await eventually(
    async () => {
      const { stdout } = await newer.exec(['cat', labHostFiles.status]);
      assert.equal((JSON.parse(stdout) as LabHostStatus).state, 'done', stdout);
    },
    { timeout: 90_000, what: 'the status file' },
  );
  const status = await newer.exec(['cloud-init', 'status', '--long', '--wait'], { anyCode: true });
  assert.match(status.stdout, /^status: done$/m);
  assert.match(status.stdout, /^errors: \[\]$/m);
  assert.match(status.stdout, /^recoverable_errors: \{\}$/m);
  await newer.write({ '/root/user-data.yaml': userData });
  await newer.exec(['cloud-init', 'schema', '--config-file', '/root/user-data.yaml']);
  const { stdout } = await newer.shell("cut -d: -f1 /etc/passwd /etc/group | sort -u | grep -v '^_'");
  const unknown = stdout
    .trim()
    .split('\n')
    .filter((name) => !systemNames.has(name));
  assert.deepEqual(unknown, [data.attendee.name, data.operator.name]);
});
