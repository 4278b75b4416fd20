import { traversal } from '../runtime/cost.ts';
import { fn, type FunctionDeclaration } from '../types/declarations.ts';
import { runtimeTypeName } from '../types/type-of-value.ts';
import { doubleText, intOfDouble, isInt, isUint, Uint, uintOfDouble } from '../values/numbers.ts';
import {
  type Duration,
  durationText,
  Duration as CelDuration,
  floorDivide,
  isDuration,
  isTimestamp,
  parseDuration,
  parseTimestamp,
  Timestamp,
  timestampText,
} from '../values/time.ts';
import { CelError, TypeValue, type Value } from '../values/value.ts';

const INT_RANGE = new CelError('integer overflow');
const UINT_RANGE = new CelError('unsigned integer overflow');
const NANOS = 1_000_000_000n;

const same = (_frame: unknown, value: Value): Value => value;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Of texts, what cel-go says of Go's parsers: `type conversion error from 'string' to 'int'`. */
const failed = (to: string): CelError => new CelError(`type conversion error from 'string' to '${to}'`);

function intOfText(text: string): Value {
  if (!/^[+-]?\d{1,20}$/.test(text)) return failed('int');
  const value = BigInt(text.replace(/^\+/, ''));
  return isInt(value) ? value : failed('int');
}

function uintOfText(text: string): Value {
  if (!/^\d{1,20}$/.test(text)) return failed('uint');
  const value = BigInt(text);
  return isUint(value) ? new Uint(value) : failed('uint');
}

function doubleOfText(text: string): Value {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : failed('double');
}

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function textOfBytes(bytes: Uint8Array): Value {
  try {
    return utf8.decode(bytes);
  } catch {
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** Conversions of the specification. */
export const CONVERSIONS: readonly FunctionDeclaration[] = [
  fn('int(int): int', same),
  fn('int(uint): int', (_frame, { value }: Uint) => (isInt(value) ? value : INT_RANGE)),
  fn('int(double): int', (_frame, value: number) => intOfDouble(value) ?? INT_RANGE),
  fn('int(string): int', (_frame, text: string) => intOfText(text)),
  fn('int(timestamp): int', (_frame, { nanos }: Timestamp) => floorDivide(nanos, NANOS)),
  fn('int(duration): int', (_frame, { nanos }: Duration) => nanos),
  fn('uint(uint): uint', same),
  fn('uint(int): uint', (_frame, value: bigint) => (isUint(value) ? new Uint(value) : UINT_RANGE)),
  fn('uint(double): uint', (_frame, value: number) => {
    const cut = uintOfDouble(value);
    return cut === undefined ? UINT_RANGE : new Uint(cut);
  }),
  fn('uint(string): uint', (_frame, text: string) => uintOfText(text)),
  fn('double(double): double', same),
  fn('double(int): double', (_frame, value: bigint) => Number(value)),
  fn('double(uint): double', (_frame, { value }: Uint) => Number(value)),
  fn('double(string): double', (_frame, text: string) => doubleOfText(text)),
  fn('bool(bool): bool', same),
  fn('bool(string): bool', (_frame, text: string) => TRUE.has(text) || (FALSE.has(text) ? false : failed('bool'))),
  fn('string(string): string', same),
  fn('string(bool): string', (_frame, value: boolean) => String(value)),
  fn('string(int): string', (_frame, value: bigint) => String(value)),
  fn('string(uint): string', (_frame, { value }: Uint) => String(value)),
  fn('string(double): string', (_frame, value: number) => doubleText(value)),
  fn('string(bytes): string', (_frame, bytes: Uint8Array) => textOfBytes(bytes), traversal),
  fn('string(timestamp): string', (_frame, value: Timestamp) => timestampText(value)),
  fn('string(duration): string', (_frame, value: Duration) => durationText(value)),
  fn('bytes(bytes): bytes', same),
  fn('bytes(string): bytes', (_frame, text: string) => new Uint8Array(Buffer.from(text)), traversal),
  fn('timestamp(timestamp): timestamp', same),
  fn('timestamp(string): timestamp', (_frame, text: string) => parseTimestamp(text) ?? failed('timestamp')),
  fn('timestamp(int): timestamp', (_frame, seconds: bigint) =>
    isTimestamp(seconds * NANOS) ? new Timestamp(seconds * NANOS) : new CelError('timestamp overflow'),
  ),
  fn('duration(duration): duration', same),
  fn('duration(string): duration', (_frame, text: string) => parseDuration(text) ?? failed('duration')),
  fn('duration(int): duration', (_frame, nanos: bigint) => (isDuration(nanos) ? new CelDuration(nanos) : INT_RANGE)),
  fn('dyn(A): dyn', same),
  fn('type(A): type(A)', (_frame, value: Value) =>
    value instanceof TypeValue ? new TypeValue('type') : new TypeValue(runtimeTypeName(value)),
  ),
];
