import { type Clock, systemClock } from './clock.ts';

/** ms for something that is waited for. */
export interface PatienceOptions {
  /** Without a new reason. */
  readonly stall: number;
  /** In all. */
  readonly most: number;
}

/**
 * How long something may take that says why it is not ready yet. A reason that it has not given before is progress, and gives it its time
 * anew: a slow machine gets to the end, one that goes round in circles or stands still is given up.
 */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #clock: Clock;
  readonly #heard = new Set<string>();
  readonly #began: number;
  #moved: number;

  constructor(options: PatienceOptions, clock: Clock = systemClock) {
    this.#options = options;
    this.#clock = clock;
    this.#began = this.#moved = clock.monotonic();
  }

  /** ms since the wait began. */
  get waited(): number {
    return this.#clock.monotonic() - this.#began;
  }

  /** Whether it is over, now that `reason` is why it is not ready. */
  isOver(reason: string): boolean {
    if (!this.#heard.has(reason)) {
      this.#heard.add(reason);
      this.#moved = this.#clock.monotonic();
    }
    return this.#clock.monotonic() - this.#moved > this.#options.stall || this.waited > this.#options.most;
  }
}
