import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { Uint } from '../values/numbers.ts';
import { CelError, NO_SUCH_OVERLOAD, NONE, OptionalValue, type Value } from '../values/value.ts';
import { runtimeTypeName } from '../types/type-of-value.ts';

/** `operand.field` */
export function selectField(operand: Value, field: string): Value {
  if (operand instanceof CelMap) return found(operand.get(field), field);
  if (operand instanceof OptionalValue) return selectOptional(operand, field);
  return operand instanceof CelError ? operand : NO_SUCH_OVERLOAD;
}

/** `has(operand.field)` */
export function hasField(operand: Value, field: string): Value {
  if (operand instanceof CelMap) return operand.has(field);
  if (operand instanceof OptionalValue) return operand.value === undefined ? false : hasField(operand.value, field);
  return operand instanceof CelError ? operand : NO_SUCH_OVERLOAD;
}

/** `operand.?field`, `operand[?key]` */
export function selectOptional(operand: Value, key: Value): Value {
  if (operand instanceof OptionalValue) return operand.value === undefined ? NONE : selectOptional(operand.value, key);
  if (operand instanceof CelError) return operand;
  if (operand instanceof CelMap) return optional(operand.get(key));
  if (!(operand instanceof CelList)) return NO_SUCH_OVERLOAD;
  const index = indexOf(key);
  return index !== undefined && index >= 0 && index < operand.size ? new OptionalValue(operand.at(index)) : NONE;
}

const optional = (value: Value | undefined): Value =>
  value === undefined ? NONE : value instanceof CelError ? value : new OptionalValue(value);

/** `operand[key]` */
export function indexValue(operand: Value, key: Value): Value {
  if (operand instanceof OptionalValue) return selectOptional(operand, key);
  if (operand instanceof CelMap) return found(operand.get(key), key);
  if (!(operand instanceof CelList)) return NO_SUCH_OVERLOAD;
  const index = indexOf(key);
  if (index === undefined) return new CelError(`unsupported index type '${runtimeTypeName(key)}' in list`);
  return index >= 0 && index < operand.size ? operand.at(index) : new CelError(`index out of bounds: ${index}`);
}

// null is a value like any other.
const found = (value: Value | undefined, key: Value): Value =>
  value === undefined ? new CelError(`no such key: ${keyText(key)}`) : value;

/** Whole numbers of all types are indices. */
function indexOf(key: Value): number | undefined {
  if (typeof key === 'bigint') return Number(key);
  if (typeof key === 'number') return Number.isInteger(key) ? key : undefined;
  return key instanceof Uint ? Number(key.value) : undefined;
}

const keyText = (key: Value): string => (key instanceof Uint ? String(key.value) : String(key));
