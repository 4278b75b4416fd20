import { type Clock, systemClock } from '../../common/clock.ts';
import { type Backoff, backoffDelay } from '../../common/retry.ts';

/** What a work queue tells about itself (client-go util/workqueue metrics). */
export interface WorkQueueMetrics {
  /** Keys waiting for a worker. */
  readonly depth: number;
  /** Keys a worker holds. */
  readonly processing: number;
  /** Keys that wait for their time. */
  readonly delayed: number;
  readonly adds: number;
  readonly retries: number;
}

/**
 * Keys to look at, each at most once in the queue and at most once in work (client-go util/workqueue, with its rate
 * limiting and delaying parts). A key added while it is worked on is queued again when the worker is done.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds after `ms`, or after a day where that is sooner. A key that waits already keeps the earlier time. */
  addAfter(key: string, ms: number): void;
  /** Adds after a delay that doubles with each call since the last `forget`. */
  addRateLimited(key: string): void;
  /** The key succeeded: its next failure starts at the shortest delay again. */
  forget(key: string): void;
  failures(key: string): number;
  /** The next key, or undefined once the queue is shut down and empty. Every key got must be given to `done`. */
  next(): Promise<string | undefined>;
  done(key: string): void;
  /** Takes no more keys; those that wait for a worker are still handed out, delayed ones are dropped. */
  shutDown(): void;
  metrics(): WorkQueueMetrics;
}

/** As client-go's default controller rate limiter: 5 ms, doubling; but capped so that a cure is noticed within a minute. */
const DEFAULT_BACKOFF: Backoff = { base: 5, cap: 60_000 };

/** Keys to work on, each once at a time. */
export function createWorkQueue(options: { clock?: Clock; backoff?: Backoff } = {}): WorkQueue {
  return new KeyQueue(options.clock ?? systemClock, options.backoff ?? DEFAULT_BACKOFF);
}

/** A timer of more than 24 days ends at once in Node; whoever looks too early just waits again. */
const LONGEST_WAIT = 86_400_000;

class KeyQueue implements WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  /** In order of arrival; a Set keeps it and the uniqueness. */
  readonly #ready = new Set<string>();
  readonly #processing = new Set<string>();
  /** Added while in work. */
  readonly #dirty = new Set<string>();
  readonly #delayed = new Map<string, { at: number; cancel: AbortController }>();
  readonly #failures = new Map<string, number>();
  #waiters: ((key: string | undefined) => void)[] = [];
  #closed = false;
  #adds = 0;
  #retries = 0;

  constructor(clock: Clock, backoff: Backoff) {
    this.#clock = clock;
    this.#backoff = backoff;
  }

  add(key: string): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      if (!this.#dirty.has(key)) this.#adds++;
      this.#dirty.add(key);
      return;
    }
    if (this.#ready.has(key)) return;
    this.#adds++;
    this.#handOver(key);
  }

  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const wait = Math.min(ms, LONGEST_WAIT);
    const at = this.#clock.monotonic() + wait;
    const waiting = this.#delayed.get(key);
    if (waiting !== undefined && waiting.at <= at) return;
    waiting?.cancel.abort();
    const entry = { at, cancel: new AbortController() };
    this.#delayed.set(key, entry);
    this.#clock.sleep(wait, entry.cancel.signal).then(
      () => {
        if (this.#delayed.get(key) === entry) this.#delayed.delete(key);
        this.add(key);
      },
      () => undefined,
    );
  }

  addRateLimited(key: string): void {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    this.#retries++;
    this.addAfter(key, backoffDelay(this.#backoff, failures));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  next(): Promise<string | undefined> {
    for (const key of this.#ready) {
      this.#ready.delete(key);
      this.#processing.add(key);
      return Promise.resolve(key);
    }
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  done(key: string): void {
    this.#processing.delete(key);
    // It was counted when it was added.
    if (this.#dirty.delete(key)) this.#handOver(key);
  }

  /** To a worker that waits, or to the next one that asks. */
  #handOver(key: string): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#ready.add(key);
      return;
    }
    this.#processing.add(key);
    waiter(key);
  }

  shutDown(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel.abort();
    this.#delayed.clear();
    this.#dirty.clear();
    for (const waiter of this.#waiters) waiter(undefined);
    this.#waiters = [];
  }

  metrics(): WorkQueueMetrics {
    return {
      depth: this.#ready.size,
      processing: this.#processing.size,
      delayed: this.#delayed.size,
      adds: this.#adds,
      retries: this.#retries,
    };
  }
}
