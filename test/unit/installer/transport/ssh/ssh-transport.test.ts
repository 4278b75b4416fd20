import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeArtifact } from '../../../../../lib/installer/artifacts/artifact.ts';
import { hashOf } from '../../../../../lib/installer/artifacts/cache.ts';
import { loginCommand } from '../../../../../lib/installer/transport/ssh/bootstrap.ts';
import { eventually } from '../../../../support/eventually.ts';
import { seededBytes } from '../../../../support/seeded-bytes.ts';
import { startSshServer } from '../../../../support/ssh-server.ts';
import { sshRig } from '../../../../support/ssh-rig.ts';

function artifactIn(dir: string, size = 300_000) {
  const files = { 'bin/node': seededBytes(size, 7), 'a file': Buffer.from('hello\n'), empty: Buffer.alloc(0) };
  return makeArtifact(
    'runtime',
    Object.entries(files).map(([path, content]) => {
      const source = join(dir, hashOf(path));
      writeFileSync(source, content);
      return { path, source, mode: path === 'bin/node' ? 0o755 : 0o644, sha256: hashOf(content), size: content.length };
    }),
  );
}

test('arguments reach the script whatever they hold, and the login shell only ever reads one constant', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port);
  const hostile = [
    "a'b",
    '$(touch /tmp/pwned)',
    '`id`',
    '; reboot',
    '\n\necho x',
    '!!',
    '\\',
    '',
    '-n',
    '%s',
    "'\"'\"'",
    '~',
    '*',
    'ü\u{1f600}',
  ];
  const output = await transport.runScript('for word; do printf "<%s>" "$word"; done', hostile);
  assert.equal(output, hostile.map((word) => `<${word}>`).join(''));
  await assert.rejects(transport.runScript('', ['a\0b']), /NUL/);
  await transport.close();
  assert.deepEqual([...new Set(server.commands)], [loginCommand]);
  assert.match(loginCommand, /^[\w /'="$&-]+$/);
});

test('a server that lets us in and then says nothing is left when nobody waits any more', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const interrupt = new AbortController();
  const transport = rig.transport(server.port, { signal: interrupt.signal });
  const answer = transport.runScript('echo begun; exec sleep 600', []);
  await eventually(() => server.commands.length > 0);
  interrupt.abort(new Error('interrupted'));
  await assert.rejects(answer, /^Error: interrupted$/);
  await transport.close();
});

test('one connection carries everything', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port);
  await Promise.all([1, 2, 3].map(() => transport.runScript('true', [])));
  await transport.close();
  assert.equal(server.logins, 1);
  assert.equal(server.mostSessions, 1);
});

test('an artifact arrives whole, with its modes, and is not sent twice', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port);
  const artifact = artifactIn(rig.dir);
  const target = join(rig.dir, 'opt', 'runtime', artifact.sha256);
  const told: number[] = [];
  await transport.place(artifact, target, (bytes) => told.push(bytes));
  for (const file of artifact.files) {
    assert.equal(hashOf(readFileSync(join(target, file.path))), file.sha256);
    assert.equal(statSync(join(target, file.path)).mode & 0o777, file.mode);
  }
  assert.equal(statSync(target).mode & 0o777, 0o755);
  assert.equal(told.at(-1), artifact.size);
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.deepEqual(readdirSync(join(rig.dir, 'opt', 'incoming')), []);
  assert.equal(statSync(join(rig.dir, 'opt', 'incoming')).mode & 0o777, 0o700);
  const before = statSync(join(target, 'bin/node')).ino;
  await transport.place(artifact, target, () => undefined);
  assert.equal(statSync(join(target, 'bin/node')).ino, before);
  await transport.close();
});

test('a file that is sent is for root alone, and gone when the run is over', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port);
  const source = join(rig.dir, 'image.tar');
  writeFileSync(source, 'some image');
  const path = await transport.send({ source, sha256: hashOf('some image'), size: 10 }, () => undefined);
  assert.match(path, /\/files\/[0-9a-f]{64}\.tar$/);
  assert.equal(readFileSync(path, 'utf8'), 'some image');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await transport.close();
  assert.deepEqual(readdirSync(join(rig.dir, 'opt', 'files')), []);
});

