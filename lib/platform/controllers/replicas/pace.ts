import type { Clock } from '../../../common/clock.ts';

/**
 * How fast a controller makes and removes pods, whoever asks for how many: a job of a hundred thousand must leave the API to everybody
 * else. Kubernetes' controllers have such a limit in their client (20 a second, 30 at once, for all that they write).
 */
const PER_SECOND = 50;
const AT_ONCE = 200;

/** A bucket of turns that fills again with time. */
export class Pace {
  readonly #interval = 1000 / PER_SECOND;
  /** When the bucket will be full, in ms. */
  #full = 0;

  /** Waits until it is one's turn. Rejects when the signal aborts. */
  async turn(clock: Clock, signal: AbortSignal): Promise<void> {
    const now = clock.monotonic();
    this.#full = Math.max(this.#full, now) + this.#interval;
    const wait = this.#full - now - AT_ONCE * this.#interval;
    if (wait > 0) await clock.sleep(wait, signal);
  }
}
