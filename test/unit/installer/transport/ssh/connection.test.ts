import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { OoError } from '../../../../../lib/common/errors.ts';
import { connectThrough } from '../../../../../lib/installer/transport/ssh/connection.ts';
import { sshCredentials } from '../../../../../lib/installer/transport/ssh/credentials.ts';
import { explainFailure } from '../../../../../lib/installer/transport/ssh/explain-failure.ts';
import { newKey, startSshServer } from '../../../../support/ssh-server.ts';
import { answering, sshRig, trustingVerifier } from '../../../../support/ssh-rig.ts';

/** A TCP server that does this with every connection. */
async function tcpServer(onConnection: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dispose = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: dispose };
}

test('a name that nobody knows', async () => {
  using rig = sshRig();
  const transport = rig.transport(22, { host: { hostName: 'no-such-host.invalid' } });
  await assert.rejects(transport.runScript('true', []), (error: OoError) => {
    assert.ok(['SSH_HOST_NOT_FOUND', 'SSH_LOOKUP_FAILED'].includes(error.code), error.code);
    assert.match(error.message, /^web1: the name no-such-host\.invalid /);
    return true;
  });
});

test('a port where nothing listens', async () => {
  using rig = sshRig();
  await assert.rejects(rig.transport(1).runScript('true', []), {
    code: 'SSH_REFUSED',
    failure: 'connection',
    message: 'web1: nothing listens on 127.0.0.1 port 1',
  });
});

test('a server that accepts and stays silent', async () => {
  using rig = sshRig();
  using silent = await tcpServer(() => undefined);
  await assert.rejects(rig.transport(silent.port, { host: { connectTimeout: 300 } }).runScript('true', []), {
    code: 'SSH_TIMEOUT',
  });
});

test('a server that speaks something else, and one that hangs up', async () => {
  using rig = sshRig();
  using web = await tcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await assert.rejects(rig.transport(web.port).runScript('true', []), { code: 'SSH_NOT_SPOKEN' });
  using rude = await tcpServer((socket) => socket.destroy());
  await assert.rejects(rig.transport(rude.port).runScript('true', []), { code: 'SSH_NOT_SPOKEN' });
});

test('no algorithm in common', () => {
  using rig = sshRig();
  const error = Object.assign(new Error('Handshake failed: no matching key exchange algorithm'), { level: 'handshake' });
  assert.equal(explainFailure(error, 'handshake', rig.settings(22), undefined as never).code, 'SSH_NO_AGREEMENT');
});

test("a server's key is judged before anything is told to it, and the judgement is what a person reads", async () => {
  using rig = sshRig();
  await using server = await startSshServer({ password: 'secret' });
  const refusal = new OoError('HOST_KEY_CHANGED', 'connection', 'the key of web1 has changed');
  const seen: Buffer[] = [];
  const hostKeys = {
    algorithms: async () => ['rsa-sha2-512', 'no-such-thing'],
    verify: async (_settings: unknown, key: Buffer) => {
      seen.push(key);
      throw refusal;
    },
  };
  const transport = rig.transport(server.port, { hostKeys, prompter: answering('secret') });
  await assert.rejects(transport.runScript('true', []), refusal);
  assert.equal(seen.length, 1);
  assert.deepEqual(server.tried, []);
});

test('a person who is asked takes as long as he takes: the clock stands still', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  setTimeout(answer, 3_100);
  const transport = rig.transport(server.port, {
    host: { connectTimeout: 3_000 },
    hostKeys: { algorithms: async () => undefined, verify: () => answered },
  });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
});

/** Long enough for a hang-up to be noticed: what has come meanwhile is read after the timers, however late they are. */
const noticed = () => new Promise((resolve) => setTimeout(() => setImmediate(resolve), 50));

