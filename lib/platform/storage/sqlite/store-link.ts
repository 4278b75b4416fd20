import type { Worker } from 'node:worker_threads';
import { errorText } from '../../../common/errors.ts';
import {
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  type StoreBatch,
  type StoreEvent,
  type StoreList,
  type WriteResult,
} from '../backend.ts';
import { OutgoingBatch, type PendingWrite } from './outgoing-batch.ts';
import { ByteReader } from './packed-bytes.ts';
import { storeErrors, unpackError } from './store-errors.ts';
import { unpackEvents, unpackItems, unpackOutcome, unpackWritten } from './unpack-replies.ts';
import {
  type ListRequest,
  type ReadReply,
  type ReadRequest,
  type StoreMessage,
  type WriteKind,
  type WriteOutcome,
} from './store-protocol.ts';

/** What the link tells without being asked. */
export interface StoreListener {
  /** Committed writes, before their callers hear of them. */
  events(events: readonly StoreEvent[]): void;
  compacted(revision: number): void;
  /** The thread ended; every pending call was rejected with this. */
  failed(error: Error): void;
}

interface PendingRead {
  readonly accept: (reply: ReadReply) => boolean;
  readonly reject: (error: Error) => void;
}

type ReadWithoutId = ReadRequest extends infer R ? (R extends ReadRequest ? Omit<R, 'id'> : never) : never;

/** The API thread's end of the store: batches calls into messages, and messages back into answers and events. */
export class StoreLink {
  /** Resolves once the database is open. */
  readonly ready: Promise<{ readonly revision: number; readonly compacted: number }>;
  readonly #worker: Worker;
  readonly #path: string;
  readonly #opening = Promise.withResolvers<{ revision: number; compacted: number }>();
  readonly #closed = Promise.withResolvers<void>();
  #listener: StoreListener | undefined;
  #failure: Error | undefined;

  /** Writes of batches that were sent, oldest first. */
  readonly #sent: PendingWrite[][] = [];
  readonly #reads = new Map<number, PendingRead>();
  #nextRead = 1;

  /** Collects until the end of the turn. */
  #batch = new OutgoingBatch();
  #flushing = false;

  constructor(worker: Worker, path: string) {
    this.#worker = worker;
    this.#path = path;
    this.ready = this.#opening.promise;
    // Nobody may be waiting for either when the thread fails.
    this.#closed.promise.catch(() => undefined);
    worker.on('message', (message: StoreMessage) => this.#receive(message));
    worker.on('error', (error) => this.#fail(storeErrors.STORE_CRASHED(path, errorText(error), { cause: error })));
    worker.on('exit', (code) => this.#exited(code));
  }

  /** What has ended the thread. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  on(listener: StoreListener): void {
    this.#listener = listener;
  }

  write(kind: WriteKind, key: string, value: Uint8Array | undefined, expected: number): Promise<WriteResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#batch.write(value, expected, { kind, key, resolve, reject });
      this.#flushLater();
    });
  }

  async get(key: string): Promise<{ item: KeyValue | undefined; revision: number }> {
    const { items, revision } = await this.#collect({ type: 'get', key });
    return { item: items[0], revision };
  }

  list(request: ListRequest): Promise<StoreList> {
    return this.#collect({ type: 'list', ...request });
  }

  async replay(prefix: string, from: number): Promise<StoreBatch> {
    return await this.#read({ type: 'replay', prefix, from }, (reply, resolve: (batch: StoreBatch) => void) => {
      if (reply.type === 'events') resolve({ events: unpackEvents(reply.events, reply.values), revision: reply.revision });
      return true;
    });
  }

  async compact(revision: number): Promise<void> {
    await this.#read({ type: 'compact', revision }, (_reply, resolve: (done: undefined) => void) => {
      resolve(undefined);
      return true;
    });
  }

  /** Bytes of the database before and after. */
  async defragment(): Promise<{ readonly before: number; readonly after: number }> {
    return await this.#read(
      { type: 'defragment' },
      (reply, resolve: (sizes: { readonly before: number; readonly after: number }) => void) => {
        if (reply.type === 'defragmented') resolve({ before: reply.before, after: reply.after });
        return true;
      },
    );
  }

  /** Answers what is pending, writes the log back and ends the thread. */
  close(): Promise<void> {
    if (this.#failure !== undefined) return Promise.resolve();
    this.#flush(true);
    return this.#closed.promise;
  }

  /** Gathers the pages of a list. */
  #collect(request: ReadWithoutId): Promise<StoreList> {
    const items: KeyValue[] = [];
    return this.#read(request, (reply, resolve: (list: StoreList) => void) => {
      if (reply.type !== 'items') return true;
      unpackItems(reply.items, reply.values, items);
      if (reply.last) resolve({ items, revision: reply.revision, remaining: reply.remaining });
      return reply.last;
    });
  }

