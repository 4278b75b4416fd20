import { CostExceeded, type Frame } from '../runtime/frame.ts';
import { compareText } from '../runtime/equality.ts';
import { runtimeTypeName } from '../types/type-of-value.ts';
import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { Uint } from '../values/numbers.ts';
import { Duration, durationText, Timestamp, timestampText } from '../values/time.ts';
import { CelError, TypeValue, type Value } from '../values/value.ts';

/** Nothing makes longer texts. */
const MAX_TEXT = 4 << 20;
const MAX_PRECISION = 100;

type Clause = (value: Value, precision: number | undefined, frame: Frame) => string | CelError;

/** `"%s has %d".format([a, b])` (cel-go's ext/formatting.go). */
export function formatText(frame: Frame, format: string, args: CelList): Value {
  let text = '';
  let next = 0;
  for (let i = 0; i < format.length; i++) {
    if (format[i] !== '%') {
      text += format[i];
      continue;
    }
    if (format[i + 1] === '%') {
      text += '%';
      i++;
      continue;
    }
    const clause = /^(?:\.(\d{1,3}))?(.?)/su.exec(format.slice(i + 1, i + 8))!;
    const [whole, digits, letter = ''] = clause as unknown as [string, string | undefined, string?];
    const write = Object.hasOwn(CLAUSES, letter) ? CLAUSES[letter]! : undefined;
    if (write === undefined) {
      if (letter === '') return new CelError('could not parse formatting clause: unexpected end of string');
      return new CelError(`could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(letter)}`);
    }
    const precision = digits === undefined ? undefined : Number(digits);
    if ((precision ?? 0) > MAX_PRECISION)
      return new CelError(`could not parse formatting clause: precision ${digits} is too large`);
    if (next >= args.size) return new CelError(`index ${next} out of range`);
    const part = write(args.at(next++), precision, frame);
    if (part instanceof CelError) return part;
    text += part;
    if (text.length > MAX_TEXT) throw new CostExceeded();
    i += whole.length;
  }
  return text;
}

const refuse = (what: string, value: Value): CelError =>
  new CelError(`error during formatting: ${what}, was given ${runtimeTypeName(value)}`);

const integerOf = (value: Value): bigint | undefined =>
  value instanceof Uint ? value.value : typeof value === 'bigint' ? value : undefined;

/** Infinities and NaN have names where a number is wanted. */
function oddDouble(value: Value): string | undefined {
  return typeof value !== 'number' || Number.isFinite(value) ? undefined : String(value);
}

function radix(value: Value, base: number, what: string): string | CelError {
  const integer = integerOf(value);
  return integer === undefined ? refuse(what, value) : integer.toString(base);
}

const hexOf = (value: Value): string | CelError => {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return radix(value, 16, 'only integers, byte buffers, and strings can be formatted as hex');
};

const upper = (text: string | CelError): string | CelError => (typeof text === 'string' ? text.toUpperCase() : text);

/** Exponents have two digits at least. */
const scientific = (value: number, precision: number): string => value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');

const CLAUSES: Readonly<Record<string, Clause>> = {
  s: (value, _precision, frame) => stringOf(value, frame),
  d: (value) => oddDouble(value) ?? integerOf(value)?.toString() ?? refuse('decimal clause can only be used on integers', value),
  f: (value, precision = 6) =>
    oddDouble(value) ??
    (typeof value === 'number' ? fixed(value, precision) : refuse('fixed-point clause can only be used on doubles', value)),
  e: (value, precision = 6) =>
    oddDouble(value) ??
    (typeof value === 'number' ? scientific(value, precision) : refuse('scientific clause can only be used on doubles', value)),
  b: (value) =>
    typeof value === 'boolean' ? String(Number(value)) : radix(value, 2, 'only integers and bools can be formatted as binary'),
  o: (value) => radix(value, 8, 'octal clause can only be used on integers'),
  x: hexOf,
  X: (value) => upper(hexOf(value)),
};

/** Rounds ties to even, as Go does; toFixed takes the larger, and gives exponents for what is large. */
function fixed(value: number, precision: number): string {
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${precision === 0 ? '' : `.${'0'.repeat(precision)}`}`;
  const scaled = value * 10 ** precision;
  const isTie = Math.abs(scaled) < 2 ** 52 && Number.isInteger(scaled * 2) && !Number.isInteger(scaled);
  if (!isTie) return value.toFixed(precision);
  const even = 2 * Math.round(scaled / 2);
  return (even / 10 ** precision).toFixed(precision);
}

const WHAT =
  'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps';

function stringOf(value: Value, frame: Frame): string | CelError {
  frame.work(1);
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return doubleOf(value);
    default:
      break;
  }
  if (value === null) return 'null';
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeValue) return value.name;
  if (value instanceof CelList)
    return joined(
      [...value].map((each) => stringOf(each, frame)),
      '[',
      ']',
    );
  if (value instanceof CelMap) return mapText(value, frame);
  return refuse(WHAT, value);
}

function doubleOf(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = String(value);
  if (!text.includes('e')) return text;
  return Math.abs(value) >= 1 ? BigInt(value).toString() : value.toFixed(20).replace(/0+$/, '');
}

function mapText(map: CelMap, frame: Frame): string | CelError {
  const entries: [string, string][] = [];
  for (const key of map.keys()) {
    const [name, value] = [stringOf(key, frame), stringOf(map.get(key)!, frame)];
    if (name instanceof CelError) return name;
    if (value instanceof CelError) return value;
    entries.push([name, value]);
  }
  entries.sort(([a], [b]) => compareText(a, b));
  return joined(
    entries.map(([key, value]) => `${key}: ${value}`),
    '{',
    '}',
  );
}

function joined(parts: readonly (string | CelError)[], open: string, close: string): string | CelError {
  const wrong = parts.find((part) => part instanceof CelError);
  if (wrong !== undefined) return wrong;
  const text = parts.join(', ');
  if (text.length > MAX_TEXT) throw new CostExceeded();
  return `${open}${text}${close}`;
}
