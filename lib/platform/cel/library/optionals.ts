import { fn, type FunctionDeclaration } from '../types/declarations.ts';
import { ArrayList, CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { Uint } from '../values/numbers.ts';
import { Duration } from '../values/time.ts';
import { CelError, NO_SUCH_OVERLOAD, NONE, OptionalValue, type Value } from '../values/value.ts';

const NOTHING = new CelError('optional.none() dereference');

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Duration) return value.nanos === 0n;
  return (value instanceof CelList || value instanceof CelMap) && value.size === 0;
}

function unwrap(list: CelList): Value {
  const values: Value[] = [];
  for (const each of list) {
    if (!(each instanceof OptionalValue)) return NO_SUCH_OVERLOAD;
    if (each.value !== undefined) values.push(each.value);
  }
  return new ArrayList(values);
}

const byElements = (list: CelList): number => list.size;

/** Values that may be there or not (cel-go's OptionalTypes). */
export const OPTIONALS: readonly FunctionDeclaration[] = [
  fn('optional.of(A): optional(A)', (_frame, value: Value) => new OptionalValue(value)),
  fn('optional.none(): optional(A)', () => NONE),
  fn('optional.ofNonZeroValue(A): optional(A)', (_frame, value: Value) => (isZero(value) ? NONE : new OptionalValue(value))),
  fn('<optional(A)>.hasValue(): bool', (_frame, { value }: OptionalValue) => value !== undefined),
  fn('<optional(A)>.value(): A', (_frame, { value }: OptionalValue) => value ?? (value === null ? null : NOTHING)),
  fn('<optional(A)>.or(optional(A)): optional(A)', (_frame, first: OptionalValue, other: OptionalValue) =>
    first.value === undefined ? other : first,
  ),
  fn('<optional(A)>.orValue(A): A', (_frame, { value }: OptionalValue, other: Value) => (value === undefined ? other : value)),
  fn('optional.unwrap(list(optional(A))): list(A)', (_frame, list: CelList) => unwrap(list), byElements),
  fn('<list(optional(A))>.unwrapOpt(): list(A)', (_frame, list: CelList) => unwrap(list), byElements),
  fn('<list(A)>.first(): optional(A)', (_frame, list: CelList) => (list.size === 0 ? NONE : new OptionalValue(list.at(0)))),
  fn('<list(A)>.last(): optional(A)', (_frame, list: CelList) =>
    list.size === 0 ? NONE : new OptionalValue(list.at(list.size - 1)),
  ),
  fn('_[_](optional(list(A)), int): optional(A)', () => NO_SUCH_OVERLOAD),
  fn('_[_](optional(map(A, B)), A): optional(B)', () => NO_SUCH_OVERLOAD),
  fn('_[?_](list(A), int): optional(A)', () => NO_SUCH_OVERLOAD),
  fn('_[?_](map(A, B), A): optional(B)', () => NO_SUCH_OVERLOAD),
  fn('_[?_](optional(list(A)), int): optional(A)', () => NO_SUCH_OVERLOAD),
  fn('_[?_](optional(map(A, B)), A): optional(B)', () => NO_SUCH_OVERLOAD),
];
