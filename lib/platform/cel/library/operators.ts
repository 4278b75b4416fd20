import { compare, equals } from '../runtime/equality.ts';
import { bothTraversal, elements, smallerTraversal } from '../runtime/cost.ts';
import type { Frame } from '../runtime/frame.ts';
import { fn, type FunctionDeclaration, type Implementation } from '../types/declarations.ts';
import { type CelList, joinLists } from '../values/list.ts';
import { type CelMap, type GrowingMap, keyOf } from '../values/map.ts';
import { isInt, isUint, Uint } from '../values/numbers.ts';
import { Duration, isDuration, isTimestamp, Timestamp } from '../values/time.ts';
import { CelError, NO_SUCH_OVERLOAD, type Value } from '../values/value.ts';

const OVERFLOW = new CelError('integer overflow');
const UINT_OVERFLOW = new CelError('unsigned integer overflow');
const DIVISION = new CelError('division by zero');
const MODULUS = new CelError('modulus by zero');

const int = (value: bigint): Value => (isInt(value) ? value : OVERFLOW);
const uint = (value: bigint): Value => (isUint(value) ? new Uint(value) : UINT_OVERFLOW);
const duration = (nanos: bigint): Value => (isDuration(nanos) ? new Duration(nanos) : OVERFLOW);
const timestamp = (nanos: bigint): Value => (isTimestamp(nanos) ? new Timestamp(nanos) : new CelError('timestamp overflow'));

const ints =
  (op: (a: bigint, b: bigint) => Value): Implementation =>
  (_frame, a: bigint, b: bigint) =>
    op(a, b);
const uints =
  (op: (a: bigint, b: bigint) => Value): Implementation =>
  (_frame, a: Uint, b: Uint) =>
    op(a.value, b.value);
const doubles =
  (op: (a: number, b: number) => Value): Implementation =>
  (_frame, a: number, b: number) =>
    op(a, b);

const ARITHMETIC: readonly FunctionDeclaration[] = [
  fn(
    '_+_(int, int): int',
    ints((a, b) => int(a + b)),
  ),
  fn(
    '_-_(int, int): int',
    ints((a, b) => int(a - b)),
  ),
  fn(
    '_*_(int, int): int',
    ints((a, b) => int(a * b)),
  ),
  fn(
    '_/_(int, int): int',
    ints((a, b) => (b === 0n ? DIVISION : int(a / b))),
  ),
  fn(
    '_%_(int, int): int',
    ints((a, b) => (b === 0n ? MODULUS : int(b === -1n ? (isInt(-a) ? 0n : -a) : a % b))),
  ),
  fn(
    '_+_(uint, uint): uint',
    uints((a, b) => uint(a + b)),
  ),
  fn(
    '_-_(uint, uint): uint',
    uints((a, b) => uint(a - b)),
  ),
  fn(
    '_*_(uint, uint): uint',
    uints((a, b) => uint(a * b)),
  ),
  fn(
    '_/_(uint, uint): uint',
    uints((a, b) => (b === 0n ? DIVISION : uint(a / b))),
  ),
  fn(
    '_%_(uint, uint): uint',
    uints((a, b) => (b === 0n ? MODULUS : uint(a % b))),
  ),
  fn(
    '_+_(double, double): double',
    doubles((a, b) => a + b),
  ),
  fn(
    '_-_(double, double): double',
    doubles((a, b) => a - b),
  ),
  fn(
    '_*_(double, double): double',
    doubles((a, b) => a * b),
  ),
  fn(
    '_/_(double, double): double',
    doubles((a, b) => a / b),
  ),
  fn('-_(int): int', (_frame, a: bigint) => int(-a)),
  fn('-_(double): double', (_frame, a: number) => -a),
  fn('!_(bool): bool', (_frame, a: boolean) => !a),
  fn('_+_(string, string): string', (_frame, a: string, b: string) => a + b, bothTraversal),
  fn('_+_(bytes, bytes): bytes', (_frame, a: Uint8Array, b: Uint8Array) => new Uint8Array(Buffer.concat([a, b])), bothTraversal),
  fn('_+_(list(A), list(A)): list(A)', (frame, a: CelList, b: CelList) => joinLists(frame, a, b)),
  fn('_+_(duration, duration): duration', (_frame, a: Duration, b: Duration) => duration(a.nanos + b.nanos)),
  fn('_-_(duration, duration): duration', (_frame, a: Duration, b: Duration) => duration(a.nanos - b.nanos)),
  fn('_+_(timestamp, duration): timestamp', (_frame, a: Timestamp, b: Duration) => timestamp(a.nanos + b.nanos)),
  fn('_+_(duration, timestamp): timestamp', (_frame, a: Duration, b: Timestamp) => timestamp(a.nanos + b.nanos)),
  fn('_-_(timestamp, duration): timestamp', (_frame, a: Timestamp, b: Duration) => timestamp(a.nanos - b.nanos)),
  fn('_-_(timestamp, timestamp): duration', (_frame, a: Timestamp, b: Timestamp) => duration(a.nanos - b.nanos)),
  // In timestamps the zone is not kept, so negation is all that a duration lacks.
  fn('-_(duration): duration', (_frame, a: Duration) => duration(-a.nanos)),
];