test('a file that is not what its hash says is not put in place', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port);
  const source = join(rig.dir, 'image.tar');
  writeFileSync(source, 'some image');
  await assert.rejects(
    transport.send({ source, sha256: hashOf('another'), size: 10 }, () => undefined),
    { code: 'PLACE_FAILED' },
  );
  assert.deepEqual(readdirSync(join(rig.dir, 'opt', 'files')), []);
  await transport.close();
});

test('the relay carries bytes both ways while files are sent, over one connection', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port);
  const relay = await transport.connect(['/bin/cat', '--', '-']);
  relay.output.write('{"id":1}\n');
  assert.equal(String((await once(relay.input.resume(), 'data'))[0]), '{"id":1}\n');
  assert.equal(await transport.runScript('echo beside it', []), 'beside it\n');
  relay.close();
  assert.match((await relay.ended).message, /status 0/);
  await transport.close();
  assert.equal(server.logins, 1);
});

test('MaxSessions 1: what is sent while the relay is there goes over a second connection', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed], maxSessions: 1 });
  const transport = rig.transport(server.port);
  assert.equal(await transport.runScript('echo 1', []), '1\n');
  const relay = await transport.connect(['/bin/cat']);
  relay.input.resume();
  for (const number of ['2', '3']) assert.equal(await transport.runScript(`echo ${number}`, []), `${number}\n`);
  const artifact = artifactIn(rig.dir);
  await transport.place(artifact, join(rig.dir, 'opt', 'runtime', artifact.sha256), () => undefined);
  relay.close();
  await transport.close();
  assert.equal(server.logins, 2);
  assert.equal(server.mostSessions, 1);
});

test('a relay that cannot start says why', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const transport = rig.transport(server.port);
  const relay = await transport.connect(['/nowhere/node', 'agent.mjs']);
  relay.input.resume();
  assert.match((await relay.ended).message, /\/nowhere\/node: not found|\/nowhere\/node: No such file/);
  await transport.close();
});

for (const [shell, loginShell] of [
  ['prints and complains before it runs anything', ['sh', '-c', 'echo "Welcome!"; echo noise >&2; eval "$1"', 'sh']],
  ['is bash with a noisy start-up file', ['bash', '-c', 'printf "no newline at its end"; eval "$1"', 'bash']],
  ['is busybox', ['busybox', 'sh', '-c']],
] as const) {
  const absent = spawnSync(loginShell[0], ['--help']).error !== undefined;
  test(`a login shell that ${shell} does not get in the way`, { skip: absent && `no ${loginShell[0]}` }, async () => {
    using rig = sshRig();
    await using server = await startSshServer({ keys: [rig.key.parsed], loginShell, banner: 'Authorized use only\n' });
    const transport = rig.transport(server.port);
    assert.equal(await transport.runScript('echo "$1"', ['clean']), 'clean\n');
    const artifact = artifactIn(rig.dir, 5000);
    await transport.place(artifact, join(rig.dir, 'opt', 'runtime', artifact.sha256), () => undefined);
    await transport.close();
  });
}

for (const [what, loginShell, says] of [
  ['nologin', ['sh', '-c', 'echo This account is currently not available.; exit 1', 'sh'], /currently not available/],
  ['a restricted shell', ['bash', '-r', '-c'], /restricted/],
  ['a forced command', ['sh', '-c', 'echo backup ok', 'sh'], /backup ok/],
] as const) {
  test(`${what} is told from everything else`, async () => {
    using rig = sshRig();
    await using server = await startSshServer({ keys: [rig.key.parsed], loginShell });
    const transport = rig.transport(server.port);
    await assert.rejects(transport.runScript('true', []), { code: 'SSH_SHELL_UNFIT', message: says });
    await transport.close();
  });
}

test('a server that refuses commands, and one that opens no session, are told apart', async () => {
  using rig = sshRig();
  await using refusing = await startSshServer({ keys: [rig.key.parsed], refuseExec: true });
  await assert.rejects(rig.transport(refusing.port).runScript('true', []), { code: 'SSH_COMMAND_REFUSED' });
  await using closed = await startSshServer({ keys: [rig.key.parsed], maxSessions: 0 });
  await assert.rejects(rig.transport(closed.port).runScript('true', []), { code: 'SSH_NO_SESSION' });
});
