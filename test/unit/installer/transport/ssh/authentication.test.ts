import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import ssh2, { type ParsedKey } from 'ssh2';
import { OoError } from '../../../../../lib/common/errors.ts';
import { sshCredentials } from '../../../../../lib/installer/transport/ssh/credentials.ts';
import { redact } from '../../../../../lib/common/secrets.ts';
import { newKey, startSshServer } from '../../../../support/ssh-server.ts';
import { answering, sshRig } from '../../../../support/ssh-rig.ts';

/** An agent of our own protocol implementation, on a socket: it holds these keys and signs with them. */
async function startAgent(path: string, keys: readonly ParsedKey[]) {
  const signed: string[] = [];
  const server = createServer((socket) => {
    const agent = new ssh2.AgentProtocol(false);
    agent.on('identities', (request) => agent.getIdentitiesReply(request, [...keys]));
    agent.on('sign', (request, publicKey, data, options) => {
      const key = keys.find((candidate) => candidate.getPublicSSH().equals(publicKey.getPublicSSH()))!;
      signed.push(key.comment);
      agent.signReply(request, key.sign(data, options.hash));
    });
    socket.pipe(agent).pipe(socket);
    socket.on('error', () => undefined);
  });
  server.listen(path);
  await once(server, 'listening');
  return { signed, [Symbol.dispose]: () => void server.close() };
}

test('a password is asked once for all servers, and never shown', async () => {
  using rig = sshRig();
  await using first = await startSshServer({ password: 'correct horse' });
  await using second = await startSshServer({ password: 'correct horse' });
  const prompter = answering('correct horse');
  const credentials = sshCredentials(prompter);
  const outputs = await Promise.all(
    [first, second].map(async ({ port }) => {
      const transport = rig.transport(port, { credentials, host: { identityFiles: [] } });
      const output = await transport.runScript('echo in', []);
      await transport.close();
      return output;
    }),
  );
  assert.deepEqual(outputs, ['in\n', 'in\n']);
  assert.deepEqual(prompter.asked, ['Password of alice@web1: ']);
  assert.equal(redact('it is correct horse'), 'it is [redacted]');
});

test('a password that is wrong is asked for again, three times at most', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ password: 'right' });
  const forgetful = answering('wrong', 'right');
  const transport = rig.transport(server.port, { prompter: forgetful, host: { identityFiles: [] } });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
  assert.equal(forgetful.asked.length, 2);
  const stubborn = answering('a', 'b', 'c', 'd');
  await assert.rejects(rig.transport(server.port, { prompter: stubborn, host: { identityFiles: [] } }).runScript('true', []), {
    code: 'SSH_AUTHENTICATION_REFUSED',
    message: /tried password; the server takes password/,
  });
  assert.equal(stubborn.asked.length, 3);
});

test('a password on one server that is wrong there alone is asked for that server', async () => {
  using rig = sshRig();
  await using first = await startSshServer({ password: 'everywhere' });
  await using second = await startSshServer({ password: 'but here' });
  const prompter = answering('everywhere', 'but here');
  const credentials = sshCredentials(prompter);
  for (const [name, { port }] of [
    ['web1', first],
    ['web2', second],
  ] as const) {
    const transport = rig.transport(port, { credentials, host: { name, identityFiles: [] } });
    assert.equal(await transport.runScript('echo in', []), 'in\n');
    await transport.close();
  }
  assert.deepEqual(prompter.asked, ['Password of alice@web1: ', 'Password of alice@web2: ']);
});

test('keyboard-interactive takes the password, and questions of the server are put as they are', async () => {
  using rig = sshRig();
  await using plain = await startSshServer({ questions: [['Password: ', 'right']] });
  const prompter = answering('right');
  const transport = rig.transport(plain.port, { prompter, host: { identityFiles: [] } });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
  await using two = await startSshServer({
    questions: [
      ['Password: ', 'right'],
      ['Code\u001b[2J: ', '123456'],
    ],
  });
  const patient = answering('right', '123456');
  const other = rig.transport(two.port, { prompter: patient, host: { identityFiles: [] } });
  assert.equal(await other.runScript('echo in', []), 'in\n');
  await other.close();
  assert.deepEqual(patient.asked, ['alice@web1: Password: ', 'alice@web1: Code?[2J: ']);
});

test('Ctrl-C at a question of the server ends the run as an interruption', async () => {
  using rig = sshRig();
  for (const question of ['Password: ', 'Code: ']) {
    await using server = await startSshServer({ questions: [[question, 'right']] });
    const interrupted = new OoError('ANSWER_INTERRUPTED', 'interrupted', 'interrupted');
    const prompter = { interactive: true, confirm: async () => false, secret: () => Promise.reject(interrupted) };
    const transport = rig.transport(server.port, { prompter, host: { identityFiles: [] } });
    await assert.rejects(transport.runScript('true', []), interrupted);
  }
});

test('an agent that is stuck is not waited for', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const agentSocket = join(rig.dir, 'stuck');
  const sockets: Socket[] = [];
  const stuck = createServer((socket) => sockets.push(socket)).listen(agentSocket);
  const transport = rig.transport(server.port, { host: { agentSocket, connectTimeout: 3_000 } });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
  for (const socket of sockets) socket.destroy();
  stuck.close();
});