test('a server that does not wait for an answer is called again once it is there, and nobody is asked twice', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ password: 'right' });
  const asked: string[] = [];
  const cutAndThen = <T>(what: string, answer: T) => {
    asked.push(what);
    server.cut();
    return noticed().then(() => answer);
  };
  let trusted: Promise<void> | undefined;
  const transport = rig.transport(server.port, {
    host: { identityFiles: [] },
    hostKeys: { algorithms: async () => undefined, verify: () => (trusted ??= cutAndThen('trust', undefined)) },
    prompter: { interactive: true, confirm: async () => false, secret: () => cutAndThen('password', 'right') },
  });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
  assert.deepEqual(asked, ['trust', 'password']);
});

test('a server that hung up meanwhile changes nothing about a refusal', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ password: 'right' });
  const refusal = new OoError('HOST_KEY_DECLINED', 'connection', 'the key was not accepted');
  const verify = async () => {
    server.cut();
    await noticed();
    throw refusal;
  };
  const transport = rig.transport(server.port, { hostKeys: { algorithms: async () => undefined, verify } });
  await assert.rejects(transport.runScript('true', []), refusal);
});

test('a server that answers without end is cut off', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port);
  const answer = await transport.runScript('while :; do head -c 1000000 /dev/zero; done', []);
  assert.ok(answer.length <= 16 << 20, String(answer.length));
  await transport.close();
});

test('an abort ends connecting at once', async () => {
  using rig = sshRig();
  using silent = await tcpServer(() => undefined);
  const abort = new AbortController();
  const reason = new Error('enough');
  const running = rig.transport(silent.port, { signal: abort.signal }).runScript('true', []);
  abort.abort(reason);
  await assert.rejects(running, reason);
});

test('through two jump hosts, each with its own user and key, over one connection', async () => {
  using rig = sshRig();
  const inner = newKey();
  await using outer = await startSshServer({ keys: [rig.key.parsed], allowForwarding: true });
  await using middle = await startSshServer({ password: 'middle', allowForwarding: true }, inner.private);
  await using target = await startSshServer({ keys: [rig.key.parsed] });
  const judged: string[] = [];
  const transport = rig.transport(target.port, {
    host: {
      jumps: [
        rig.settings(outer.port, { name: 'bastion' }),
        rig.settings(middle.port, { name: 'inner', user: 'bob', identityFiles: [] }),
      ],
    },
    prompter: answering('middle'),
    hostKeys: { algorithms: async () => undefined, verify: async ({ name }) => void judged.push(name) },
  });
  assert.equal(await transport.runScript('echo in', []), 'in\n');
  await transport.close();
  assert.deepEqual(judged, ['bastion', 'inner', 'web1']);
  assert.deepEqual([outer.logins, middle.logins, target.logins], [1, 1, 1]);
  assert.deepEqual(outer.commands, []);
});

test('a jump host that does not lead on, and one that lets nobody in, are named', async () => {
  using rig = sshRig();
  await using strict = await startSshServer({ keys: [rig.key.parsed] });
  const jumps = [rig.settings(strict.port, { name: 'bastion' })];
  await assert.rejects(rig.transport(1, { host: { jumps } }).runScript('true', []), {
    code: 'SSH_JUMP_REFUSED',
    message: /^bastion does not lead on to 127\.0\.0\.1 port 1: /,
  });
  await using closed = await startSshServer({ keys: [newKey().parsed] });
  const other = [rig.settings(closed.port, { name: 'bastion' })];
  await assert.rejects(rig.transport(1, { host: { jumps: other } }).runScript('true', []), {
    code: 'SSH_AUTHENTICATION_REFUSED',
    message: /^bastion: user alice was not let in; tried key .*; the server takes publickey$/,
  });
});

test('a connection that is lost ends what waits for it, with the reason', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const options = { credentials: sshCredentials(answering()), hostKeys: trustingVerifier };
  const connection = await connectThrough(rig.settings(server.port), options);
  assert.equal(connection.isOpen, true);
  server.cut();
  assert.equal((await connection.ended).code, 'SSH_CONNECTION_LOST');
  assert.equal(connection.isOpen, false);
  await assert.rejects(connection.exec('true'), { code: 'SSH_CONNECTION_LOST' });
});
