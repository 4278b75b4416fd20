import type { Call, Comprehension, Expr, ListLiteral, MapLiteral, Select } from '../syntax/ast.ts';
import type { Checked } from '../types/checked.ts';
import { ArrayList, CelList } from '../values/list.ts';
import { CelMap, GrowingMap, keyOf } from '../values/map.ts';
import { CelError, isError, NO_SUCH_OVERLOAD, OptionalValue, type Value } from '../values/value.ts';
import { hasField, indexValue, selectField, selectOptional } from './access.ts';
import { access, conditional, invoke, logical, type Step } from './steps.ts';

/** What making a list or a map costs (cel-go's common/cost.go). */
const LIST_COST = 10;
const MAP_COST = 30;

/** Turns a checked expression into closures. Costs are those of cel-go's interpreter. */
export function plan(expr: Expr, checked: Checked): Step {
  return new Planner(checked).step(expr);
}

class Planner {
  readonly #checked: Checked;
  readonly #variables = new Map<string, number>();

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  step(expr: Expr): Step {
    switch (expr.kind) {
      case 'const': {
        const { value } = expr;
        return () => value;
      }
      case 'ident':
        return this.#reference(expr);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'fold':
        return this.#fold(expr);
      case 'message':
        return () => new CelError(`unknown type: ${expr.name}`);
    }
  }

  #reference(expr: Expr): Step {
    const reference = this.#checked.references.get(expr)!;
    switch (reference.kind) {
      case 'constant':
        return () => reference.value;
      case 'slot': {
        const { slot } = reference;
        return (frame) => {
          frame.spend(1);
          return frame.slots[slot]!;
        };
      }
      case 'variable': {
        const { name } = reference;
        const index = this.#variables.get(name) ?? this.#variables.size;
        this.#variables.set(name, index);
        const missing = new CelError(`no such attribute(s): ${name}`);
        return (frame) => {
          frame.spend(1);
          const value = frame.variable(index, name);
          return value === undefined ? missing : value;
        };
      }
    }
  }

  #select(expr: Select): Step {
    if (this.#checked.references.has(expr)) return this.#reference(expr);
    const operand = this.step(expr.operand);
    const { field } = expr;
    if (expr.test) return (frame) => hasField(operand(frame), field);
    return (frame) => {
      const value = operand(frame);
      frame.spend(1);
      return selectField(value, field);
    };
  }

  #call(call: Call): Step {
    const resolved = this.#checked.calls.get(call);
    // The target of a function whose name has dots is a part of that name.
    const given = call.target !== undefined && resolved?.method !== false ? [call.target, ...call.args] : call.args;
    const args = given.map((arg) => this.step(arg));
    switch (call.name) {
      case '_&&_':
        return logical(args[0]!, args[1]!, false);
      case '_||_':
        return logical(args[0]!, args[1]!, true);
      case '_?_:_':
        return conditional(args[0]!, args[1]!, args[2]!);
      case '@not_strictly_false':
        return (frame) => {
          frame.spend(1);
          return args[0]!(frame) !== false;
        };
      case '_[_]':
        return access(args[0]!, args[1]!, indexValue);
      case '_[?_]':
      case '_?._':
        return access(args[0]!, args[1]!, selectOptional);
      default:
        return invoke(resolved!.overloads, args);
    }
  }

  #list({ items, optional }: ListLiteral): Step {
    const steps = items.map((item) => this.step(item));
    return (frame) => {
      const values: Value[] = [];
      for (let i = 0; i < steps.length; i++) {
        const value = steps[i]!(frame);
        if (isError(value)) return value;
        if (!optional.has(i)) values.push(value);
        else if (!(value instanceof OptionalValue)) return NO_SUCH_OVERLOAD;
        else if (value.value !== undefined) values.push(value.value);
      }
      frame.spend(LIST_COST);
      return new ArrayList(values);
    };
  }

  #map({ entries }: MapLiteral): Step {
    const steps = entries.map(({ key, value, optional }) => ({ key: this.step(key), value: this.step(value), optional }));
    return (frame) => {
      const values = new Map<unknown, readonly [Value, Value]>();
      for (const entry of steps) {
        const key = entry.key(frame);
        if (isError(key)) return key;
        let value: Value | undefined = entry.value(frame);
        if (isError(value)) return value;
        const id = keyOf(key);
        if (id === undefined || typeof key === 'number') return new CelError('unsupported key type');
        if (entry.optional) {
          if (!(value instanceof OptionalValue)) return NO_SUCH_OVERLOAD;
          value = value.value;
          if (value === undefined) continue;
        }
        if (values.has(id)) return new CelError('Failed with repeated key');
        values.set(id, [key, value]);
      }
      frame.spend(MAP_COST);
      return new GrowingMap(values);
    };
  }

  #fold(fold: Comprehension): Step {
    const [range, initial, condition, step, result] = [fold.range, fold.initial, fold.condition, fold.step, fold.result].map(
      (part) => this.step(part),
    ) as [Step, Step, Step, Step, Step];
    const { accumulator, first, second } = this.#checked.slots.get(fold)!;
    return (frame) => {
      const items = range(frame);
      const { slots } = frame;
      // Before the accumulator: the range may have a fold in it that uses the same slots.
      const start = initial(frame);
      slots[accumulator] = start;
      if (items instanceof CelList) {
        const { size } = items;
        for (let i = 0; i < size; i++) {
          if (second === -1) slots[first] = items.at(i);
          else {
            slots[first] = BigInt(i);
            slots[second] = items.at(i);
          }
          if (condition(frame) === false) break;
          slots[accumulator] = step(frame);
        }
      } else if (items instanceof CelMap) {
        for (const key of items.keys()) {
          slots[first] = key;
          if (second !== -1) slots[second] = items.get(key)!;
          if (condition(frame) === false) break;
          slots[accumulator] = step(frame);
        }
      } else return isError(items) ? items : NO_SUCH_OVERLOAD;
      return result(frame);
    };
  }
}
