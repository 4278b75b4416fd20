import { userDataErrors } from './user-data-errors.ts';

// One function for each place that a value can be put in. Each takes any text and answers what reads as that text and nothing more there.

/**
 * A YAML scalar: a number or a truth as it is, a text in double quotes with everything but printable ASCII escaped, so that YAML 1.1 (cloud-init)
 * and 1.2 read the same: they differ in what ends a line, and in which plain words are truths.
 */
export function yamlScalar(value: unknown): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'boolean') return String(value);
  return `"${Array.from(textOf(value), yamlCharacter).join('')}"`;
}

function yamlCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (code >= 0x20 && code < 0x7f) return character;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** One word of a POSIX shell. */
export function shellWord(value: unknown): string {
  return `'${textOf(value).replaceAll("'", `'\\''`)}'`;
}

/** A JSON value. The line separators of Unicode are escaped too, which JSON allows and JavaScript did not. */
export function jsonValue(value: unknown): string {
  if (value === undefined) throw userDataErrors.USER_DATA_VALUE('undefined', 'it is not there');
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** Text that a terminal shows, on one line: what would move its cursor or begin a new line becomes U+FFFD. */
export function plainText(value: unknown): string {
  return textOf(value).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}

/** No place takes a NUL or half a character. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw userDataErrors.USER_DATA_VALUE(String(value), 'it is no text');
  if (value.includes('\0')) throw userDataErrors.USER_DATA_VALUE(value, 'it holds a NUL');
  if (!value.isWellFormed()) throw userDataErrors.USER_DATA_VALUE(value, 'it is no valid Unicode');
  return value;
}
