import type { KeyValue, StoreEvent, WriteResult } from '../backend.ts';
import { ByteReader } from './packed-bytes.ts';
import type { EventTuple, ItemTuple, WriteKind, WriteOutcome } from './store-protocol.ts';

/** The event of a write that was done. */
export function unpackWritten(
  write: { readonly kind: WriteKind; readonly key: string },
  value: Uint8Array,
  outcome: WriteOutcome,
  old: Uint8Array,
): StoreEvent {
  const [revision, createRevision, previousRevision] = outcome;
  const previous = previousRevision === 0 ? {} : { previous: { value: old, revision: previousRevision } };
  if (write.kind === 'delete') return { type: 'delete', key: write.key, value: old, revision, createRevision, ...previous };
  return { type: 'put', key: write.key, value, revision, createRevision, ...previous };
}

/** What the caller of a write is told; `value` is the current one when it was refused. */
export function unpackOutcome(key: string, [done, createRevision, revision]: WriteOutcome, value: Uint8Array): WriteResult {
  if (done !== 0) return { ok: true, revision: done };
  return { ok: false, current: revision === 0 ? undefined : { key, value, revision, createRevision } };
}

/** Appends a page of a list to `items`. */
export function unpackItems(tuples: readonly ItemTuple[], values: Uint8Array, items: KeyValue[]): void {
  const reader = new ByteReader(values);
  for (const [key, revision, createRevision, length] of tuples)
    items.push({ key, value: reader.next(length), revision, createRevision });
}

/** A step of a replay. */
export function unpackEvents(tuples: readonly EventTuple[], values: Uint8Array): StoreEvent[] {
  const reader = new ByteReader(values);
  return tuples.map(([key, revision, createRevision, length, deleted, previousRevision, previousLength]) => {
    const value = reader.next(length);
    const old = reader.next(previousLength);
    const previous = previousRevision === 0 ? {} : { previous: { value: old, revision: previousRevision } };
    if (deleted === 1) return { type: 'delete', key, value: old, revision, createRevision, ...previous };
    return { type: 'put', key, value, revision, createRevision, ...previous };
  });
}
