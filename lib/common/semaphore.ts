/**
 * Lets at most `limit` run at once; the others wait in order, those that are urgent before all others: what is begun is finished first, so
 * that of many pods that start together the first ones run early, and the last one no later.
 */
export class Semaphore {
  #free: number;
  readonly #urgent: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  async run<T>(work: () => Promise<T>, options: { urgent?: boolean } = {}): Promise<T> {
    const queue = options.urgent === true ? this.#urgent : this.#waiting;
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#urgent.shift() ?? this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
