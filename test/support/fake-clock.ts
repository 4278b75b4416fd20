import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../lib/common/clock.ts';

/** A clock that stands still until a test lets time pass. */
export class FakeClock implements Clock {
  #now: number;
  /** By how much it was set. */
  #set = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  /** Starts at 2020-01-01T00:00:00Z, so that stamps in assertions are readable. */
  constructor(start: number = Date.UTC(2020, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#set;
  }

  /** Somebody sets the clock, forward or back: sleepers sleep as long as they would have. */
  set(now: number): void {
    const by = now - this.#now;
    this.#now = now;
    this.#set += by;
    for (const sleeper of this.#sleepers) sleeper.at += by;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== entry);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const entry = { at: this.#now + Math.max(0, ms), wake };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.push(entry);
    });
  }

  /** How many sleeps have not ended yet. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /**
   * Lets `ms` pass: wakes every sleeper whose time comes, in order, and gives what they start a turn of the event loop
   * before the next one, so that a chain of sleeps runs through.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      next.wake();
      await turn();
    }
    this.#now = end;
    await turn();
  }

  #earliest(end: number): { at: number; wake: () => void } | undefined {
    let found: { at: number; wake: () => void } | undefined;
    for (const sleeper of this.#sleepers)
      if (sleeper.at <= end && (found === undefined || sleeper.at < found.at)) found = sleeper;
    return found;
  }
}
