import { elements } from '../../../cel/runtime/cost.ts';
import { compare, equals } from '../../../cel/runtime/equality.ts';
import type { Frame } from '../../../cel/runtime/frame.ts';
import { fn, type FunctionDeclaration, type Implementation } from '../../../cel/types/declarations.ts';
import type { CelList } from '../../../cel/values/list.ts';
import { isInt, isUint, Uint } from '../../../cel/values/numbers.ts';
import { Duration, isDuration } from '../../../cel/values/time.ts';
import { CelError, NO_SUCH_OVERLOAD, type Value } from '../../../cel/values/value.ts';

const COMPARABLE = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];

function isSorted(frame: Frame, list: CelList): Value {
  for (let i = 1; i < list.size; i++) {
    frame.work(1);
    const order = compare(list.at(i - 1), list.at(i));
    if (order === undefined) return NO_SUCH_OVERLOAD;
    if (!(order <= 0)) return false;
  }
  return true;
}

const best =
  (name: string, better: (order: number) => boolean): Implementation =>
  (frame, list: CelList) => {
    if (list.size === 0) return new CelError(`${name} called on empty list`);
    let found = list.at(0);
    for (let i = 1; i < list.size; i++) {
      frame.work(1);
      const order = compare(list.at(i), found);
      if (order === undefined) return NO_SUCH_OVERLOAD;
      if (better(order)) found = list.at(i);
    }
    return found;
  };

const OVERFLOW = new CelError('integer overflow');

function add(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return isInt(a + b) ? a + b : OVERFLOW;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a instanceof Uint && b instanceof Uint) return isUint(a.value + b.value) ? new Uint(a.value + b.value) : OVERFLOW;
  if (!(a instanceof Duration) || !(b instanceof Duration)) return NO_SUCH_OVERLOAD;
  return isDuration(a.nanos + b.nanos) ? new Duration(a.nanos + b.nanos) : OVERFLOW;
}

const sum =
  (zero: Value): Implementation =>
  (frame, list: CelList) => {
    let total = list.size === 0 ? zero : list.at(0);
    for (let i = 1; i < list.size; i++) {
      frame.work(1);
      total = add(total, list.at(i));
      if (total instanceof CelError) return total;
    }
    return total;
  };

function indexOf(frame: Frame, list: CelList, value: Value): Value {
  for (let i = 0; i < list.size; i++) if (equals(frame, list.at(i), value)) return BigInt(i);
  return -1n;
}

function lastIndexOf(frame: Frame, list: CelList, value: Value): Value {
  for (let i = list.size - 1; i >= 0; i--) if (equals(frame, list.at(i), value)) return BigInt(i);
  return -1n;
}

const ZEROS: readonly (readonly [string, Value])[] = [
  ['int', 0n],
  ['uint', new Uint(0n)],
  ['double', 0],
  ['duration', new Duration(0n)],
];

/** What lists are asked for (apiserver/pkg/cel/library/lists.go). */
export const LISTS: readonly FunctionDeclaration[] = [
  ...COMPARABLE.flatMap((type) => [
    fn(`<list(${type})>.isSorted(): bool`, isSorted, elements),
    fn(
      `<list(${type})>.min(): ${type}`,
      best('min', (order) => order < 0),
      elements,
    ),
    fn(
      `<list(${type})>.max(): ${type}`,
      best('max', (order) => order > 0),
      elements,
    ),
  ]),
  ...ZEROS.map(([type, zero]) => fn(`<list(${type})>.sum(): ${type}`, sum(zero), elements)),
  fn('<list(A)>.indexOf(A): int', indexOf, elements),
  fn('<list(A)>.lastIndexOf(A): int', lastIndexOf, elements),
];
