import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashOf } from '../../../../../lib/installer/artifacts/cache.ts';
import { makeArtifact } from '../../../../../lib/installer/artifacts/artifact.ts';
import { newMarks } from '../../../../../lib/installer/transport/ssh/bootstrap.ts';
import { sshCredentials } from '../../../../../lib/installer/transport/ssh/credentials.ts';
import { explainSudo } from '../../../../../lib/installer/transport/ssh/sudo-failure.ts';
import { fakeSudoPath, type FakeSudoOptions } from '../../../../support/fake-sudo.ts';
import { answering, sshRig } from '../../../../support/ssh-rig.ts';
import { startSshServer } from '../../../../support/ssh-server.ts';

const secret = 'p4ss "w\\ord';

/** A server whose user is not root. */
async function sudoServer(rig: ReturnType<typeof sshRig>, options: FakeSudoOptions) {
  const { path, argv } = fakeSudoPath(rig.dir, options);
  const server = await startSshServer({
    keys: [rig.key.parsed],
    env: { PATH: `${path}:${process.env['PATH']}` },
  });
  return Object.assign(server, { argv: () => (existsSync(argv) ? readFileSync(argv, 'utf8') : '') });
}

test('sudo without a password: nothing is asked, and no password byte reaches a program', async () => {
  using rig = sshRig();
  await using server = await sudoServer(rig, {});
  const prompter = answering(secret);
  const transport = rig.transport(server.port, { prompter });
  assert.equal(await transport.runScript('id -u; cat', []), '0\n');
  await transport.close();
  assert.deepEqual(prompter.asked, []);
});

test('sudo with a password: asked once, over standard input, and nowhere else to be seen', async () => {
  using rig = sshRig();
  await using server = await sudoServer(rig, { password: secret });
  const prompter = answering(secret);
  const transport = rig.transport(server.port, { prompter });
  assert.equal(await transport.runScript('id -u; cat', []), '0\n');
  const relay = await transport.connect(['/bin/cat']);
  relay.output.write('first bytes\n');
  assert.equal(String((await once(relay.input.resume(), 'data'))[0]), 'first bytes\n');
  relay.close();
  const source = join(rig.dir, 'id_ed25519');
  const content = readFileSync(source);
  const file = { path: 'x', source, mode: 0o644, sha256: hashOf(content), size: content.length };
  const artifact = makeArtifact('runtime', [file]);
  const target = join(rig.dir, 'opt', 'runtime', artifact.sha256);
  await transport.place(artifact, target, () => undefined);
  assert.deepEqual(readFileSync(join(target, 'x')), content);
  await transport.close();
  assert.deepEqual(prompter.asked, ['sudo password of alice@web1: ']);
  assert.ok(!server.argv().includes('p4ss'));
  assert.match(server.argv(), /-S -k -p @@oo-password/);
});

test("sudo's password is no part of what a script sees or says", async () => {
  using rig = sshRig();
  await using server = await sudoServer(rig, { password: secret });
  const transport = rig.transport(server.port, { prompter: answering(secret) });
  const output = await transport.runScript('cat; ps -eo args; env; set', []);
  assert.ok(output.includes('PATH='));
  assert.ok(!output.includes('p4ss'));
  await transport.close();
});

test('a wrong sudo password is asked for again, shared by all servers once it is right, and bounded', async () => {
  using rig = sshRig();
  await using first = await sudoServer(rig, { password: secret });
  await using second = await sudoServer(rig, { password: secret, tries: 1 });
  const prompter = answering('mistyped', secret);
  const credentials = sshCredentials(prompter);
  for (const [name, { port }] of [
    ['web1', first],
    ['web2', second],
  ] as const) {
    const transport = rig.transport(port, { credentials, host: { name } });
    assert.equal(await transport.runScript('id -u', []), '0\n');
    await transport.close();
  }
  assert.deepEqual(prompter.asked, ['sudo password of alice@web1: ', 'Wrong. sudo password of alice@web1: ']);
  const transport = rig.transport(first.port, { prompter: answering('a', 'b', 'c', 'd') });
  await assert.rejects(transport.runScript('true', []), { code: 'SUDO_PASSWORD_WRONG', message: /alice is wrong \(3 times\)$/ });
  await transport.close();
});

test('nobody to ask: told at once, or seen without root where that is enough', async () => {
  using rig = sshRig();
  await using server = await sudoServer(rig, { password: secret });
  const transport = rig.transport(server.port);
  await assert.rejects(transport.runScript('true', []), { code: 'SUDO_PASSWORD_NEEDED' });
  await transport.close();
  const looking = rig.transport(server.port, { becomeRoot: 'unasked', prompter: answering(secret) });
  assert.equal(await looking.runScript('echo ${FAKE_ROOT:-no}', []), 'no\n');
  await looking.close();
});

test('root is not asked, and gives no password to a server that says it wants one', async () => {
  using rig = sshRig();
  await using server = await sudoServer(rig, { password: secret });
  const prompter = answering(secret);
  const transport = rig.transport(server.port, { prompter, host: { user: 'root' } });
  assert.equal(await transport.runScript('echo ${FAKE_ROOT:-no}', []), 'no\n');
  await transport.close();
  assert.deepEqual(prompter.asked, []);
  assert.doesNotMatch(server.argv(), /-S/);
});

test('what root runs is not taken out of the folders of the user that logged in', async () => {
  using rig = sshRig();
  await using server = await sudoServer(rig, {});
  const transport = rig.transport(server.port);
  assert.match(await transport.runScript('command -v id', []), /^\/(usr\/)?bin\/id\n$/);
  await transport.close();
});

test('the password that let us in is tried for sudo before anything is asked', async () => {
  using rig = sshRig();
  const { path } = fakeSudoPath(rig.dir, { password: secret });
  await using server = await startSshServer({ password: secret, env: { PATH: `${path}:${process.env['PATH']}` } });
  const prompter = answering(secret);
  const transport = rig.transport(server.port, { prompter, host: { identityFiles: [] } });
  assert.equal(await transport.runScript('id -u', []), '0\n');
  await transport.close();
  assert.deepEqual(prompter.asked, ['Password of alice@web1: ']);
});

for (const [complaint, code] of [
  ['alice is not in the sudoers file.', 'SUDO_NOT_ALLOWED'],
  ["Sorry, user alice is not allowed to execute '/bin/sh' as root on web1.", 'SUDO_NOT_ALLOWED'],
  ['sudo: sorry, you must have a tty to run sudo', 'SUDO_NEEDS_TERMINAL'],
  ['sudo: effective uid is not 0, is sudo installed setuid root?', 'SUDO_NOT_ALLOWED'],
] as const) {
  test(`sudo that says: ${complaint}`, async () => {
    using rig = sshRig();
    await using server = await sudoServer(rig, { complaint });
    const transport = rig.transport(server.port, { prompter: answering(secret) });
    await assert.rejects(transport.runScript('true', []), { code });
    await transport.close();
  });
}

test('no sudo at all, and doas instead', () => {
  const marks = newMarks();
  const ending = (doas: string) => ({
    account: { host: 'web1', user: 'alice' },
    output: `\n${marks.shell}\n${marks.noSudo} ${doas}\n`,
    complaints: '',
    marks,
    sent: false,
  });
  assert.partialDeepStrictEqual({ ...(explainSudo(ending('')) as object) }, { code: 'SUDO_MISSING' });
  assert.match((explainSudo(ending('/usr/bin/doas')) as Error).message, /doas is, but/);
});
