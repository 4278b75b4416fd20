import { setImmediate } from 'node:timers/promises';

/** How long a request may be at work before others get a turn, in ms. */
const LONGEST_STEP = 10;

/** Lets others have a turn of the event loop between the steps of a request that takes long. One that does not pays for a look at the clock. */
export class Pace {
  #since = performance.now();

  /** Undefined when it is too early. */
  pause(): Promise<void> | undefined {
    if (performance.now() - this.#since < LONGEST_STEP) return undefined;
    return this.#turn();
  }

  async #turn(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