test('a key and then a password, where the server wants both', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed], password: 'too', together: true });
  const transport = rig.transport(server.port, { prompter: answering('too') });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
});

test('the password file: read, kept to its owner, and never more than its first line', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ password: 'from the file' });
  const passwordFile = join(rig.dir, 'password');
  writeFileSync(passwordFile, 'from the file\nsomething else\n', { mode: 0o600 });
  const transport = rig.transport(server.port, { given: { passwordFile }, host: { identityFiles: [] } });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
  chmodSync(passwordFile, 0o640);
  await assert.rejects(
    rig.transport(server.port, { given: { passwordFile }, host: { identityFiles: [] } }).runScript('true', []),
    {
      code: 'SECRET_FILE_EXPOSED',
      message: `${passwordFile} has mode 0640: others can read the password in it`,
    },
  );
});

test('an encrypted key: its passphrase is asked once, only when a server takes the key', async () => {
  using rig = sshRig();
  const locked = join(rig.dir, 'locked');
  const { private: text, parsed: key } = newKey('opens it');
  writeFileSync(locked, text, { mode: 0o600 });
  await using takes = await startSshServer({ keys: [key] });
  await using alsoTakes = await startSshServer({ keys: [key] });
  await using refuses = await startSshServer({ keys: [newKey().parsed] });
  const prompter = answering('mistyped', 'opens it');
  const credentials = sshCredentials(prompter);
  const host = { identityFiles: [locked] };
  await assert.rejects(rig.transport(refuses.port, { credentials, host }).runScript('true', []), {
    code: 'SSH_AUTHENTICATION_REFUSED',
    message: new RegExp(`tried key ${locked}; the server takes publickey`),
  });
  assert.deepEqual(prompter.asked, []);
  for (const { port } of [takes, alsoTakes]) {
    const transport = rig.transport(port, { credentials, host });
    assert.equal(await transport.runScript('echo in', []), 'in\n');
    await transport.close();
  }
  assert.deepEqual(prompter.asked, [`Passphrase of the key ${locked}: `, `Wrong. Passphrase of the key ${locked}: `]);
  const guessing = rig.transport(takes.port, { prompter: answering('a', 'b', 'c', 'd'), host });
  await assert.rejects(guessing.runScript('true', []), { code: 'SSH_PASSPHRASE_WRONG' });
  await assert.rejects(rig.transport(takes.port, { host }).runScript('true', []), { code: 'SSH_PASSPHRASE_NEEDED' });
});

test('a key that others can read is not used', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  chmodSync(rig.identity, 0o644);
  await assert.rejects(rig.transport(server.port).runScript('true', []), { code: 'SSH_KEY_EXPOSED', message: /mode 0644/ });
});

test('keys are offered as OpenSSH does: configured ones of the agent, its others, then files; IdentitiesOnly leaves the others out', async () => {
  using rig = sshRig();
  const [stranger, held] = [newKey(), newKey()];
  const socket = join(rig.dir, 'agent');
  using agent = await startAgent(socket, [stranger.parsed, held.parsed]);
  // Its private half is in the agent only.
  const heldFile = join(rig.dir, 'id_held');
  writeFileSync(`${heldFile}.pub`, held.public);
  const host = { agentSocket: socket, identityFiles: [heldFile, rig.identity] };
  await using server = await startSshServer({ keys: [held.parsed] });
  const transport = rig.transport(server.port, { host });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
  assert.equal(agent.signed.length, 1);
  assert.deepEqual(server.tried, ['none', 'publickey', 'publickey']);

  await using picky = await startSshServer({ keys: [rig.key.parsed], maxTries: 2 });
  await assert.rejects(rig.transport(picky.port, { host }).runScript('true', []), {
    code: 'SSH_TOO_MANY_FAILURES',
    message: /tried key agent: \S*, key agent: \S*, key .*id_ed25519/,
  });
  const only = rig.transport(picky.port, { host: { ...host, identitiesOnly: true } });
  assert.equal(await only.runScript('echo in', []), 'in\n');
  await only.close();
});

test('an agent that does not answer is no reason to give up', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port, { host: { agentSocket: join(rig.dir, 'nobody') } });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
});

test('keys in PEM and PKCS #8, as other tools write them', async () => {
  using rig = sshRig();
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'sec1', format: 'pem' });
  const parsed = ssh2.utils.parseKey(pem as string) as ParsedKey;
  await using server = await startSshServer({ keys: [parsed] });
  const file = join(rig.dir, 'pem');
  const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'opens it' });
  for (const [content, answers] of [
    [pem, []],
    [privateKey.export({ type: 'pkcs8', format: 'pem' }), []],
    [encrypted, ['wrong', 'opens it']],
  ] as const) {
    writeFileSync(file, content, { mode: 0o600 });
    const transport = rig.transport(server.port, { prompter: answering(...answers), host: { identityFiles: [file] } });
    assert.equal(await transport.runScript('echo in', []), 'in\n');
    await transport.close();
  }
});
