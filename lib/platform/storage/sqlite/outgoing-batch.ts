import type { WriteResult } from '../backend.ts';
import { BytePacker } from './packed-bytes.ts';
import type { BatchRequest, ReadRequest, WriteKind, WriteTuple } from './store-protocol.ts';

/** A write whose caller waits. */
export interface PendingWrite {
  readonly kind: WriteKind;
  readonly key: string;
  /** Bytes of its value. */
  readonly length: number;
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: Error) => void;
}

const KIND_INDEX: Readonly<Record<WriteKind, number>> = { create: 0, update: 1, delete: 2 };

/** What callers have asked of the store in this turn, to be sent as one message. */
export class OutgoingBatch {
  readonly writes: PendingWrite[] = [];
  readonly #tuples: WriteTuple[] = [];
  readonly #values = new BytePacker();
  readonly #reads: ReadRequest[] = [];

  get isEmpty(): boolean {
    return this.writes.length === 0 && this.#reads.length === 0;
  }

  /** The value's bytes are copied now: its owner may change them afterwards. */
  write(value: Uint8Array | undefined, expected: number, pending: Omit<PendingWrite, 'length'>): void {
    const length = value === undefined ? 0 : this.#values.add(value);
    this.writes.push({ ...pending, length });
    this.#tuples.push([KIND_INDEX[pending.kind], pending.key, expected, length]);
  }

  read(request: ReadRequest): void {
    this.#reads.push(request);
  }

  /** As the store's thread takes it; `values` may change hands. To be asked once. */
  message(close: boolean): BatchRequest {
    return { writes: this.#tuples, values: this.#values.finish(), reads: this.#reads, ...(close ? { close: true } : {}) };
  }
}