  /** `accept` says whether the reply was the last one. Refusals for the revision reject before it sees them. */
  #read<T>(request: ReadWithoutId, accept: (reply: ReadReply, resolve: (value: T) => void) => boolean): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const id = this.#nextRead++;
      this.#reads.set(id, { accept: (reply) => accept(reply, resolve), reject });
      this.#batch.read({ ...request, id });
      this.#flushLater();
    });
  }

  /**
   * Sends at the end of the turn, when every caller that the current event woke has asked what it wants: nextTick runs
   * after the microtasks that are queued already, and those that they queue.
   */
  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => process.nextTick(() => this.#flush(false)));
  }

  #flush(close: boolean): void {
    this.#flushing = false;
    if (this.#failure !== undefined || (this.#batch.isEmpty && !close)) return;
    const { writes } = this.#batch;
    const message = this.#batch.message(close);
    if (writes.length > 0) this.#sent.push(writes);
    this.#batch = new OutgoingBatch();
    this.#worker.postMessage(message, [message.values.buffer]);
  }

  #receive(message: StoreMessage): void {
    switch (message.type) {
      case 'ready':
        this.#opening.resolve(message);
        return;
      case 'committed':
        this.#committed(message.outcomes, message.requests, message.previous);
        return;
      case 'failed': {
        const error = unpackError(message.error);
        for (const writes of this.#sent.splice(0, message.batches)) for (const write of writes) write.reject(error);
        return;
      }
      case 'reads':
        for (const reply of message.replies) this.#answer(reply);
        return;
      case 'compacted':
        this.#listener?.compacted(message.revision);
        return;
      case 'fatal':
        this.#fail(unpackError(message.error));
        return;
      case 'closed':
        this.#failure ??= storeErrors.STORE_CLOSED(this.#path);
    }
  }

  #committed(outcomes: readonly WriteOutcome[], requests: readonly Uint8Array[], previous: Uint8Array): void {
    const events: StoreEvent[] = [];
    const answers: (() => void)[] = [];
    const before = new ByteReader(previous);
    const rest = outcomes.values();
    for (const request of requests) {
      const values = new ByteReader(request);
      for (const write of this.#sent.shift()!) {
        const outcome = rest.next().value!;
        const value = values.next(write.length);
        const old = before.next(outcome[3]);
        if (outcome[0] !== 0) events.push(unpackWritten(write, value, outcome, old));
        answers.push(() => write.resolve(unpackOutcome(write.key, outcome, old)));
      }
    }
    // First, so that whoever has been told of a write finds it in a watch.
    this.#listener?.events(events);
    for (const answer of answers) answer();
  }

  #answer(reply: ReadReply): void {
    const read = this.#reads.get(reply.id);
    if (read === undefined) return;
    if (reply.type === 'compacted') read.reject(new CompactedError(reply.requested, reply.compacted));
    else if (reply.type === 'future') read.reject(new FutureRevisionError(reply.requested, reply.current));
    else if (reply.type === 'error') read.reject(unpackError(reply.error));
    else if (!read.accept(reply)) return;
    this.#reads.delete(reply.id);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#opening.reject(error);
    for (const write of [...this.#sent.flat(), ...this.#batch.writes]) write.reject(error);
    for (const read of this.#reads.values()) read.reject(error);
    this.#sent.length = 0;
    this.#reads.clear();
    this.#listener?.failed(error);
  }

  #exited(code: number): void {
    const expected = this.#failure !== undefined;
    this.#fail(storeErrors.STORE_CRASHED(this.#path, `exit code ${code}`));
    if (expected) this.#closed.resolve();
    else this.#closed.reject(this.#failure);
  }
}
