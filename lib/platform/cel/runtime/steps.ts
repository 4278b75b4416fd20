import type { Overload } from '../types/declarations.ts';
import { accepts } from '../types/type-of-value.ts';
import { isError, NO_SUCH_OVERLOAD, type Value } from '../values/value.ts';
import type { Frame } from './frame.ts';

/** One node, ready to run. Errors are values; only the end of the budget is thrown. */
export type Step = (frame: Frame) => Value;

/** `absorbing`: the value of one side that decides, whatever the other side is, an error even. */
export function logical(left: Step, right: Step, absorbing: boolean): Step {
  return (frame) => {
    const a = left(frame);
    if (a === absorbing) return absorbing;
    const b = right(frame);
    if (b === absorbing) return absorbing;
    if (typeof a === 'boolean' && typeof b === 'boolean') return !absorbing;
    if (isError(a)) return a;
    return isError(b) ? b : NO_SUCH_OVERLOAD;
  };
}

/** `condition ? truthy : falsy`: only the side that counts is run. */
export function conditional(condition: Step, truthy: Step, falsy: Step): Step {
  return (frame) => {
    const which = condition(frame);
    if (which === true) return truthy(frame);
    if (which === false) return falsy(frame);
    return isError(which) ? which : NO_SUCH_OVERLOAD;
  };
}

/** What `look` finds in the operand. */
export function access(operand: Step, key: Step, look: (operand: Value, key: Value) => Value): Step {
  return (frame) => {
    const value = operand(frame);
    if (isError(value)) return value;
    const at = key(frame);
    if (isError(at)) return at;
    frame.spend(1);
    return look(value, at);
  };
}

/** Calls the first signature that takes the arguments. */
export function invoke(overloads: readonly Overload[], args: readonly Step[]): Step {
  return (frame) => {
    const values: Value[] = [];
    for (const arg of args) {
      const value = arg(frame);
      if (isError(value)) return value;
      values.push(value);
    }
    for (const overload of overloads) {
      if (!takes(overload, values)) continue;
      frame.spend(overload.cost === undefined ? 1 : overload.cost(...values));
      return overload.run(frame, ...values);
    }
    return NO_SUCH_OVERLOAD;
  };
}

function takes({ params }: Overload, values: readonly Value[]): boolean {
  for (let i = 0; i < params.length; i++) if (!accepts(params[i]!, values[i]!)) return false;
  return true;
}
