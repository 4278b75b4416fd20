import type { Value } from '../values/value.ts';

/** An evaluation that was stopped since it costs too much. No operator absorbs it. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
    this.name = 'CostExceeded';
  }
}

/** What a variable of the environment holds; undefined when it holds nothing. */
export type Activation = (name: string) => Value | undefined;

/** Steps of work beyond what the costs of the specification count, for each of its units: comparing deeply, reading long texts. */
const WORK_PER_COST = 20;

/** One evaluation: what its variables hold, and what it has cost. */
export class Frame {
  /** Variables of folds. */
  readonly slots: Value[] = [];
  readonly #activation: Activation;
  readonly #limit: number;
  readonly #variables: (Value | undefined)[] = [];
  #cost = 0;
  #work = 0;

  constructor(activation: Activation, limit: number) {
    this.#activation = activation;
    this.#limit = limit;
  }

  get cost(): number {
    return this.#cost;
  }

  /** Throws CostExceeded beyond the limit. */
  spend(cost: number): void {
    this.#cost += cost;
    if (this.#cost > this.#limit) throw new CostExceeded();
  }

  /** Counts steps that no cost stands for, so that no cheap call can hang. */
  work(steps: number): void {
    this.#work += steps;
    if (this.#work > this.#limit * WORK_PER_COST) throw new CostExceeded();
  }

  variable(index: number, name: string): Value | undefined {
    return (this.#variables[index] ??= this.#activation(name));
  }
}
