import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../../../../lib/platform/storage/sqlite/store-database.ts';
import type { ReadRequest, StoreMessage, WriteTuple } from '../../../../../lib/platform/storage/sqlite/store-protocol.ts';
import { StoreService } from '../../../../../lib/platform/storage/sqlite/store-service.ts';

const never = { retainMs: 0, retainRevisions: 0, maxRevisions: 1_000_000, intervalMs: 0 };

/** The store's thread without the thread: what it sends is kept, and it works only when told to. */
function startService(): Disposable & Service {
  const dir = mkdtempSync(join(tmpdir(), 'oo-store-'));
  const path = join(dir, 'store.db');
  const database = openDatabase(path);
  const sent: StoreMessage[] = [];
  const start = (): StoreService => new StoreService(database, never, (message) => void sent.push(message));
  let service = start();
  const serve = (writes: readonly WriteTuple[], reads: readonly ReadRequest[] = []): void => {
    const length = writes.reduce((sum, write) => sum + write[3], 0);
    service.serve([{ writes, reads, values: new Uint8Array(length) }]);
  };
  const drain = (): number => {
    let steps = 0;
    for (; service.hasWork(); steps++) service.work();
    return steps;
  };
  drain();
  return {
    get service() {
      return service;
    },
    restart: () => (service = start()),
    sent,
    serve,
    drain,
    path,
    rows: () => Number(database.db.prepare('SELECT count(*) AS count FROM log').get()?.['count']),
    [Symbol.dispose]: () => {
      database.close();
      rmSync(dir, { recursive: true });
    },
  };
}

interface Service {
  readonly service: StoreService;
  readonly sent: StoreMessage[];
  readonly path: string;
  serve(writes: readonly WriteTuple[], reads?: readonly ReadRequest[]): void;
  /** Goes on from what the database holds, as a new process does. */
  restart(): void;
  /** Works until there is nothing to do; the number of steps. */
  drain(): number;
  rows(): number;
}

function creates(count: number, prefix: string, length = 1000): WriteTuple[] {
  return Array.from({ length: count }, (_, i) => [0, `${prefix}${String(i).padStart(5, '0')}`, 0, length]);
}

test('compaction leaves one row for a live key and none for a deleted one, in small steps, and gives the space back', () => {
  using store = startService();
  store.serve(creates(3000, '/'));
  store.serve(Array.from({ length: 2990 }, (_, i): WriteTuple => [2, `/${String(i).padStart(5, '0')}`, i + 2, 0]));
  store.serve([[1, '/02999', 3001, 10]]);
  store.drain();
  const grown = statSync(store.path).size;
  store.serve([], [{ id: 1, type: 'compact', revision: store.service.revision }]);
  const steps = store.drain();
  assert.ok(steps >= 12, `${steps} steps`);
  // Ten live keys, and the value that the newest write superseded, which a watch from that revision tells.
  assert.equal(store.rows(), 11);
  store.serve(creates(2000, '/more', 10));
  store.drain();
  assert.ok(statSync(store.path).size < grown / 2, `${grown} -> ${statSync(store.path).size}`);
});

test('a compaction that a restart cut short is finished after it', () => {
  using store = startService();
  store.serve(creates(1200, '/'));
  store.serve(Array.from({ length: 1200 }, (_, i): WriteTuple => [1, `/${String(i).padStart(5, '0')}`, i + 2, 0]));
  store.serve([], [{ id: 1, type: 'compact', revision: 2401 }]);
  store.service.work();
  assert.equal(store.rows(), 2400);
  store.service.work();
  store.service.work();
  store.service.work();
  const half = store.rows();
  assert.ok(half > 1201 && half < 2400, `${half} rows`);
  store.restart();
  assert.equal(store.service.compacted, 2401);
  store.drain();
  assert.equal(store.rows(), 1201);
});

test('a list keeps its snapshot from being compacted until its last page is out, and lets writes pass between pages', () => {
  using store = startService();
  store.serve(creates(10, '/', 300_000));
  store.sent.length = 0;
  store.serve([], [{ id: 1, type: 'list', prefix: '/', after: undefined, limit: undefined, revision: undefined }]);
  store.serve(Array.from({ length: 10 }, (_, i): WriteTuple => [1, `/${String(i).padStart(5, '0')}`, i + 2, 7]));
  store.serve([], [{ id: 2, type: 'compact', revision: 21 }]);
  store.drain();
  // The first page, the writes, the compaction with its answer, and two more pages.
  const kinds = store.sent.map((message) => message.type);
  assert.deepEqual(kinds, ['reads', 'committed', 'compacted', 'reads', 'reads', 'reads']);
  const pages = store.sent.flatMap((message) => (message.type === 'reads' ? message.replies : []));
  const items = pages.flatMap((page) => (page.type === 'items' ? page.items : []));
  assert.equal(items.length, 10);
  assert.ok(items.every(([, revision, , length]) => revision <= 11 && length === 300_000));
  // The list's end lets go of them: the current ten, and what the newest write superseded.
  assert.equal(store.rows(), 11);
});
