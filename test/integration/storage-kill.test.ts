import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoreEvent } from '../../lib/platform/storage/backend.ts';
import { openSqliteBackend } from '../../lib/platform/storage/sqlite/sqlite-backend.ts';
import { eventually } from '../support/eventually.ts';

/** OO_KILLS=200 kills it as often. */
const rounds = Number(process.env['OO_KILLS'] ?? 20);

interface Writer extends AsyncDisposable {
  /** Lets it write for a random time, kills it with SIGKILL, and returns the lines it got out. */
  runAndKill(): Promise<string[]>;
}

/** A writer that has loaded its code and waits: the next one does while the last one's work is checked. */
async function startWriter(path: string, round: number): Promise<Writer> {
  // A file and no pipe: what the writer wrote stays there, and a full pipe cannot stop it.
  const acknowledgements = await open(`${path}.${round}`, 'w+');
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'storage-writer.ts'), path, String(round), '24'], {
    stdio: ['pipe', acknowledgements.fd, 'inherit'],
  });
  const exited = once(writer, 'exit');
  return {
    runAndKill: async () => {
      writer.stdin!.write('go\n');
      await eventually(async () => (await acknowledgements.stat()).size > 0, { what: `first write of round ${round}` });
      await delay(Math.random() * 60);
      writer.kill('SIGKILL');
      const [, signal] = (await exited) as [unknown, string];
      assert.equal(signal, 'SIGKILL', `round ${round}: the writer ended by itself`);
      const output = await readFile(`${path}.${round}`, 'utf8');
      // What follows the last line end is half a line: the kill came while it was written.
      return output.slice(0, output.lastIndexOf('\n')).split('\n');
    },
    [Symbol.asyncDispose]: async () => {
      writer.kill('SIGKILL');
      await exited;
      await acknowledgements.close();
    },
  };
}

/** Every write from `from` on, as a watch replays it, after a check that none is missing in between. */
async function readLog(path: string, from: number): Promise<Map<number, string>> {
  const backend = await openSqliteBackend({ path });
  const last = await backend.currentRevision();
  const events: StoreEvent[] = [];
  if (last >= from) {
    for await (const batch of backend.watch('', from, new AbortController().signal)) {
      events.push(...batch.events);
      if (batch.revision >= last) break;
    }
  }
  await backend.close();
  assert.deepEqual(
    events.map((event) => event.revision),
    Array.from({ length: last - from + 1 }, (_, i) => from + i),
    'revisions have no gap',
  );
  return new Map(
    events.map((event) => [event.revision, `${event.revision} ${event.key} ${Buffer.from(event.value).toString()}`]),
  );
}

test(
  `after each of ${rounds} kills under load, every acknowledged write is there`,
  { timeout: 240_000 + rounds * 12_000 },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'oo-kill-'));
    const path = join(dir, 'store.db');
    const acknowledged: string[] = [];
    let from = 2;
    let next = await startWriter(path, 0);
    for (let round = 0; round < rounds; round++) {
      await using writer = next;
      next = await startWriter(path, round + 1);
      const lines = await writer.runAndKill();
      const log = await readLog(path, from);
      for (const line of lines) assert.equal(log.get(Number.parseInt(line, 10)), line, `round ${round}`);
      acknowledged.push(...lines);
      from += log.size;
    }
    await next[Symbol.asyncDispose]();
    const whole = await readLog(path, 2);
    for (const line of acknowledged) assert.equal(whole.get(Number.parseInt(line, 10)), line);
    assert.ok(acknowledged.length > rounds * 5, `only ${acknowledged.length} writes were made in all`);
    await rm(dir, { recursive: true });
  },
);
