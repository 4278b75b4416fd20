/** A time limit that stands still while a person is asked something. */
export class Deadline {
  readonly #onPassed: () => void;
  #left: number;
  #began = 0;
  #timer: NodeJS.Timeout | undefined;
  #pauses = 0;
  #onIdle: (() => void)[] = [];

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
      if (--this.#pauses === 0) {
        this.#run();
        // After whoever waits for the answer.
        for (const wake of this.#onIdle.splice(0)) setImmediate(wake);
      }
    }
  };

  /** Whether somebody is being asked. */
  get isPaused(): boolean {
    return this.#pauses > 0 && this.#pauses < Number.POSITIVE_INFINITY;
  }

  /** Resolves once nobody is being asked any more, and the answer was taken. */
  answered(): Promise<void> {
    return this.isPaused ? new Promise((resolve) => this.#onIdle.push(resolve)) : Promise.resolve();
  }

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
