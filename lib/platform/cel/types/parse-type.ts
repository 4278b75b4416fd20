import * as types from './type.ts';
import type { CelType } from './type.ts';

const NAMED: Readonly<Record<string, CelType>> = {
  dyn: types.DYN,
  bool: types.BOOL,
  int: types.INT,
  uint: types.UINT,
  double: types.DOUBLE,
  string: types.STRING,
  bytes: types.BYTES,
  null: types.NULL,
  timestamp: types.TIMESTAMP,
  duration: types.DURATION,
};

const known = new Map<string, CelType>();

/** The type that a declaration writes: `map(string, list(A))`; one capital letter is a parameter, an unknown name an opaque type. */
export function parseType(text: string): CelType {
  const cached = known.get(text);
  if (cached !== undefined) return cached;
  const type = read(text);
  known.set(text, type);
  return type;
}

function read(text: string): CelType {
  const open = text.indexOf('(');
  if (open === -1) {
    if (/^[A-Z]$/.test(text)) return { kind: 'param', name: text };
    return Object.hasOwn(NAMED, text) ? NAMED[text]! : types.opaque(text);
  }
  const name = text.slice(0, open);
  const [first, second] = splitArguments(text.slice(open + 1, -1)).map(parseType) as [CelType, CelType?];
  if (name === 'list') return types.listOf(first);
  if (name === 'map') return types.mapOf(first, second!);
  if (name === 'optional') return types.optionalOf(first);
  if (name === 'type') return { kind: 'type', of: first };
  throw new TypeError(`no such type: ${text}`);
}

function splitArguments(text: string): string[] {
  let depth = 0;
  const parts = [''];
  for (const character of text) {
    if (character === ',' && depth === 0) {
      parts.push('');
      continue;
    }
    if (character === '(') depth++;
    if (character === ')') depth--;
    parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}
