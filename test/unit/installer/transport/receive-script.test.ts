import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { assetPath } from '../../../../lib/common/assets.ts';
import { hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { writeTar } from '../../../../lib/installer/artifacts/tar-writer.ts';
import { debHead, debTail, sampleDebFormat } from '../../../../lib/installer/artifacts/zstd-deb.ts';
import { eventually } from '../../../support/eventually.ts';
import { seededBytes } from '../../../support/seeded-bytes.ts';

const script = assetPath('transport', 'receive.sh');
/** Shells that a server may have as /bin/sh. */
const shells = [['dash'], ['bash', '--posix'], ['busybox', 'sh'], ['mksh'], ['ksh']].filter(
  ([program]) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0,
);
const program = seededBytes(3_000_000, 1);
const tree = writeTar([{ path: 'bin/node', type: 'file', mode: 0o755, mtime: 0, content: program }]);

function deb(content: Buffer): Buffer {
  const data = zstdCompressSync(content);
  const even = Buffer.concat([data, debTail(data.length)]);
  return Buffer.concat([debHead(even.length), even]);
}

/** The receiving side alone: its script, to which the test plays the operator. */
function receiving({ shell = ['dash'], kind = 'tree', content = '' } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'oo-receive-'));
  const target = join(dir, 'runtime', 'x');
  const incoming = join(dir, 'incoming');
  let runs = 0;
  const start = (): { child: ChildProcessWithoutNullStreams; next: () => Promise<string> } => {
    const args = [script, kind, target, content, `token${++runs}`, incoming, sampleDebFormat(), String(debHead(0).length)];
    const child = spawn(shell[0]!, [...shell.slice(1), ...args]);
    child.stdin.on('error', () => undefined);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, next: async () => String((await lines.next()).value) };
  };
  /** One whole run: what it says in the end. `tell`: what it is told of the data, where that is not so. */
  const run = async (data: Buffer, format: string, tell: { sha256?: string; size?: number; length?: number } = {}) => {
    const { child, next } = start();
    assert.match(await next(), /^unpacks /);
    const { sha256 = hashOf(data), size = data.length, length = tree.length } = tell;
    child.stdin.write(`${sha256} ${size} ${format} ${length}\n`);
    const have = Number(/^have (\d+)$/.exec(await next())![1]);
    child.stdin.end(data.subarray(have));
    return { have, end: await next() };
  };
  const inside = () => readdirSync(incoming);
  return { dir, target, incoming, start, run, inside, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

for (const shell of shells) {
  for (const [format, data] of [
    ['deb', deb(tree)],
    ['gzip', gzipSync(tree)],
    ['raw', tree],
  ] as const) {
    test(`${shell[0]}, ${format}: a tree is put in place whole`, async () => {
      using server = receiving({ shell });
      assert.deepEqual(await server.run(data, format), { have: 0, end: 'done' });
      assert.deepEqual(readFileSync(join(server.target, 'bin/node')), program);
      assert.equal(statSync(join(server.target, 'bin/node')).mode & 0o777, 0o755);
      assert.deepEqual(server.inside(), []);
    });
  }

  test(`${shell[0]}: a file that is not packed, and one that is, are for root alone`, async () => {
    for (const [format, data] of [
      ['raw', program],
      ['gzip', gzipSync(program)],
    ] as const) {
      using server = receiving({ shell, kind: 'file', content: hashOf(program) });
      assert.equal((await server.run(data, format, { length: program.length })).end, 'done');
      assert.deepEqual(readFileSync(server.target), program);
      assert.equal(statSync(server.target).mode & 0o777, 0o600);
    }
  });
}

test('it is unpacked while it arrives, where only root can look, and has no name before all of it is verified', async () => {
  using server = receiving();
  const data = deb(tree);
  const { child, next } = server.start();
  await next();
  child.stdin.write(`${hashOf(data)} ${data.length} deb ${tree.length}\n`);
  await next();
  child.stdin.write(data.subarray(0, data.length - 100_000));
  const unverified = join(server.incoming, `${hashOf(data)}.token1.unverified`);
  await eventually(() => statSync(join(unverified, 'bin/node')).size > 2_000_000);
  assert.equal(statSync(server.incoming).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(join(server.dir, 'runtime')), []);
  child.stdin.end(data.subarray(data.length - 100_000));
  assert.equal(await next(), 'done');
  assert.deepEqual(readdirSync(join(server.dir, 'runtime')), ['x']);
});

test('bytes that unpack well, but are others than were announced, are refused', async () => {
  using server = receiving();
  assert.match((await server.run(deb(tree), 'deb', { sha256: hashOf('another') })).end, /^corrupt [0-9a-f]{64}$/);
  // More than was announced, and of another hash.
  assert.match((await server.run(deb(tree), 'deb', { sha256: hashOf('another'), size: 1000 })).end, /^corrupt /);
  assert.deepEqual([readdirSync(join(server.dir, 'runtime')), server.inside()], [[], []]);
});

test('what ends too early is kept as far as it came, and the next run goes on there', async () => {
  using server = receiving();
  const data = deb(tree);
  const tell = { sha256: hashOf(data), size: data.length };
  assert.deepEqual(await server.run(data.subarray(0, 1_234_567), 'deb', tell), { have: 0, end: 'short 1234567' });
  assert.deepEqual(server.inside(), [`${hashOf(data)}.token1.part`]);
  assert.deepEqual(await server.run(data, 'deb'), { have: 1_234_567, end: 'done' });
  assert.deepEqual(readFileSync(join(server.target, 'bin/node')), program);
});

test('a part that has gone bad is told, and is gone', async () => {
  using server = receiving();
  const data = deb(tree);
  mkdirSync(server.incoming);
  for (const bad of [seededBytes(1_000_000, 2), Buffer.concat([data.subarray(0, 999_000), seededBytes(1000, 3)])]) {
    writeFileSync(join(server.incoming, `${hashOf(data)}.old.part`), bad);
    const { have, end } = await server.run(data, 'deb');
    assert.equal(have, 1_000_000);
    assert.match(end, /^corrupt /);
    assert.deepEqual(server.inside(), []);
  }
});

test('it never unpacks to more than was announced', async () => {
  using server = receiving();
  const bomb = gzipSync(writeTar([{ path: 'bomb', type: 'file', mode: 0o644, mtime: 0, content: Buffer.alloc(50_000_000) }]));
  assert.match((await server.run(bomb, 'gzip', { length: 100_000 })).end, /^failed .*tar/);
  assert.deepEqual(readdirSync(join(server.dir, 'runtime')), []);
  using file = receiving({ kind: 'file', content: hashOf(Buffer.alloc(50_000_000)) });
  assert.match((await file.run(gzipSync(Buffer.alloc(50_000_000)), 'gzip', { length: 100_000 })).end, /^failed its content/);
  assert.deepEqual(readdirSync(join(file.dir, 'runtime')), []);
});

test('what cannot be unpacked is told in the words of the program that tried, before all of it was sent', async () => {
  using server = receiving();
  const { child, next } = server.start();
  await next();
  child.stdin.write(`${hashOf('x')} 500000000 gzip 1000\n`);
  await next();
  // Nobody ends it: the answer comes while more is expected.
  const sending = setInterval(() => child.stdin.write(seededBytes(100_000, 4)), 5);
  try {
    assert.match(await next(), /^failed .*(gzip|tar)/);
  } finally {
    clearInterval(sending);
  }
  await once(child, 'close');
});
