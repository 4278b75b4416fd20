import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Backend } from '../../../lib/platform/storage/backend.ts';
import { openEtcdBackend } from '../../../lib/platform/storage/etcd/etcd-backend.ts';
import { EtcdMember } from '../../../lib/platform/storage/etcd/etcd-member.ts';
import { compareTargets, methods, type TxnResponse } from '../../../lib/platform/storage/etcd/messages.ts';
import { openSqliteBackend } from '../../../lib/platform/storage/sqlite/sqlite-backend.ts';
import { startEtcd } from '../../support/etcd.ts';
import { type Contender, type Measurement, quantile } from '../harness.ts';

export interface Load {
  readonly inFlight: number;
  readonly writes: number;
  /** Bytes of each value. */
  readonly size: number;
  /** Every contender must end with the same content: the digest of the first one, checked by all others. */
  digest?: string;
}

const key = (n: number): string => `/registry/pods/default/pod-${String(n).padStart(8, '0')}`;
const value = (n: number, size: number): Buffer => Buffer.alloc(size, `pod ${n} `);

function check(load: Load, items: Iterable<{ key: string; value: Uint8Array }>): void {
  const hash = createHash('sha256');
  for (const item of items) hash.update(item.key).update(item.value);
  const digest = hash.digest('hex');
  load.digest ??= digest;
  if (load.digest !== digest) throw new Error('the contenders wrote different things');
}

function measurement(load: Load, elapsed: number, latencies: readonly number[]): Measurement {
  return {
    'writes/s': (load.writes / elapsed) * 1000,
    'p50 ms': quantile(latencies, 0.5),
    'p99 ms': quantile(latencies, 0.99),
  };
}

function temporaryDir(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'oo-bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/**
 * The floor: SQLite itself in this thread, same pragmas, one transaction per write, as many callers waiting in line. It
 * keeps no history, tells no watcher and blocks the thread that calls it.
 */
export function rawSqlite(load: Load): Contender {
  return {
    name: 'node:sqlite, a transaction per write',
    run: async () => {
      using dir = temporaryDir();
      const db = new DatabaseSync(join(dir.path, 'raw.db'));
      db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      db.exec('CREATE TABLE kv (id INTEGER PRIMARY KEY, key TEXT UNIQUE, value BLOB) STRICT');
      const insert = db.prepare('INSERT INTO kv (key, value) VALUES (?, ?)');
      const waiting = Array.from({ length: load.inFlight }, () => performance.now());
      const latencies: number[] = [];
      const start = performance.now();
      for (let n = 0; n < load.writes; n++) {
        insert.run(key(n), value(n, load.size));
        const now = performance.now();
        latencies.push(now - waiting[n % load.inFlight]!);
        waiting[n % load.inFlight] = now;
      }
      const elapsed = performance.now() - start;
      check(load, db.prepare('SELECT key, value FROM kv ORDER BY key').all() as { key: string; value: Uint8Array }[]);
      db.close();
      return measurement(load, elapsed, latencies);
    },
  };
}

/** Ours: from the API's thread, through the store's thread, with a watch on everything that is written. */
export function sqliteBackend(load: Load): Contender {
  return {
    name: 'the store, with a watch',
    run: async () => {
      using dir = temporaryDir();
      return await runBackend(load, await openSqliteBackend({ path: join(dir.path, 'store.db') }));
    },
  };
}

/** The floor of an etcd: its transactions through the same gRPC library and nothing else, as many in flight; no watch, no claim. */
export function rawEtcd(load: Load): Contender {
  return {
    name: 'etcd, a transaction per write',
    run: async () => {
      await using etcd = await startEtcd({ fsync: true });
      const member = new EtcdMember(etcd.endpoints[0]!, {});
      const put = (n: number): Promise<TxnResponse> => {
        const of = Buffer.from(key(n));
        const compare = [{ key: of, target: compareTargets.mod, modRevision: 0 }];
        const request = { compare, success: [{ requestPut: { key: of, value: value(n, load.size) } }], failure: [] };
        return member.call(methods.txn, request, 60_000);
      };
      const latencies: number[] = [];
      let next = 0;
      const start = performance.now();
      await Promise.all(
        Array.from({ length: load.inFlight }, async () => {
          for (let n = next++; n < load.writes; n = next++) {
            const began = performance.now();
            if (!(await put(n)).succeeded) throw new Error(`${key(n)} was there already`);
            latencies.push(performance.now() - began);
          }
        }),
      );
      const elapsed = performance.now() - start;
      const { kvs } = await member.call(methods.range, { key: Buffer.from('/'), rangeEnd: Buffer.from('0') }, 60_000);
      check(
        load,
        kvs.map((pair) => ({ key: pair.key.toString(), value: pair.value })),
      );
      member.close();
      return measurement(load, elapsed, latencies);
    },
  };
}

/** Ours on an etcd of one member, with the claim that keeps others out, and a watch on everything that is written. */
export function etcdBackend(load: Load): Contender {
  return {
    name: 'the store on etcd, with a watch',
    run: async () => {
      await using etcd = await startEtcd({ fsync: true });
      const claim = { id: 'bench', name: 'bench' };
      return await runBackend(load, await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/bench', claim }));
    },
  };
}

async function runBackend(load: Load, backend: Backend): Promise<Measurement> {
  const latencies: number[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let n = next++; n < load.writes; n = next++) {
      const began = performance.now();
      const result = await backend.create(key(n), value(n, load.size));
      latencies.push(performance.now() - began);
      if (!result.ok) throw new Error(`${key(n)} was there already`);
    }
  };
  const seen = watchAll(backend.watch('/registry/', 2, new AbortController().signal), load.writes);
  const start = performance.now();
  await Promise.all([seen, ...Array.from({ length: load.inFlight }, caller)]);
  const elapsed = performance.now() - start;
  check(load, (await backend.list('/registry/')).items);
  await backend.close();
  return measurement(load, elapsed, latencies);
}

async function watchAll(watch: AsyncIterable<{ readonly events: readonly unknown[] }>, count: number): Promise<void> {
  let seen = 0;
  for await (const batch of watch) {
    seen += batch.events.length;
    if (seen === count) return;
  }
}
