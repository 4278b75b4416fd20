import {
  type Backend,
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  type StoreBatch,
  type StoreEvent,
  type StoreList,
  type WriteResult,
} from '../backend.ts';
import { checkKey } from '../keys.ts';
import { WatchHub, type WatchHubOptions } from '../watch-hub.ts';
import { KeyHistory, type Version } from './key-history.ts';

export type MemoryBackendOptions = Pick<WatchHubOptions, 'windowEvents' | 'windowBytes' | 'progressMs'>;

/** How many revisions one replay step looks at. */
const replayStep = 500;

/** The whole store in memory, gone with the process: for tests, and the reference that the others are held against. */
export function createMemoryBackend(options: MemoryBackendOptions = {}): Backend {
  return new MemoryBackend(options);
}

class MemoryBackend implements Backend {
  readonly #history = new KeyHistory();
  /** Every write since the compaction, by revision: `#log[i]` is revision `#logStart + i`. */
  #log: Version[] = [];
  #logStart = 2;
  #closed = false;
  readonly #hub: WatchHub;

  constructor(options: MemoryBackendOptions) {
    this.#hub = new WatchHub({ ...options, revision: 1, compacted: 0, replay: (prefix, from) => this.#replay(prefix, from) });
  }

  async currentRevision(): Promise<number> {
    this.#checkOpen();
    return this.#hub.revision;
  }

  async get(key: string): Promise<{ item: KeyValue | undefined; revision: number }> {
    this.#checkOpen();
    checkKey(key);
    return { item: this.#current(key), revision: this.#hub.revision };
  }

  async list(prefix: string, options: { limit?: number; after?: string; revision?: number } = {}): Promise<StoreList> {
    this.#checkOpen();
    const revision = options.revision ?? this.#hub.revision;
    if (revision > this.#hub.revision) throw new FutureRevisionError(revision, this.#hub.revision);
    if (revision < this.#hub.compacted) throw new CompactedError(revision, this.#hub.compacted);
    const found = this.#history.range(prefix, options.after, revision);
    const items = found.slice(0, options.limit || undefined);
    return { items: items.map(keyValue), revision, remaining: found.length - items.length };
  }

  create(key: string, value: Uint8Array): Promise<WriteResult> {
    return this.#write(key, new Uint8Array(value), undefined);
  }

  update(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    return this.#write(key, new Uint8Array(value), expected);
  }

  delete(key: string, expected: number): Promise<WriteResult> {
    return this.#write(key, undefined, expected);
  }

  watch(prefix: string, from: number, signal: AbortSignal): AsyncIterable<StoreBatch> {
    this.#checkOpen();
    return this.#hub.watch(prefix, from, signal);
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    if (revision > this.#hub.revision) throw new FutureRevisionError(revision, this.#hub.revision);
    if (revision <= this.#hub.compacted) return;
    this.#hub.compact(revision);
    const cut = Math.max(revision - this.#logStart, 0);
    for (const version of this.#log.slice(0, cut)) this.#history.forget(version);
    this.#log = this.#log.slice(cut);
    this.#logStart += cut;
  }

  failure(): undefined {
    return undefined;
  }

  async defragment(): Promise<[]> {
    this.#checkOpen();
    return [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#hub.end();
  }

  /** A value of undefined deletes; `expected` undefined wants the key absent. */
  async #write(key: string, value: Uint8Array | undefined, expected: number | undefined): Promise<WriteResult> {
    this.#checkOpen();
    checkKey(key);
    const current = this.#current(key);
    if (current?.revision !== expected) return { ok: false, current };
    const revision = this.#hub.revision + 1;
    const previous = this.#history.newest(key);
    const version: Version = { key, value, revision, createRevision: current?.createRevision ?? revision, previous };
    this.#history.add(version);
    this.#log.push(version);
    this.#hub.publish([storeEvent(version)]);
    return { ok: true, revision };
  }

  #current(key: string): KeyValue | undefined {
    const version = this.#history.newest(key);
    return version?.value === undefined ? undefined : keyValue(version);
  }

  async #replay(prefix: string, from: number): Promise<StoreBatch> {
    if (from < this.#hub.compacted) throw new CompactedError(from, this.#hub.compacted);
    const start = Math.max(from, this.#logStart) - this.#logStart;
    const step = this.#log.slice(start, start + replayStep);
    const events = step.filter((version) => version.key.startsWith(prefix)).map(storeEvent);
    return { events, revision: step.at(-1)?.revision ?? this.#hub.revision };
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error('the store is closed');
  }
}

function keyValue(version: Version): KeyValue {
  return {
    key: version.key,
    value: version.value!,
    revision: version.revision,
    createRevision: version.createRevision,
  };
}

function storeEvent(version: Version): StoreEvent {
  const { key, revision, createRevision, previous } = version;
  const before = previous?.value === undefined ? {} : { previous: { value: previous.value, revision: previous.revision } };
  if (version.value !== undefined) return { type: 'put', key, value: version.value, revision, createRevision, ...before };
  return { type: 'delete', key, value: previous!.value!, revision, createRevision, ...before };
}
