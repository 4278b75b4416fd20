import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashOf } from '../../../../../lib/installer/artifacts/cache.ts';
import { makeArtifact } from '../../../../../lib/installer/artifacts/artifact.ts';
import { cuttingRelay } from '../../../../support/cutting-relay.ts';
import { seededBytes } from '../../../../support/seeded-bytes.ts';
import { sshRig } from '../../../../support/ssh-rig.ts';
import { startSshServer } from '../../../../support/ssh-server.ts';

const size = 2_000_000;

function artifactOf(dir: string, content: Buffer) {
  const source = join(dir, 'source');
  writeFileSync(source, content);
  const file = { path: 'bin/node', source, mode: 0o755, sha256: hashOf(content), size: content.length };
  return makeArtifact('runtime', [file]);
}

test('a stream that is cut goes on at the byte where it stopped', async (t) => {
  const seed = Number(process.env['OO_SEED'] ?? randomInt(2 ** 31));
  t.diagnostic(`OO_SEED=${seed}`);
  const offsets = [...seededBytes(16, seed)].map((byte, at) => Math.round(((at % 2 === 0 ? byte : 255 - byte) / 255) * size));
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  await using relay = await cuttingRelay({ host: '127.0.0.1', port: server.port });
  const artifact = artifactOf(rig.dir, seededBytes(size, seed));
  for (const [at, offset] of offsets.slice(0, 3).entries()) {
    const transport = rig.transport(relay.port);
    // Beyond the handshake: what is cut there is told as a server that cannot be reached.
    relay.cutAfter(offset + 6000);
    const target = join(rig.dir, 'opt', 'runtime', `${artifact.sha256}-${at}`);
    const before = relay.bytes;
    await transport.place(artifact, target, () => undefined);
    assert.equal(hashOf(readFileSync(join(target, 'bin/node'))), artifact.files[0]!.sha256, `cut after ${offset} bytes`);
    // What had arrived was not sent again: a window of OpenSSH's and the talk around it apart.
    assert.ok(relay.bytes - before < size + 300_000, `${relay.bytes - before} bytes were sent for ${size}, cut after ${offset}`);
    assert.deepEqual(readdirSync(join(rig.dir, 'opt', 'incoming')), []);
    await transport.close();
  }
});

test('a run that was cut off for good leaves what it sent to the next one', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  await using relay = await cuttingRelay({ host: '127.0.0.1', port: server.port });
  const artifact = artifactOf(rig.dir, seededBytes(size, 1));
  const target = join(rig.dir, 'opt', 'runtime', artifact.sha256);
  const abort = new AbortController();
  const first = rig.transport(relay.port, { signal: abort.signal });
  await assert.rejects(
    first.place(artifact, target, (bytes) => {
      if (bytes > size / 2) abort.abort(new Error('enough'));
    }),
    /enough|aborted/,
  );
  await first.close();
  const [part] = readdirSync(join(rig.dir, 'opt', 'incoming'));
  assert.match(part ?? '', /\.part$/);
  const told: number[] = [];
  const second = rig.transport(relay.port);
  await second.place(artifact, target, (bytes) => told.push(bytes));
  await second.close();
  assert.ok(told[0]! > 0, 'it began at the first byte');
  assert.equal(hashOf(readFileSync(join(target, 'bin/node'))), artifact.files[0]!.sha256);
});

test('a partial file that has gone bad is thrown away, and everything sent again', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const artifact = artifactOf(rig.dir, seededBytes(size, 2));
  const target = join(rig.dir, 'opt', 'runtime', artifact.sha256);
  const transport = rig.transport(server.port);
  await transport.place(artifact, `${target}-first`, () => undefined);
  const [packed] = readdirSync(join(rig.dir, 'cache', 'packed')).filter((name) => !name.endsWith('.json'));
  const { sha256 } = JSON.parse(readFileSync(join(rig.dir, 'cache', 'packed', `${packed}.json`), 'utf8')) as { sha256: string };
  writeFileSync(join(rig.dir, 'opt', 'incoming', `${sha256}.old.part`), seededBytes(1_000_000, 3));
  await transport.place(artifact, target, () => undefined);
  assert.equal(hashOf(readFileSync(join(target, 'bin/node'))), artifact.files[0]!.sha256);
  assert.deepEqual(readdirSync(join(rig.dir, 'opt', 'incoming')), []);
  await transport.close();
});

test('a packed file that has gone bad on this machine is packed again', async () => {
  using rig = sshRig();
  await using server = await startSshServer({ keys: [rig.key.parsed] });
  const artifact = artifactOf(rig.dir, seededBytes(100_000, 4));
  const target = join(rig.dir, 'opt', 'runtime', artifact.sha256);
  const transport = rig.transport(server.port);
  await transport.place(artifact, `${target}-first`, () => undefined);
  const [packed] = readdirSync(join(rig.dir, 'cache', 'packed')).filter((name) => !name.endsWith('.json'));
  const path = join(rig.dir, 'cache', 'packed', packed!);
  writeFileSync(path, seededBytes(readFileSync(path).length, 5));
  await transport.place(artifact, target, () => undefined);
  assert.equal(hashOf(readFileSync(join(target, 'bin/node'))), artifact.files[0]!.sha256);
  await transport.close();
});

test('a server without room says so, and nothing is put in place', async () => {
  using rig = sshRig();
  await using server = await startSshServer({
    keys: [rig.key.parsed],
    loginShell: ['sh', '-c', 'ulimit -f 200; eval "$1"', 'sh'],
  });
  const artifact = artifactOf(rig.dir, seededBytes(size, 6));
  const target = join(rig.dir, 'opt', 'runtime', artifact.sha256);
  const transport = rig.transport(server.port);
  await assert.rejects(
    transport.place(artifact, target, () => undefined),
    { code: 'PLACE_FAILED', message: /the runtime could not/ },
  );
  assert.deepEqual(readdirSync(join(rig.dir, 'opt', 'runtime')), []);
  await transport.close();
});
