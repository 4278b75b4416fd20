import type { Backend, StoreBatch, StoreEvent, WriteResult } from '../../../lib/platform/storage/backend.ts';

/** An empty store for one test, thrown away after. */
export interface BackendFixture extends AsyncDisposable {
  readonly backend: Backend;
}

export type OpenFixture = () => Promise<BackendFixture>;

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** The revision of a write that must have been done. */
export async function done(write: Promise<WriteResult>): Promise<number> {
  const result = await write;
  if (!result.ok) throw new Error(`write was refused: ${JSON.stringify(result.current)}`);
  return result.revision;
}

/** An event as a line: `put /a@3 created 2: new (was old@2)`. */
export function line(event: StoreEvent): string {
  const was = event.previous === undefined ? '' : ` (was ${text(event.previous.value)}@${event.previous.revision})`;
  return `${event.type} ${event.key}@${event.revision} created ${event.createRevision}: ${text(event.value)}${was}`;
}

/** Reads a watch in the background. */
export class Follower {
  readonly events: StoreEvent[] = [];
  readonly batches: StoreBatch[] = [];
  /** Settles when the watch ends. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();
  #wake: () => void = () => undefined;

  constructor(backend: Backend, prefix: string, from: number, onBatch: (batch: StoreBatch) => unknown = () => undefined) {
    this.ended = this.#follow(backend.watch(prefix, from, this.#abort.signal), onBatch);
    this.ended.catch(() => undefined);
  }

  /** Everything up to `revision` was delivered. */
  async reached(revision: number): Promise<void> {
    while ((this.batches.at(-1)?.revision ?? 0) < revision) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await Promise.race([promise, this.ended.then(() => Promise.reject(new Error('the watch ended')))]);
    }
  }

  lines(): string[] {
    return this.events.map(line);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }

  async #follow(watch: AsyncIterable<StoreBatch>, onBatch: (batch: StoreBatch) => unknown): Promise<void> {
    for await (const batch of watch) {
      await onBatch(batch);
      this.events.push(...batch.events);
      this.batches.push(batch);
      this.#wake();
    }
  }
}
