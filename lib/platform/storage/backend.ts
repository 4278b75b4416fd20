/**
 * The store's port. Bytes, keys, revisions: it knows no kind. Every implementation passes
 * test/conformance/storage. Semantics are etcd's (v3 KV and Watch API), so that etcd itself can be one.
 *
 * Revisions are positive integers, one per committed write; there are gaps only where an etcd holds something of others too. An
 * empty store is at revision 1 (as etcd's is), since "0" means "any" as a resourceVersion. Values that a store hands out are
 * shared: never write into them. Of a store that is elsewhere every call may reject with StoreUnavailableError, every write with
 * OutcomeUnknownError too.
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
   * Keys that start with `prefix`, in byte order (of UTF-8). `after` continues behind that key; `revision` reads the past;
   * `limit` 0 is none.
   * Rejects with CompactedError when that past is gone, with FutureRevisionError when it has not come yet.
   */
  list(prefix: string, options?: { limit?: number; after?: string; revision?: number }): Promise<StoreList>;
  /** Writes only when the key is absent. Resolves after the commit is on disk. */
  create(key: string, value: Uint8Array): Promise<WriteResult>;
  /** Writes only when the key is at `expected`. Resolves after the commit is on disk. */
  update(key: string, value: Uint8Array, expected: number): Promise<WriteResult>;
  /** Deletes only when the key is at `expected`. Resolves after the commit is on disk. */
  delete(key: string, expected: number): Promise<WriteResult>;
  /**
   * Every committed write under `prefix` with revision >= `from`, in order, in batches; then the new ones as they commit.
   * A batch with no events is progress: everything up to `revision` was sent. One comes when the replay of the past has
   * ended, and within a second of others' writes that this watch does not see. A `from` in the future waits for it.
   * Rejects with CompactedError when `from` is gone, also later, when the reader fell too far behind. Ends when the
   * signal aborts or the store closes. A slow reader costs no memory: it is a cursor, not a queue.
   */
  watch(prefix: string, from: number, signal: AbortSignal): AsyncIterable<StoreBatch>;
  /**
   * Forgets what was superseded or deleted before `revision`. Reads and watches below it reject from then on. Going
   * back does nothing; rejects with FutureRevisionError above the current revision.
   */
  compact(revision: number): Promise<void>;
  /** Why the store does not answer now; undefined when nothing speaks against it. */
  failure(): string | undefined;
  /** Gives the room of what was compacted back to the disk, while the store serves. Resolves to what that brought. */
  defragment(): Promise<readonly DefragmentedFile[]>;
  /** Flushes and closes. Pending writes are answered first. */
  close(): Promise<void>;
}

/** What a database file took before and takes now, in bytes. */
export interface DefragmentedFile {
  /** A path, or the URL of the member that has the file. */
  readonly of: string;
  readonly before: number;
  readonly after: number;
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

/** A revision that no write has reached yet. The API server answers "Too large resource version". */
export class FutureRevisionError extends Error {
  readonly requested: number;
  readonly current: number;
  constructor(requested: number, current: number) {
    super(`required revision ${requested} is a future revision (newest is ${current})`);
    this.name = 'FutureRevisionError';
    this.requested = requested;
    this.current = current;
  }
}

/** The store cannot be reached now. Nothing was written. The API server answers 503. */
export class StoreUnavailableError extends Error {
  constructor(why: string, options?: { cause?: unknown }) {
    super(`the store does not answer: ${why}`, options);
    this.name = 'StoreUnavailableError';
  }
}

/** The answer to a write was lost, and what is there now does not tell whether the write was done. The API server answers 504. */
export class OutcomeUnknownError extends Error {
  constructor(why: string, options?: { cause?: unknown }) {
    super(`whether the write was done is not known: ${why}`, options);
    this.name = 'OutcomeUnknownError';
  }
}

/** The store refuses values of this size. Nothing was written. The API server answers 413. */
export class ValueTooLargeError extends Error {
  constructor(why: string, options?: { cause?: unknown }) {
    super(why, options);
    this.name = 'ValueTooLargeError';
  }
}

/** There is no room for writes; reads go on. The API server answers 503. */
export class StoreFullError extends Error {
  constructor(why: string, options?: { cause?: unknown }) {
    super(why, options);
    this.name = 'StoreFullError';
  }
}
