import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteBackend } from '../../lib/platform/storage/sqlite/sqlite-backend.ts';

/** What a system call did, at the moment it was over (or, for a write, begun: its data may be read from then on). */
interface Call {
  readonly name: string;
  readonly file: string;
  readonly data: string;
}

/**
 * Calls of all threads in order, from `strace -f -y`. A sync counts where it ended, since before that nothing is safe, and a
 * write to the log where it ended too; an acknowledgement counts where it began.
 */
function parseTrace(trace: string): Call[] {
  const calls: Call[] = [];
  const begun = new Map<string, { call: Call; countsAtEnd: boolean }>();
  for (const line of trace.split('\n')) {
    const [, pid, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (pid === undefined || rest === undefined) continue;
    const start = /^(\w+)\(\d+<([^>]*)>(.*)$/.exec(rest);
    if (start !== null) {
      const call = { name: start[1]!, file: start[2]!, data: start[3]! };
      const countsAtEnd = rest.endsWith('<unfinished ...>') && call.file.endsWith('-wal');
      if (countsAtEnd) begun.set(pid, { call, countsAtEnd });
      else calls.push(call);
      continue;
    }
    const open = begun.get(pid);
    if (open === undefined || !/^<\.\.\. \w+ resumed>/.test(rest)) continue;
    begun.delete(pid);
    calls.push(open.call);
  }
  return calls;
}

/** The acknowledged values that were not synced to the log before they were acknowledged. */
function unsyncedAcknowledgements(calls: readonly Call[]): { acknowledged: number; unsynced: string[] } {
  const written = new Set<string>();
  const synced = new Set<string>();
  const unsynced: string[] = [];
  let acknowledged = 0;
  for (const { name, file, data } of calls) {
    const tokens = data.match(/token-\d+-\d+-/g) ?? [];
    if (file.endsWith('-wal')) {
      if (name.startsWith('pwrite')) for (const token of tokens) written.add(token);
      else for (const token of written) synced.add(token);
      continue;
    }
    if (name !== 'write') continue;
    for (const token of tokens) {
      acknowledged++;
      if (!synced.has(token)) unsynced.push(token);
    }
  }
  return { acknowledged, unsynced };
}

/** Runs storage-writer.ts for 200 writes under strace. */
function straceWriter(dir: string, inFlight: number, strace: readonly string[], synchronous = 'full'): SpawnSyncReturns<string> {
  const writer = [
    join(import.meta.dirname, 'storage-writer.ts'),
    join(dir, 'store.db'),
    '1',
    String(inFlight),
    '200',
    synchronous,
  ];
  return spawnSync('strace', ['-f', ...strace, process.execPath, ...writer], {
    encoding: 'utf8',
    timeout: 240_000,
    input: 'go\n',
  });
}

async function trace(inFlight: number, synchronous: 'full' | 'off'): Promise<ReturnType<typeof unsyncedAcknowledgements>> {
  const dir = await mkdtemp(join(tmpdir(), 'oo-trace-'));
  const output = join(dir, 'trace');
  const options = ['-y', '-s', '5000', '-e', 'trace=pwrite64,pwritev,write,fsync,fdatasync', '-o', output];
  const run = straceWriter(dir, inFlight, options, synchronous);
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stdout.trim().split('\n').length, 200);
  const calls = parseTrace(await readFile(output, 'latin1'));
  await rm(dir, { recursive: true });
  return unsyncedAcknowledgements(calls);
}

const skip = spawnSync('strace', ['-V']).status === 0 ? false : 'strace is not installed';

for (const inFlight of [1, 16]) {
  test(`every write is synced to disk before its acknowledgement, ${inFlight} in flight`, { skip }, async () => {
    assert.deepEqual(await trace(inFlight, 'full'), { acknowledged: 200, unsynced: [] });
  });
}

test('the check above notices when the sync is taken out', { skip }, async () => {
  const { acknowledged, unsynced } = await trace(1, 'off');
  assert.equal(acknowledged, 200);
  assert.ok(unsynced.length > 190, `${unsynced.length} of 200 were reported`);
});

test(
  'when the disk fails to sync, nothing more is acknowledged, the store ends, and what was acknowledged is there',
  { skip },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'oo-trace-'));
    const fault = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=20+', '-o', join(dir, 'trace')];
    const run = straceWriter(dir, 4, fault);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /cannot write to the database .*store\.db: disk I\/O error \(1034\)/);
    const acknowledged = run.stdout.trim().split('\n');
    assert.ok(acknowledged.length > 5 && acknowledged.length < 150, `${acknowledged.length} were acknowledged`);
    const backend = await openSqliteBackend({ path: join(dir, 'store.db') });
    const { items } = await backend.list('/key/');
    const found = new Set(items.map((item) => `${item.revision} ${item.key} ${Buffer.from(item.value).toString()}`));
    for (const line of acknowledged) if (line.includes(' /key/')) assert.ok(found.has(line), line);
    await backend.close();
    await rm(dir, { recursive: true });
  },
);
