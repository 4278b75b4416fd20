/**
 * The store's port. Bytes, keys, revisions: it knows no kind. Every implementation passes
 * test/conformance/storage. Semantics are etcd's (v3 KV and Watch API), so that etcd itself can be one.
 *
 * Revisions are positive integers, one per committed write, without gaps visible to a watcher.
 */
export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the write that made this value. */
  readonly revision: number;
  /** Revision of the write that created the key. */
  readonly createRevision: number;
}

/** A committed write as a watcher sees it. `previous` is there for updates and deletes. */
export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** For a delete: the last value, under the revision of the delete. */
  readonly value: Uint8Array;
  readonly revision: number;
  readonly createRevision: number;
  readonly previous?: { readonly value: Uint8Array; readonly revision: number };
}

/** Outcome of a compare-and-swap: the new revision, or what is there instead (undefined: nothing is). */
export type WriteResult =
  { readonly ok: true; readonly revision: number } | { readonly ok: false; readonly current: KeyValue | undefined };

export interface StoreList {
  readonly items: readonly KeyValue[];
  /** The revision the list was read at: start a watch from `revision + 1`. */
  readonly revision: number;
  /** Keys behind the last item that the limit cut off. */
  readonly remaining: number;
}

export interface Backend {
  /** The newest committed revision. */
  currentRevision(): Promise<number>;
  get(key: string): Promise<{ readonly item: KeyValue | undefined; readonly revision: number }>;
  /**
   * Keys that start with `prefix`, in byte order. `after` continues behind that key; `revision` reads the past.
   * Rejects with CompactedError when that past is gone.
   */
  list(prefix: string, options?: { limit?: number; after?: string; revision?: number }): Promise<StoreList>;
  /** Writes only when the key is absent. Resolves after the commit is on disk. */
  create(key: string, value: Uint8Array): Promise<WriteResult>;
  /** Writes only when the key is at `expected`. Resolves after the commit is on disk. */
  update(key: string, value: Uint8Array, expected: number): Promise<WriteResult>;
  /** Deletes only when the key is at `expected`. Resolves after the commit is on disk. */
  delete(key: string, expected: number): Promise<WriteResult>;
  /**
   * Every committed write under `prefix` with revision >= `from`, in order, in the batches they were committed in; then
   * the new ones as they commit. A `progress` batch with no events says that everything up to `revision` was sent.
   * Rejects with CompactedError when `from` is gone. Ends when the signal aborts.
   */
  watch(prefix: string, from: number, signal: AbortSignal): AsyncIterable<StoreBatch>;
  /** Forgets superseded values before `revision`. Reads and watches below it reject from then on. */
  compact(revision: number): Promise<void>;
  /** Flushes and closes. Pending writes are answered first. */
  close(): Promise<void>;
}

export interface StoreBatch {
  readonly events: readonly StoreEvent[];
  /** Everything up to and including this revision has been delivered. */
  readonly revision: number;
}

/** The past that was asked for has been compacted. The API server answers 410 Expired. */
export class CompactedError extends Error {
  readonly requested: number;
  readonly compacted: number;
  constructor(requested: number, compacted: number) {
    super(`required revision ${requested} has been compacted (oldest is ${compacted})`);
    this.name = 'CompactedError';
    this.requested = requested;
    this.compacted = compacted;
  }
}
