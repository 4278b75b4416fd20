/** What makes an event the same or similar to another (client-go tools/record events_cache.go). */
export interface EventFacts {
  readonly namespace: string;
  readonly involved: { readonly kind: string; readonly name: string; readonly uid: string; readonly fieldPath: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** What to write: nothing (too many about this object), a new Event, or a higher count on the one known by `name`. */
export type Correlation =
  | { readonly action: 'drop' }
  | { readonly action: 'create'; readonly message: string; readonly entry: KnownEvent }
  | { readonly action: 'update'; readonly message: string; readonly entry: KnownEvent };

/** An Event that has been written, and how often it happened. The recorder fills `name`. */
export interface KnownEvent {
  readonly key: string;
  name: string | undefined;
  count: number;
  firstAt: number;
  lastAt: number;
}

/** client-go's figures: 25 events at once about one object, then one in five minutes; the 10th similar one is combined. */
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;
const SIMILAR_LIMIT = 10;
const SIMILAR_WINDOW_MS = 600_000;
const CACHE_SIZE = 4096;

/** Decides for each event whether it is new, a repetition, one of many similar ones, or spam. */
export class EventCorrelator {
  readonly #spam = new LruMap<{ tokens: number; at: number }>(CACHE_SIZE);
  readonly #similar = new LruMap<{ messages: Set<string>; at: number }>(CACHE_SIZE);
  readonly #known = new LruMap<KnownEvent>(CACHE_SIZE);

  correlate(facts: EventFacts, now: number): Correlation {
    const about = JSON.stringify([facts.namespace, facts.involved]);
    const combined = this.#isCombined(`${about}${facts.type} ${facts.reason}`, facts.message, now);
    const message = combined ? `(combined from similar events): ${facts.message}` : facts.message;
    // All combined events of one reason are one Event whose message is the latest.
    const key = JSON.stringify([about, facts.type, facts.reason, combined ? null : facts.message]);
    if (this.#isSpam(about, now)) return { action: 'drop' };
    const known = this.#known.get(key);
    if (known?.name !== undefined) {
      known.count++;
      known.lastAt = now;
      return { action: 'update', message, entry: known };
    }
    const entry: KnownEvent = { key, name: undefined, count: 1, firstAt: now, lastAt: now };
    this.#known.set(key, entry);
    return { action: 'create', message, entry };
  }

  #isCombined(key: string, message: string, now: number): boolean {
    let record = this.#similar.get(key);
    if (record === undefined || now - record.at > SIMILAR_WINDOW_MS) record = { messages: new Set(), at: now };
    record.at = now;
    record.messages.add(message);
    this.#similar.set(key, record);
    if (record.messages.size < SIMILAR_LIMIT) return false;
    // Enough to know that there are too many: the set must not grow with a hostile stream of messages.
    record.messages.delete(message);
    if (record.messages.size < SIMILAR_LIMIT - 1) record.messages.add(message);
    return true;
  }

  #isSpam(about: string, now: number): boolean {
    const bucket = this.#spam.get(about) ?? { tokens: SPAM_BURST, at: now };
    bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + (now - bucket.at) / SPAM_REFILL_MS);
    bucket.at = now;
    this.#spam.set(about, bucket);
    if (bucket.tokens < 1) return true;
    bucket.tokens--;
    return false;
  }
}

/** A Map that forgets what was used longest ago. */
class LruMap<V> {
  readonly #map = new Map<string, V>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): V | undefined {
    const value = this.#map.get(key);
    if (value === undefined) return undefined;
    this.#map.delete(key);
    this.#map.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size <= this.#size) return;
    for (const oldest of this.#map.keys()) {
      this.#map.delete(oldest);
      return;
    }
  }
}
