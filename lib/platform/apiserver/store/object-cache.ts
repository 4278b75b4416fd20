import { backoffDelay } from '../../../common/retry.ts';
import type { Clock } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { newTimeout } from '../../api/status-error.ts';
import type { Backend, StoreEvent } from '../../storage/backend.ts';
import type { CacheEvent } from './cache-event.ts';
import { NamespaceSizes } from './namespace-sizes.ts';
import { ResourceCache } from './resource-cache.ts';
import { ALLOCATIONS, prefixOfKey, REGISTRY } from './storage-key.ts';
import { fromStore } from './stored-object.ts';

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

/**
 * Everything in the store, in memory, fed by one watch of the backend. One stream for all kinds means one revision for
 * all: when the cache has reached a revision, every write up to it is visible everywhere.
 */
export class ObjectCache {
  readonly #backend: Backend;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #resources = new Map<string, ResourceCache>();
  readonly #allocations = new Map<string, StoredAllocation>();
  #revision = 0;
  #ready = false;
  #waiters: Waiter[] = [];
  #asking: Promise<number> | undefined;
  #nextAsking: Promise<number> | undefined;
  #following: Promise<void> | undefined;
  readonly #resets = new Set<() => void>();
  /** What is in each namespace. */
  readonly sizes = new NamespaceSizes();

  constructor(backend: Backend, log: Log, clock: Clock) {
    this.#backend = backend;
    this.#log = log;
    this.#clock = clock;
  }

  /** Everything committed up to here is in the cache. */
  get revision(): number {
    return this.#revision;
  }

  get ready(): boolean {
    return this.#ready;
  }

  async start(): Promise<void> {
    await this.#load();
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#ready = false;
    for (const callback of this.#resets) callback();
    await this.#following?.catch(() => undefined);
  }

  resource(prefix: string): ResourceCache {
    let found = this.#resources.get(prefix);
    // Made late, it has no past: nothing was ever stored below this prefix.
    if (found === undefined) this.#resources.set(prefix, (found = new ResourceCache(prefix, this.#windowFrom)));
    return found;
  }

  /** Claimed values by key, with the revision of the claim. */
  get allocations(): ReadonlyMap<string, StoredAllocation> {
    return this.#allocations;
  }

  /** Calls back when the cache stops, or was thrown away and loaded again: watches cannot go on. */
  onReset(callback: () => void): () => void {
    this.#resets.add(callback);
    return () => void this.#resets.delete(callback);
  }

  /** Resolves when the cache has seen `revision`. Rejects with a 504 after `timeout` ms. */
  async reached(revision: number, timeout = 10_000): Promise<void> {
    if (this.#revision >= revision) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const waiter = { revision, resolve };
      this.#waiters.push(waiter);
      timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(newTooLargeResourceVersion(revision, this.#revision));
      }, timeout);
    }).finally(() => clearTimeout(timer));
  }

  /**
   * Resolves when the cache is at least as new as the store was at the moment of the call. Calls that arrive while the
   * store is being asked share the next question.
   */
  async fresh(): Promise<void> {
    await this.reached(await this.#currentRevision());
  }

  #currentRevision(): Promise<number> {
    if (this.#asking === undefined) {
      this.#asking = this.#backend.currentRevision().finally(() => (this.#asking = undefined));
      return this.#asking;
    }
    // The question under way may have been answered before this call began.
    this.#nextAsking ??= this.#asking
      .catch(() => 0)
      .then(() => {
        this.#nextAsking = undefined;
        return this.#currentRevision();
      });
    return this.#nextAsking;
  }

  #windowFrom = 0;

  async #load(): Promise<void> {
    const list = await this.#backend.list(REGISTRY);
    const claimed = await this.#backend.list(ALLOCATIONS, { revision: list.revision });
    this.#resources = new Map();
    this.#allocations.clear();
    this.#windowFrom = list.revision;
    this.#revision = Math.max(this.#revision, list.revision);
    this.sizes.clear();
    for (const item of list.items) {
      const cache = this.resource(prefixOfKey(item.key));
      const object = fromStore(item.key, item.value, item.revision, item.createRevision);
      cache.load(object);
      this.sizes.change(cache.prefix, undefined, object);
    }
    for (const item of claimed.items) this.#allocations.set(item.key, item);
    this.#ready = true;
    this.#wake();
  }

  async #follow(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        for await (const batch of this.#backend.watch('/', this.#revision + 1, this.#stop.signal)) {
          failures = 0;
          this.#apply(batch.events, batch.revision);
        }
        if (this.#stop.signal.aborted) return;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#log.error({ error: errorText(error) }, 'the watch of the store failed, loading again');
      }
      await this.#clock.sleep(backoffDelay({ base: 50, cap: 5000 }, failures), this.#stop.signal).catch(() => undefined);
      if (!this.#stop.signal.aborted)
        await this.#reload().catch((error: unknown) =>
          this.#log.error({ error: errorText(error) }, 'loading from the store failed'),
        );
    }
  }

  /** Starts over; the next turn of the loop tries again when this fails. Watches that ran are ended: their clients list again. */
  async #reload(): Promise<void> {
    this.#ready = false;
    await this.#load();
    for (const callback of this.#resets) callback();
  }

  #apply(events: readonly StoreEvent[], revision: number): void {
    const changed = new Map<ResourceCache, CacheEvent[]>();
    for (const event of events) {
      if (event.key.startsWith(ALLOCATIONS)) this.#applyAllocation(event);
      else if (event.key.startsWith(REGISTRY)) {
        const cache = this.resource(prefixOfKey(event.key));
        const object = fromStore(event.key, event.value, event.revision, event.createRevision);
        const before = cache.get(event.key);
        const entry = event.type === 'put' ? cache.put(object) : cache.remove(object);
        if (before !== undefined || event.type === 'put')
          this.sizes.change(cache.prefix, before, event.type === 'put' ? object : undefined);
        const others = changed.get(cache);
        if (others === undefined) changed.set(cache, [entry]);
        else others.push(entry);
      }
    }
    this.#revision = Math.max(this.#revision, revision);
    for (const [cache, list] of changed) cache.notify(list, this.#revision);
    this.#wake();
  }

  #applyAllocation(event: StoreEvent): void {
    if (event.type === 'put') this.#allocations.set(event.key, event);
    else this.#allocations.delete(event.key);
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter((waiter) => waiter.revision <= this.#revision);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.revision > this.#revision);
    for (const waiter of due) waiter.resolve();
  }
}

/** A claimed value as it is stored. */
export interface StoredAllocation {
  readonly value: Uint8Array;
  readonly revision: number;
}

/** apiserver storage.NewTooLargeResourceVersionError. */
function newTooLargeResourceVersion(asked: number, current: number): Error {
  const error = newTimeout(`Too large resource version: ${asked}, current: ${current}`, 1);
  error.status.details = {
    ...error.status.details,
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
  };
  return error;
}
