import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { Uint } from '../values/numbers.ts';
import { Duration, Timestamp } from '../values/time.ts';
import { OpaqueValue, OptionalValue, TypeValue, type Value } from '../values/value.ts';
import type { Frame } from './frame.ts';

/** Whether two values are equal: numbers across their types, lists and maps by what they hold, unlike types never. */
export function equals(frame: Frame, a: Value, b: Value): boolean {
  frame.work(1);
  switch (typeof a) {
    case 'string':
    case 'boolean':
      return a === b;
    case 'bigint':
    case 'number':
      return sameNumber(a, b);
    default:
      break;
  }
  if (a === null) return b === null;
  if (a instanceof Uint) return sameNumber(a.value, b);
  if (a instanceof CelList) return b instanceof CelList && sameList(frame, a, b);
  if (a instanceof CelMap) return b instanceof CelMap && sameMap(frame, a, b);
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof OpaqueValue) return b instanceof OpaqueValue && a.typeName === b.typeName && a.equals(b);
  if (!(a instanceof OptionalValue) || !(b instanceof OptionalValue)) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equals(frame, a.value, b.value);
}

function sameNumber(a: bigint | number, b: Value): boolean {
  const other = b instanceof Uint ? b.value : b;
  // oxlint-disable-next-line eqeqeq -- a bigint and a number are compared by what they are worth
  return (typeof other === 'bigint' || typeof other === 'number') && a == other;
}

function sameList(frame: Frame, a: CelList, b: CelList): boolean {
  if (a === b && !holdsNaN(a)) return true;
  if (a.size !== b.size) return false;
  const ordered = a.inOrderOf(b);
  if (ordered !== a) frame.work(b.size);
  if (ordered === undefined) return false;
  for (let i = 0; i < ordered.size; i++) if (!equals(frame, ordered.at(i), b.at(i))) return false;
  return true;
}

/** Only NaN is not equal to itself; lists that are long are compared after all. */
const holdsNaN = (list: CelList): boolean => list.size > 0 && typeof list.at(0) === 'number';

function sameMap(frame: Frame, a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const other = b.get(key);
    if (other === undefined || !equals(frame, a.get(key)!, other)) return false;
  }
  return true;
}

/** Negative, zero or positive; undefined for values that have no order between them. */
export function compare(a: Value, b: Value): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const [left, right] = [numberOf(a), numberOf(b)];
  // A NaN is neither less nor greater nor equal.
  if (left !== undefined && right !== undefined) return orderNumbers(left, right);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos);
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  return undefined;
}

/** An int beside a double becomes one, as in cel-go. */
function orderNumbers(a: bigint | number, b: bigint | number): number {
  if (typeof a === 'bigint' && typeof b === 'bigint') return order(a, b);
  const [x, y] = [Number(a), Number(b)];
  return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
}

const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const numberOf = (value: Value): bigint | number | undefined =>
  value instanceof Uint ? value.value : typeof value === 'bigint' || typeof value === 'number' ? value : undefined;

/** By code points, as Go compares UTF-8; JavaScript's own order differs where surrogates are. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return behindSurrogates(x) - behindSurrogates(y);
  }
  return a.length - b.length;
}

const behindSurrogates = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
