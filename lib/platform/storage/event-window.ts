import type { StoreBatch, StoreEvent } from './backend.ts';

/** The newest events, bounded by count and bytes. Revisions have no gaps, so a revision is an index. */
export class EventWindow {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #events: StoreEvent[] = [];
  /** How many at the start of `#events` are forgotten already; cut off once they are most, since shifting each is slow. */
  #head = 0;
  #bytes = 0;
  /** Revision of the oldest event held; the next one's when none is. */
  first: number;

  constructor(first: number, maxEvents: number, maxBytes: number) {
    this.first = first;
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  /** Adds the next event; throws when a revision is missing in between. */
  push(event: StoreEvent): void {
    const expected = this.first + this.#events.length - this.#head;
    if (event.revision !== expected) throw new Error(`watch window expected revision ${expected}, got ${event.revision}`);
    this.#events.push(event);
    this.#bytes += eventBytes(event);
    while (this.#events.length - this.#head > this.#maxEvents || this.#bytes > this.#maxBytes) {
      this.#bytes -= eventBytes(this.#events[this.#head]!);
      this.#head++;
      this.first++;
    }
    if (this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }

  /** At most `limit` events under the prefix from revision `from` on, which must not lie before `first`. */
  read(prefix: string, from: number, limit: number): StoreBatch {
    const events: StoreEvent[] = [];
    let index = this.#head + from - this.first;
    for (; index < this.#events.length && events.length < limit; index++) {
      const event = this.#events[index]!;
      if (event.key.startsWith(prefix)) events.push(event);
    }
    return { events, revision: this.first + index - this.#head - 1 };
  }
}

function eventBytes(event: StoreEvent): number {
  // The value of a delete is that of `previous`, held once.
  const own = event.type === 'put' ? event.value.byteLength : 0;
  return event.key.length + own + (event.previous?.value.byteLength ?? 0) + 200;
}