const ORDERED = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const NUMBERS = ['int', 'uint', 'double'];
const COMPARISONS: readonly (readonly [string, (order: number) => boolean])[] = [
  ['_<_', (order) => order < 0],
  ['_<=_', (order) => order <= 0],
  ['_>_', (order) => order > 0],
  ['_>=_', (order) => order >= 0],
];

const comparisons = COMPARISONS.flatMap(([name, holds]) => {
  const run: Implementation = (_frame, a: Value, b: Value) => {
    const order = compare(a, b);
    return order === undefined ? NO_SUCH_OVERLOAD : holds(order);
  };
  const pairs = [
    ...ORDERED.map((type) => [type, type]),
    ...NUMBERS.flatMap((a) => NUMBERS.filter((b) => b !== a).map((b) => [a, b])),
  ];
  return pairs.map(([a, b]) => fn(`${name}(${a}, ${b}): bool`, run, smallerTraversal));
});

function contains(frame: Frame, value: Value, list: CelList): boolean {
  for (let i = 0; i < list.size; i++) if (equals(frame, value, list.at(i))) return true;
  return false;
}

const EXISTS = (key: Value): CelError => new CelError(`insert failed: key ${String(keyOf(key))} already exists`);

function insertAll(map: GrowingMap, entries: CelMap): Value {
  let grown: GrowingMap = map;
  for (const key of entries.keys()) {
    const next = grown.with(key, entries.get(key)!);
    if (next === undefined) return EXISTS(key);
    grown = next;
  }
  return grown;
}

/** Operators of the specification, and what macros use. `&&`, `||`, `?:` and access are the planner's own; here are their types. */
export const OPERATORS: readonly FunctionDeclaration[] = [
  ...ARITHMETIC,
  ...comparisons,
  fn('_==_(A, A): bool', (frame, a: Value, b: Value) => equals(frame, a, b), smallerTraversal),
  fn('_!=_(A, A): bool', (frame, a: Value, b: Value) => !equals(frame, a, b), smallerTraversal),
  fn('@in(A, list(A)): bool', contains, (_value: Value, list: CelList) => elements(list)),
  fn('@in(A, map(A, B)): bool', (_frame, key: Value, map: CelMap) => map.has(key)),
  fn('_?_:_(bool, A, A): A', () => NO_SUCH_OVERLOAD),
  fn('@not_strictly_false(bool): bool', () => NO_SUCH_OVERLOAD),
  fn('_[_](list(A), int): A', () => NO_SUCH_OVERLOAD),
  fn('_[_](map(A, B), A): B', () => NO_SUCH_OVERLOAD),
  fn(
    '@mapInsert(map(A, B), A, B): map(A, B)',
    (_frame, map: GrowingMap, key: Value, value: Value) => map.with(key, value) ?? EXISTS(key),
  ),
  fn('@mapInsert(map(A, B), map(A, B)): map(A, B)', (_frame, map: GrowingMap, entries: CelMap) => insertAll(map, entries)),
];
