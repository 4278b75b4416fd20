import { doubleTraversal, traversal } from '../runtime/cost.ts';
import { CostExceeded, type Frame } from '../runtime/frame.ts';
import { fn, type FunctionDeclaration } from '../types/declarations.ts';
import { ArrayList, type CelList } from '../values/list.ts';
import { CelError, NO_SUCH_OVERLOAD, type Value } from '../values/value.ts';
import { formatText } from './format.ts';
import { codePoints } from './strings.ts';

/** Nothing makes longer texts: no request is as large. */
const MAX_TEXT = 16 << 20;

function bounded(length: number): void {
  if (length > MAX_TEXT) throw new CostExceeded();
}

/** Places in texts are code points; where there are only units they are the same. */
function points(frame: Frame, text: string): string | string[] {
  return codePoints(frame, text) === text.length ? text : [...text];
}
const slice = (text: string | string[], from: number, to?: number): string =>
  typeof text === 'string' ? text.slice(from, to) : text.slice(from, to).join('');

const outOfRange = (index: bigint): CelError => new CelError(`index out of range: ${index}`);

function charAt(frame: Frame, text: string, index: bigint): Value {
  const all = points(frame, text);
  if (index < 0n || index > BigInt(all.length)) return outOfRange(index);
  return slice(all, Number(index), Number(index) + 1);
}

function indexOf(frame: Frame, text: string, part: string, from: bigint): Value {
  const all = points(frame, text);
  if (from < 0n || from > BigInt(all.length)) return outOfRange(from);
  const units = slice(all, 0, Number(from)).length;
  const found = text.indexOf(part, units);
  return found === -1 ? -1n : BigInt(codePoints(frame, text.slice(0, found)));
}

function lastIndexOf(frame: Frame, text: string, part: string, from?: bigint): Value {
  const all = points(frame, text);
  if (from !== undefined && (from < 0n || from >= BigInt(all.length))) return outOfRange(from);
  const found = text.lastIndexOf(part, from === undefined ? Infinity : slice(all, 0, Number(from)).length);
  return found === -1 ? -1n : BigInt(codePoints(frame, text.slice(0, found)));
}

function substring(frame: Frame, text: string, from: bigint, to?: bigint): Value {
  const all = points(frame, text);
  const end = to ?? BigInt(all.length);
  if (from > end)
    return to === undefined ? outOfRange(from) : new CelError(`invalid substring range. start: ${from}, end: ${end}`);
  for (const each of [from, end]) if (each < 0n || each > BigInt(all.length)) return outOfRange(each);
  return slice(all, Number(from), Number(end));
}

function replace(frame: Frame, text: string, what: string, by: string, limit: bigint): Value {
  if (limit === 0n) return text;
  const parts = what === '' ? [...points(frame, text)] : text.split(what);
  if (what === '') parts.unshift('');
  if (what === '' && text !== '') parts.push('');
  const times = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  bounded(text.length + times * by.length);
  frame.work(parts.length);
  return parts.slice(0, times + 1).join(by) + parts.slice(times + 1).reduce((rest, part) => `${rest}${what}${part}`, '');
}

function split(frame: Frame, text: string, separator: string, limit: bigint): Value {
  if (limit === 0n) return new ArrayList([]);
  const parts = separator === '' ? [...points(frame, text)] : text.split(separator);
  frame.work(parts.length);
  if (limit < 0n || limit >= BigInt(parts.length)) return new ArrayList(parts);
  const count = Number(limit) - 1;
  return new ArrayList([...parts.slice(0, count), parts.slice(count).join(separator)]);
}

function join(frame: Frame, list: CelList, separator: string): Value {
  frame.work(list.size);
  const parts: string[] = [];
  let length = 0;
  for (const each of list) {
    if (typeof each !== 'string') return each instanceof CelError ? each : NO_SUCH_OVERLOAD;
    bounded((length += each.length + separator.length));
    parts.push(each);
  }
  frame.spend(Math.ceil(length * 0.2));
  return parts.join(separator);
}

const QUOTED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const quote = (text: string): string => `"${text.toWellFormed().replace(/[\u0007-\r\\"]/g, (each) => QUOTED[each]!)}"`;

const lower = (_frame: Frame, text: string): Value => text.replace(/[A-Z]+/g, (each) => each.toLowerCase());
const upper = (_frame: Frame, text: string): Value => text.replace(/[a-z]+/g, (each) => each.toUpperCase());

/** White space in Unicode's sense; JavaScript's own has the mark of byte order too, and lacks U+0085. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** By hand: a pattern for the end of a text is slow on one with much white space within. */
function trim(_frame: Frame, text: string): Value {
  let [from, to] = [0, text.length];
  while (from < to && SPACE.test(text[from]!)) from++;
  while (to > from && SPACE.test(text[to - 1]!)) to--;
  return text.slice(from, to);
}

const byElements = (list: CelList): number => list.size;

/** cel-go's ext.Strings, version 2. */
export const EXTENDED_STRINGS: readonly FunctionDeclaration[] = [
  fn('<string>.charAt(int): string', charAt),
  fn('<string>.indexOf(string): int', (frame, text: string, part: string) => indexOf(frame, text, part, 0n), traversal),
  fn('<string>.indexOf(string, int): int', indexOf, traversal),
  fn('<string>.lastIndexOf(string): int', (frame, text: string, part: string) => lastIndexOf(frame, text, part), traversal),
  fn('<string>.lastIndexOf(string, int): int', lastIndexOf, traversal),
  fn('<string>.lowerAscii(): string', lower, traversal),
  fn('<string>.upperAscii(): string', upper, traversal),
  fn('<string>.trim(): string', trim, traversal),
  fn('<string>.substring(int): string', substring, traversal),
  fn('<string>.substring(int, int): string', substring, traversal),
  fn(
    '<string>.replace(string, string): string',
    (frame, text: string, what: string, by: string) => replace(frame, text, what, by, -1n),
    doubleTraversal,
  ),
  fn('<string>.replace(string, string, int): string', replace, doubleTraversal),
  fn('<string>.split(string): list(string)', (frame, text: string, by: string) => split(frame, text, by, -1n), doubleTraversal),
  fn('<string>.split(string, int): list(string)', split, doubleTraversal),
  fn('<list(string)>.join(): string', (frame, list: CelList) => join(frame, list, ''), byElements),
  fn('<list(string)>.join(string): string', join, byElements),
  fn('<string>.format(list(dyn)): string', formatText, traversal),
  fn('strings.quote(string): string', (_frame, text: string) => quote(text), traversal),
];
