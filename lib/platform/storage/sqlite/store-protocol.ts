import type { CompactionPolicy } from '../compaction-schedule.ts';
import type { ErrorMessage } from './store-errors.ts';

/**
 * What the API's thread and the store's thread tell each other. One message carries a batch, values lie end to end in one
 * buffer that is transferred, never copied: at 10,000 writes a second the messages would otherwise cost more than SQLite.
 */

/** workerData of the store's thread. */
export interface StoreWorkerData {
  readonly path: string;
  readonly compaction: CompactionPolicy;
  /** 'off' skips fsync: only for the test that proves that the durability test notices. @default 'full' */
  readonly synchronous?: 'full' | 'off';
}

export const writeKinds = ['create', 'update', 'delete'] as const;
export type WriteKind = (typeof writeKinds)[number];

/** A write: index into writeKinds, key, expected revision (unused by create), length of the value in the batch's buffer. */
export type WriteTuple = readonly [kind: number, key: string, expected: number, length: number];

export interface ListRequest {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number | undefined;
  readonly revision: number | undefined;
}

export type ReadRequest =
  | { readonly id: number; readonly type: 'get'; readonly key: string }
  | ({ readonly id: number; readonly type: 'list' } & ListRequest)
  | { readonly id: number; readonly type: 'replay'; readonly prefix: string; readonly from: number }
  | { readonly id: number; readonly type: 'compact'; readonly revision: number }
  | { readonly id: number; readonly type: 'defragment' };

export interface BatchRequest {
  readonly writes: readonly WriteTuple[];
  /** The values of the puts, end to end. */
  readonly values: Uint8Array<ArrayBuffer>;
  readonly reads: readonly ReadRequest[];
  readonly close?: true;
}

/**
 * Outcome of one write, in the order of the requests. Done: [revision, createRevision, previousRevision (0: none), length
 * of the previous value]. Refused: [0, createRevision, revision (0: nothing there), length of the current value].
 */
export type WriteOutcome = readonly [revision: number, createRevision: number, previousRevision: number, length: number];

/** key, revision, createRevision, length of the value. */
export type ItemTuple = readonly [key: string, revision: number, createRevision: number, length: number];

/** key, revision, createRevision, length of the value, deleted (0 or 1), previousRevision (0: none), length of its value. */
export type EventTuple = readonly [string, number, number, number, number, number, number];

export type ReadReply = { readonly id: number } & (
  | {
      readonly type: 'items';
      readonly items: readonly ItemTuple[];
      readonly values: Uint8Array<ArrayBuffer>;
      readonly revision: number;
      readonly remaining: number;
      readonly last: boolean;
    }
  | {
      readonly type: 'events';
      readonly events: readonly EventTuple[];
      readonly values: Uint8Array<ArrayBuffer>;
      readonly revision: number;
    }
  | { readonly type: 'done' }
  /** Bytes of the database file. */
  | { readonly type: 'defragmented'; readonly before: number; readonly after: number }
  | { readonly type: 'error'; readonly error: ErrorMessage }
  | { readonly type: 'compacted'; readonly requested: number; readonly compacted: number }
  | { readonly type: 'future'; readonly requested: number; readonly current: number }
);

export type StoreMessage =
  | { readonly type: 'ready'; readonly revision: number; readonly compacted: number }
  /** The oldest unanswered batches are on disk (or refused): as many as `requests`, their values handed back. */
  | {
      readonly type: 'committed';
      readonly outcomes: readonly WriteOutcome[];
      readonly requests: readonly Uint8Array<ArrayBuffer>[];
      readonly previous: Uint8Array<ArrayBuffer>;
    }
  /** No write of the oldest unanswered `batches` happened. */
  | { readonly type: 'failed'; readonly batches: number; readonly error: ErrorMessage }
  | { readonly type: 'reads'; readonly replies: readonly ReadReply[] }
  | { readonly type: 'compacted'; readonly revision: number }
  | { readonly type: 'fatal'; readonly error: ErrorMessage }
  | { readonly type: 'closed' };
