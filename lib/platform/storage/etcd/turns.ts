/** Lets a bounded number of calls through at once; the others wait, first come, first served. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  /** How many at the start of `#waiting` have gone already; cut off in larger portions, since shifting each is slow. */
  #gone = 0;

  constructor(most: number) {
    this.#free = most;
  }

  async take<T>(call: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await call();
    } finally {
      this.#next();
    }
  }

  #next(): void {
    const next = this.#waiting[this.#gone];
    if (next === undefined) {
      this.#free++;
      this.#waiting.length = 0;
      this.#gone = 0;
      return;
    }
    if (++this.#gone > 1_000) {
      this.#waiting.splice(0, this.#gone);
      this.#gone = 0;
    }
    next();
  }
}
