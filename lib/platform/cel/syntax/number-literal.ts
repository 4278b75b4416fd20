import { isInt, isUint, Uint } from '../values/numbers.ts';
import type { TokenKind } from './lexer.ts';

/** The value of a number as it was written, with its sign; undefined when it is out of range. */
export function readNumber(kind: TokenKind, text: string): bigint | Uint | number | undefined {
  if (kind === 'double') {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  if (kind === 'uint') {
    const value = BigInt(digits.slice(0, -1));
    return isUint(value) && !negative ? new Uint(value) : undefined;
  }
  if (kind !== 'int') return undefined;
  const value = negative ? -BigInt(digits) : BigInt(digits);
  return isInt(value) ? value : undefined;
}
