import type { Worker } from 'node:worker_threads';
import { spawnRole } from '../../../common/worker-entry.ts';
import type { Backend, DefragmentedFile, KeyValue, StoreBatch, StoreList, WriteResult } from '../backend.ts';
import { type CompactionPolicy, defaultCompaction } from '../compaction-schedule.ts';
import { checkKey } from '../keys.ts';
import { WatchHub, type WatchHubOptions } from '../watch-hub.ts';
import { storeErrors } from './store-errors.ts';
import { StoreLink } from './store-link.ts';
import type { StoreWorkerData } from './store-protocol.ts';

export interface SqliteBackendOptions extends Pick<WatchHubOptions, 'windowEvents' | 'windowBytes' | 'progressMs'> {
  /** The database file. It and its folder are made when absent, readable for their owner only. */
  readonly path: string;
  /** Starts the store's thread. @default spawnRole('store', data) */
  readonly spawn?: (data: StoreWorkerData) => Worker;
  /** How much of the past is kept. @default defaultCompaction */
  readonly compaction?: Partial<CompactionPolicy>;
  /** Called once when the store ends by itself: its thread died or the disk failed. Every call rejects from then on. */
  readonly onFailure?: (error: Error) => void;
  /** 'off' acknowledges writes that are not on disk: only for the test that proves that the durability test notices. */
  readonly synchronous?: 'full' | 'off';
}

/**
 * Opens the store in a SQLite database, served by a thread of its own, so that the caller's thread never waits for the disk.
 * Throws OoError (store-errors.ts): in use, newer, foreign, corrupt, full, unreachable.
 */
export async function openSqliteBackend(options: SqliteBackendOptions): Promise<Backend> {
  const spawn = options.spawn ?? ((data) => spawnRole('store', data));
  const worker = spawn({
    path: options.path,
    compaction: { ...defaultCompaction, ...options.compaction },
    synchronous: options.synchronous ?? 'full',
  });
  const link = new StoreLink(worker, options.path);
  const { revision, compacted } = await link.ready;
  return new SqliteBackend(link, { ...options, revision, compacted });
}

class SqliteBackend implements Backend {
  readonly #link: StoreLink;
  readonly #hub: WatchHub;
  readonly #path: string;
  #closing: Promise<void> | undefined;

  constructor(link: StoreLink, options: SqliteBackendOptions & { readonly revision: number; readonly compacted: number }) {
    this.#link = link;
    this.#path = options.path;
    this.#hub = new WatchHub({ ...options, replay: (prefix, from) => link.replay(prefix, from) });
    link.on({
      events: (events) => this.#hub.publish(events),
      compacted: (revision) => this.#hub.compact(revision),
      failed: (error) => {
        this.#hub.end(error);
        options.onFailure?.(error);
      },
    });
  }

  async currentRevision(): Promise<number> {
    this.#checkOpen();
    return this.#hub.revision;
  }

  async get(key: string): Promise<{ item: KeyValue | undefined; revision: number }> {
    this.#checkOpen();
    checkKey(key);
    return await this.#link.get(key);
  }

  async list(prefix: string, options: { limit?: number; after?: string; revision?: number } = {}): Promise<StoreList> {
    this.#checkOpen();
    return await this.#link.list({ prefix, after: options.after, limit: options.limit || undefined, revision: options.revision });
  }

  async create(key: string, value: Uint8Array): Promise<WriteResult> {
    return await this.#write('create', key, value, 0);
  }

  async update(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    return await this.#write('update', key, value, expected);
  }

  async delete(key: string, expected: number): Promise<WriteResult> {
    return await this.#write('delete', key, undefined, expected);
  }

  watch(prefix: string, from: number, signal: AbortSignal): AsyncIterable<StoreBatch> {
    this.#checkOpen();
    return this.#hub.watch(prefix, from, signal);
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    await this.#link.compact(revision);
  }

  failure(): string | undefined {
    return this.#link.failure?.message;
  }

  async defragment(): Promise<readonly DefragmentedFile[]> {
    this.#checkOpen();
    return [{ of: this.#path, ...(await this.#link.defragment()) }];
  }

  async close(): Promise<void> {
    this.#closing ??= this.#link.close().finally(() => this.#hub.end());
    await this.#closing;
  }

  #write(
    kind: 'create' | 'update' | 'delete',
    key: string,
    value: Uint8Array | undefined,
    expected: number,
  ): Promise<WriteResult> {
    this.#checkOpen();
    checkKey(key);
    return this.#link.write(kind, key, value, expected);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw storeErrors.STORE_CLOSED(this.#path);
  }
}
