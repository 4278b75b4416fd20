import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startHomeOperator } from '../support/operator/home-operator.ts';
import { trust } from '../support/operator/operator.ts';
import { knownHostsLine, makeSshKey } from '../support/ssh/ssh-key.ts';
import { startSshHost } from '../support/ssh-host.ts';

// What a real sshd refuses, and what it makes difficult: each refusal has its code and a way out, each difficulty is none.

const password = 'open sesame';
const passphrase = 'a long one';
const operator = await startHomeOperator();
const [stranger, locked] = [await makeSshKey(), await makeSshKey({ passphrase })];
/** Who has another key, and who has one with a passphrase. */
const strange = await startHomeOperator({ key: stranger });
const careful = await startHomeOperator({ key: locked });
after(() => Promise.all([operator, strange, careful].map((who) => who[Symbol.asyncDispose]())));
const keys = [operator.publicKey, locked.publicKey];
const host = await startSshHost({
  variant: 'shells',
  // As Debian's own, without the subsystem sftp.
  files: [
    {
      path: '/etc/ssh/sshd_config',
      content: 'Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nKbdInteractiveAuthentication no\n',
      mode: 0o644,
    },
  ],
  sshd: [
    // Else a refused key would be followed by the question for a password.
    'Match User root',
    'PasswordAuthentication no',
    'Match User one',
    'MaxSessions 1',
    'Match User strict',
    'MaxAuthTries 2',
  ],
  users: [
    { name: 'root', keys },
    { name: 'asked', keys, sudo: 'password', password },
    { name: 'plain', keys, password },
    { name: 'strict', keys },
    { name: 'one', keys, sudo: 'nopasswd' },
    { name: 'greeted', keys, sudo: 'nopasswd', greeting: 'Welcome! @@oo-install are you?' },
    { name: 'fish', keys, sudo: 'nopasswd', shell: '/usr/bin/fish' },
    { name: 'tcsh', keys, sudo: 'nopasswd', shell: '/bin/tcsh' },
    { name: 'rbash', keys, sudo: 'nopasswd', shell: '/bin/rbash' },
    { name: 'nologin', keys, shell: '/usr/sbin/nologin' },
  ],
});
after(() => host.dispose());
for (const who of [operator, strange, careful]) await trust(who, host);
const address = await host.address();
const others = ['other-1', 'other-2'].map((name) => `${operator.home}/.ssh/${name}`);
await operator.write({
  'wrong-password': 'guess\n',
  'right-password': `${password}\n`,
  '.ssh/other-1': (await makeSshKey()).privateKey,
  '.ssh/other-2': (await makeSshKey()).privateKey,
});
const home = (path: string): string => `${operator.home}/${path}`;

interface Failed {
  readonly event: string;
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
  readonly hint?: string;
}

/** `oo-install check` as that user; the event that tells of its failure. */
async function check(user: string, args: readonly string[] = [], who = operator) {
  const { code, stdout, stderr } = await who.ooInstall(['check', `${user}@${address}`, '--json', ...args]);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Failed);
  return { code, failed: events.findLast(({ event }) => event === 'failed'), text: stdout + stderr };
}

interface Refusal {
  readonly args?: readonly string[];
  readonly exitCode?: number;
  readonly who?: typeof operator;
}

async function refuses(user: string, code: string, { args, exitCode = 4, who }: Refusal = {}): Promise<Failed> {
  const { code: status, failed, text } = await check(user, args, who);
  assert.equal(failed?.code, code, text);
  assert.equal(status, exitCode, text);
  assert.ok((failed.hint ?? '') !== '', `${code} names no way out`);
  assert.ok(!text.includes(password) && !text.includes(passphrase), 'a secret was told');
  return failed;
}

for (const [user, difficulty] of [
  ['root', 'no sftp'],
  ['one', 'one session at a time'],
  ['greeted', 'a shell that prints whenever it starts'],
  ['fish', 'fish'],
  ['tcsh', 'csh'],
] as const) {
  test(`${difficulty}: no difficulty`, async () => {
    const { code, text } = await check(user);
    assert.equal(code, 0, text);
  });
}

test('a restricted shell, and none at all', async () => {
  await refuses('rbash', 'SSH_SHELL_UNFIT');
  await refuses('nologin', 'SSH_SHELL_UNFIT');
});

test('a host that nobody knows, and one whose key has changed', async () => {
  await operator.write({ '.ssh/known_hosts': '' });
  const unknown = await refuses('root', 'HOST_KEY_UNKNOWN');
  assert.ok(
    unknown.message.includes(host.hostKey.fingerprint) || unknown.hint?.includes(host.hostKey.fingerprint),
    unknown.message,
  );
  const pinned = await check('root', ['--host-key', host.hostKey.fingerprint]);
  assert.equal(pinned.code, 0, pinned.text);
  await operator.write({ '.ssh/known_hosts': knownHostsLine(address, stranger) });
  await refuses('root', 'HOST_KEY_CHANGED');
  await refuses('root', 'HOST_KEY_CHANGED', { args: ['--accept-new-host-keys'] });
  await trust(operator, host);
});

test('a key that the server does not take, and too many of them', async () => {
  const refused = await refuses('root', 'SSH_AUTHENTICATION_REFUSED', { who: strange });
  assert.match(refused.message, /id_ed25519/);
  await refuses('strict', 'SSH_TOO_MANY_FAILURES', { args: others.flatMap((file) => ['-i', file]) });
});

test('a key with a passphrase: nobody to ask, the wrong one, the right one', async () => {
  await refuses('root', 'SSH_PASSPHRASE_NEEDED', { who: careful });
  await using wrong = careful.ooInstallOnTerminal(['check', `root@${address}`]);
  for (let tries = 1; tries <= 3; tries++) {
    await wrong.until(new RegExp(`(?:Passphrase of the key[^]*){${tries}}`));
    wrong.stdin.write('guess\n');
  }
  assert.equal(await wrong.ended(30_000), 4, wrong.output());
  assert.match(wrong.output(), /passphrase[^]*wrong/);
  await using right = careful.ooInstallOnTerminal(['check', `root@${address}`]);
  await right.until(/Passphrase of the key/);
  right.stdin.write(`${passphrase}\n`);
  assert.equal(await right.ended(30_000), 0, right.output());
  assert.ok(!right.output().includes(passphrase), 'the passphrase is on the terminal');
});

test('sudo: the wrong password, nobody to ask, not allowed at all, the right one', async () => {
  await refuses('asked', 'SUDO_PASSWORD_WRONG', { args: ['--sudo-password-file', home('wrong-password')] });
  await refuses('plain', 'SUDO_NOT_ALLOWED', { args: ['--sudo-password-file', home('right-password')], exitCode: 3 });
  const right = await check('asked', ['--sudo-password-file', home('right-password')]);
  assert.equal(right.code, 0, right.text);
  const nobody = await operator.ooInstall([`asked@${address}`, '--json']);
  assert.match(nobody.stdout, /"code":"SUDO_PASSWORD_NEEDED"/);
  assert.equal(nobody.code, 4);
});
