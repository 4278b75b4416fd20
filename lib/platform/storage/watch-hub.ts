import { CompactedError, type StoreBatch, type StoreEvent } from './backend.ts';
import { EventWindow } from './event-window.ts';

export interface WatchHubOptions {
  /** The newest committed revision. */
  readonly revision: number;
  /** Watches below it are refused. */
  readonly compacted: number;
  /**
   * Reads the past that the window no longer holds: events under `prefix` from revision `from` on, as many as are cheap
   * at once; `revision` is the last one looked at. Rejects with CompactedError.
   */
  readonly replay: (prefix: string, from: number) => Promise<StoreBatch>;
  /** Newest events kept in memory. @default 4096 */
  readonly windowEvents?: number;
  /** Bytes of keys and values kept in memory. @default 4 MiB */
  readonly windowBytes?: number;
  /** Within how many ms a watch hears of revisions that it does not see. @default 250 */
  readonly progressMs?: number;
}

/** A watch that has seen everything and sleeps. */
interface Sleeper {
  readonly prefix: string;
  /** The first revision it has not seen. Writes that are not for it move it on, so that it never falls behind asleep. */
  next: number;
  /** Set once a write went by that this watch does not see. */
  behind: boolean;
  readonly wake: () => void;
}

/** Most events of one batch: a reader far behind gets its past in pieces. */
const batchEvents = 1000;

/**
 * Fans committed writes out to watches. Watches are cursors over one shared window of the newest events and, behind
 * it, over the store's own log; nothing is queued per watch, so a reader that stalls costs nothing.
 */
export class WatchHub {
  readonly #options: Required<WatchHubOptions>;
  readonly #sleepers = new Set<Sleeper>();
  readonly #window: EventWindow;
  #revision: number;
  #compacted: number;
  #progressTimer: NodeJS.Timeout | undefined;
  #ended: { readonly error: Error | undefined } | undefined;

  constructor(options: WatchHubOptions) {
    this.#options = { windowEvents: 4096, windowBytes: 4 << 20, progressMs: 250, ...options };
    this.#window = new EventWindow(options.revision + 1, this.#options.windowEvents, this.#options.windowBytes);
    this.#revision = options.revision;
    this.#compacted = options.compacted;
  }

  get revision(): number {
    return this.#revision;
  }

  get compacted(): number {
    return this.#compacted;
  }

  /** Hands out writes that are on disk, in revision order and without gaps. */
  publish(events: readonly StoreEvent[]): void {
    if (events.length === 0) return;
    for (const event of events) this.#window.push(event);
    this.#revision = events.at(-1)!.revision;
    for (const sleeper of this.#sleepers) {
      if (events.some((event) => event.revision >= sleeper.next && event.key.startsWith(sleeper.prefix))) sleeper.wake();
      else if (sleeper.next <= this.#revision) this.#skip(sleeper);
    }
  }

  /** Refuses watches below `revision` from now on. */
  compact(revision: number): void {
    this.#compacted = Math.max(this.#compacted, revision);
  }

  /** Ends every watch: with `error` when the store failed, quietly when it closes. */
  end(error?: Error): void {
    this.#ended ??= { error };
    clearTimeout(this.#progressTimer);
    for (const sleeper of this.#sleepers) sleeper.wake();
  }

  /** Backend.watch. */
  async *watch(prefix: string, from: number, signal: AbortSignal): AsyncGenerator<StoreBatch, void, undefined> {
    if (from < this.#compacted) throw new CompactedError(from, this.#compacted);
    let next = from;
    let told = from - 1;
    while (!signal.aborted) {
      if (this.#ended !== undefined) {
        if (this.#ended.error === undefined) return;
        throw this.#ended.error;
      }
      if (next > this.#revision) {
        if (told < this.#revision) {
          told = this.#revision;
          yield { events: [], revision: told };
          continue;
        }
        next = await this.#sleep(prefix, next, signal);
        continue;
      }
      const batch =
        next < this.#window.first ? await this.#options.replay(prefix, next) : this.#window.read(prefix, next, batchEvents);
      next = batch.revision + 1;
      if (batch.events.length === 0 || signal.aborted) continue;
      told = batch.revision;
      yield batch;
    }
  }

  /** Resolves on a write that this watch sees, on due progress, on abort, and when the hub ends: to what it has not seen. */
  #sleep(prefix: string, next: number, signal: AbortSignal): Promise<number> {
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        prefix,
        next,
        behind: false,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener('abort', sleeper.wake);
          resolve(sleeper.next);
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', sleeper.wake);
    });
  }

  /** Moves a sleeper past writes that are not for it, and tells it of them before long. */
  #skip(sleeper: Sleeper): void {
    sleeper.next = this.#revision + 1;
    sleeper.behind = true;
    this.#progressTimer ??= setTimeout(() => {
      this.#progressTimer = undefined;
      for (const other of this.#sleepers) if (other.behind) other.wake();
    }, this.#options.progressMs).unref();
  }
}
