import { CacheEvent } from './cache-event.ts';
import type { StoredObject } from './stored-object.ts';

/** Events kept for watches that start in the past: so many, and no more than so many bytes. */
const WINDOW_EVENTS = 1024;
const WINDOW_BYTES = 8 << 20;

/** The character after the slash: the first that is behind every key below a prefix. */
const BEHIND_SLASH = '0';

/** Gets the events of one commit batch, in order. */
export type CacheListener = (events: readonly CacheEvent[], revision: number) => void;

/** The objects of one resource, in key order, and the recent changes to them. */
export class ResourceCache {
  readonly prefix: string;
  readonly #entries = new Map<string, StoredObject>();
  /** Sorted; kept in step by binary search, so that lists and pages need no sort. */
  readonly #keys: string[] = [];
  #window: CacheEvent[] = [];
  #windowBytes = 0;
  /** Every change after this revision is in the window. */
  #windowFrom: number;
  readonly #listeners = new Set<CacheListener>();

  constructor(prefix: string, windowFrom: number) {
    this.prefix = prefix;
    this.#windowFrom = windowFrom;
  }

  get windowFrom(): number {
    return this.#windowFrom;
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): StoredObject | undefined {
    return this.#entries.get(key);
  }

  /** The objects whose key starts with `prefix` and lies behind `after`, in key order. */
  *range(prefix: string, after?: string): Generator<StoredObject> {
    const start = after === undefined ? this.#indexOf(prefix) : this.#indexOf(`${after}\0`);
    for (let i = start; i < this.#keys.length && this.#keys[i]!.startsWith(prefix); i++) yield this.#entries.get(this.#keys[i]!)!;
  }

  /** How many objects have a key that starts with `prefix`, which ends in a slash, and lies behind `after`. */
  count(prefix: string, after: string): number {
    return this.#indexOf(`${prefix.slice(0, -1)}${BEHIND_SLASH}`) - this.#indexOf(`${after}\0`);
  }

  /** As `range`, at once: safe to keep while the cache goes on. */
  snapshot(prefix: string = this.prefix, after?: string): StoredObject[] {
    return [...this.range(prefix, after)];
  }

  /** First load, without telling anybody. */
  load(object: StoredObject): void {
    if (!this.#entries.has(object.key)) this.#keys.splice(this.#indexOf(object.key), 0, object.key);
    this.#entries.set(object.key, object);
  }

  put(object: StoredObject): CacheEvent {
    const previous = this.#entries.get(object.key);
    this.load(object);
    return this.#remember(new CacheEvent(object, previous, false));
  }

  /** `last` is the deleted state under the revision of the delete. */
  remove(last: StoredObject): CacheEvent {
    const previous = this.#entries.get(last.key);
    if (this.#entries.delete(last.key)) this.#keys.splice(this.#indexOf(last.key), 1);
    return this.#remember(new CacheEvent(last, previous ?? last, true));
  }

  notify(events: readonly CacheEvent[], revision: number): void {
    for (const listener of this.#listeners) listener(events, revision);
  }

  subscribe(listener: CacheListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The changes after `revision`, or undefined when the window no longer reaches back that far. */
  since(revision: number): CacheEvent[] | undefined {
    if (revision < this.#windowFrom) return undefined;
    let low = 0;
    for (let high = this.#window.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (this.#window[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#window.slice(low);
  }

  #remember(event: CacheEvent): CacheEvent {
    this.#window.push(event);
    this.#windowBytes += event.object.wire.length;
    // Cut in halves, so that a steady stream of writes does not move the array each time.
    if (this.#window.length > WINDOW_EVENTS * 2 || this.#windowBytes > WINDOW_BYTES) this.#trim();
    return event;
  }

  #trim(): void {
    let drop = Math.max(0, this.#window.length - WINDOW_EVENTS);
    let bytes = this.#windowBytes;
    for (let i = 0; i < drop; i++) bytes -= this.#window[i]!.object.wire.length;
    while (bytes > WINDOW_BYTES / 2 && drop < this.#window.length - 1) bytes -= this.#window[drop++]!.object.wire.length;
    if (drop === 0) return;
    this.#windowFrom = this.#window[drop - 1]!.revision;
    this.#window = this.#window.slice(drop);
    this.#windowBytes = bytes;
  }

  /** Index of the first key that is not below `key`. */
  #indexOf(key: string): number {
    let low = 0;
    for (let high = this.#keys.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
