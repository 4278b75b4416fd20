import type { Container } from './types/container-types.ts';
import type { Pod } from './types/pod-types.ts';

/**
 * Back-off per key as client-go's flowcontrol.Backoff does it: the first time is free, then 10 s doubling to 5 minutes;
 * forgotten once something went well for twice the longest delay.
 */
export class KeyedBackoff {
  readonly #entries = new Map<string, { delay: number; updated: number }>();
  readonly #base: number;
  readonly #cap: number;

  constructor(base = 10_000, cap = 300_000) {
    this.#base = base;
    this.#cap = cap;
  }

  /** How long, in ms from `now`, the key has to wait that last failed at `failedAt`; 0: go. */
  remaining(key: string, failedAt: number, now: number): number {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#expired(entry, failedAt)) return 0;
    // A clock that was set back would make it longer.
    return Math.min(entry.delay, Math.max(0, failedAt + entry.delay - now));
  }

  /** The present delay in ms; 0 when there is none. */
  delay(key: string): number {
    return this.#entries.get(key)?.delay ?? 0;
  }

  /** Counts another try. */
  next(key: string, failedAt: number, now: number): void {
    const entry = this.#entries.get(key);
    const delay = entry === undefined || this.#expired(entry, failedAt) ? this.#base : Math.min(this.#cap, entry.delay * 2);
    this.#entries.set(key, { delay, updated: now });
  }

  reset(key: string): void {
    this.#entries.delete(key);
  }

  /** Forgets all keys that start so. */
  resetAll(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #expired(entry: { updated: number }, failedAt: number): boolean {
    return failedAt - entry.updated > 2 * this.#cap;
  }
}

/** `10s`, `1m20s`, `5m0s`: Go's way to write a delay. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return minutes < 60 ? `${minutes}m${rest}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}s`;
}

/** Whose crashes are counted together: those of a container with the same image. */
export const crashKey = (pod: Pod, container: Container): string => `${pod.metadata.uid}_${container.name}_${container.image}`;
