import { type Clock, systemClock } from './clock.ts';

/** Exponential back-off: `base * factor^n`, capped, with up to `jitter` of it taken off at random. */
export interface Backoff {
  /** First delay in ms. */
  readonly base: number;
  /** @default 2 */
  readonly factor?: number;
  /** Longest delay in ms. */
  readonly cap: number;
  /** Part of the delay that is random, 0 to 1. @default 0 */
  readonly jitter?: number;
}

/** The delay in ms before attempt `attempt` (0 is the first retry). */
export function backoffDelay(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  const full = Math.min(backoff.cap, backoff.base * (backoff.factor ?? 2) ** Math.min(attempt, 64));
  return full * (1 - (backoff.jitter ?? 0) * random());
}

/**
 * Calls `attempt` until it resolves, `isRetryable` says no, or `timeout` ms have passed; then throws the last error.
 * An aborted signal ends the wait at once.
 */
export async function retry<T>(
  attempt: (n: number) => Promise<T>,
  options: { backoff: Backoff; timeout: number; isRetryable?: (error: unknown) => boolean; clock?: Clock; signal?: AbortSignal },
): Promise<T> {
  const clock = options.clock ?? systemClock;
  const deadline = clock.now() + options.timeout;
  for (let n = 0; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      const wait = backoffDelay(options.backoff, n);
      if (options.isRetryable?.(error) === false || clock.now() + wait > deadline || options.signal?.aborted === true)
        throw error;
      await clock.sleep(wait, options.signal);
    }
  }
}
