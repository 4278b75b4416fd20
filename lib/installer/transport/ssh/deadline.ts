/** A time limit that stands still while a person is asked something. */
export class Deadline {
  readonly #onPassed: () => void;
  #left: number;
  #began = 0;
  #timer: NodeJS.Timeout | undefined;
  #pauses = 0;

  /** Runs from now on. `ms` of waiting in all. */
  constructor(ms: number, onPassed: () => void) {
    this.#left = ms;
    this.#onPassed = onPassed;
    this.#run();
  }

  /** Lets the clock stand still until `fn` is done. */
  readonly unhurried = async <T>(fn: () => Promise<T>): Promise<T> => {
    if (this.#pauses++ === 0) this.#halt();
    try {
      return await fn();
    } finally {
      if (--this.#pauses === 0) this.#run();
    }
  };

  cancel(): void {
    this.#pauses = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
  }

  #run(): void {
    this.#began = performance.now();
    this.#timer = setTimeout(this.#onPassed, this.#left);
  }

  #halt(): void {
    clearTimeout(this.#timer);
    // Whoever has just answered gets a moment.
    this.#left = Math.max(1000, this.#left - (performance.now() - this.#began));
  }
}
