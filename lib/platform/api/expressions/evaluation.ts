import type { Activation } from '../../cel/runtime/frame.ts';
import { ArrayList, type CelList } from '../../cel/values/list.ts';
import { CelMap } from '../../cel/values/map.ts';
import { CelError, type Value } from '../../cel/values/value.ts';
import type { CompiledCondition } from './admission-expressions.ts';
import type { CompiledExpression } from './compiled-expression.ts';
import { CALL_LIMIT, OUT_OF_BUDGET } from './environment.ts';

/** The expressions of one object have cost more than they may. */
export class OutOfBudget extends Error {
  constructor(message = OUT_OF_BUDGET) {
    super(message);
    this.name = 'OutOfBudget';
  }
}

/** What a row of evaluations may cost together. */
export class Budget {
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  /** Throws OutOfBudget when it does not last. */
  spend(cost: number): void {
    this.#left -= cost;
    if (this.#left < 0) throw new OutOfBudget();
  }
}

/** What an expression gave, or why it gave nothing, in Kubernetes' words. */
export type Outcome =
  { readonly value: Value; readonly error?: undefined } | { readonly value?: undefined; readonly error: string };

/** Evaluates one expression of a policy. Throws OutOfBudget. */
export function evaluateExpression(
  { source, program, problem }: CompiledExpression,
  activation: Activation,
  budget: Budget,
): Outcome {
  if (program === undefined) return { error: `compilation error: ${problem}` };
  const { value, cost } = program.evaluate(activation, CALL_LIMIT);
  budget.spend(Math.min(cost, CALL_LIMIT));
  if (value instanceof CelError) return { error: `expression '${source}' resulted in error: ${value.message}` };
  return { value };
}

/** The variable `variables`: each is evaluated when it is first asked for, and once. */
export class PolicyVariables extends CelMap {
  readonly #variables: ReadonlyMap<string, CompiledExpression>;
  readonly #activation: Activation;
  readonly #budget: Budget;
  readonly #values = new Map<string, Value>();

  constructor(variables: readonly CompiledCondition[], activation: Activation, budget: Budget) {
    super();
    this.#variables = new Map(variables.map(({ name, compiled }) => [name, compiled]));
    this.#activation = activation;
    this.#budget = budget;
  }

  get size(): number {
    return this.#variables.size;
  }

  has(key: Value): boolean {
    return typeof key === 'string' && this.#variables.has(key);
  }

  keys(): CelList {
    return new ArrayList([...this.#variables.keys()]);
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const compiled = this.#variables.get(key);
    if (compiled === undefined) return undefined;
    const value = this.#evaluate(key, compiled);
    this.#values.set(key, value);
    return value;
  }

  #evaluate(name: string, { program, problem }: CompiledExpression): Value {
    if (program === undefined) return new CelError(`composited variable ${JSON.stringify(name)} fails to compile: ${problem}`);
    const { value, cost } = program.evaluate(this.#activation, CALL_LIMIT);
    this.#budget.spend(Math.min(cost, CALL_LIMIT));
    return value instanceof CelError
      ? new CelError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${value.message}`)
      : value;
  }
}

/** Whether all conditions hold; or what went wrong with those that cannot say so, when none is false. Throws OutOfBudget. */
export function conditionsHold(
  conditions: readonly CompiledCondition[],
  activation: Activation,
  budget: Budget,
): { readonly matches: boolean; readonly errors: readonly string[] } {
  const errors: string[] = [];
  for (const { compiled } of conditions) {
    const { value, error } = evaluateExpression(compiled, activation, budget);
    if (error !== undefined) errors.push(error);
    else if (value === false) return { matches: false, errors: [] };
  }
  return { matches: errors.length === 0, errors };
}
