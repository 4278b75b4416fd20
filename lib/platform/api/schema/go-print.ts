import type { Json } from '../meta.ts';
import { isObject } from './patch-lists.ts';

/** As Go's %v prints a decoded value: `map[a:1 b:[x y]]`. */
export function goPrint(value: unknown): string {
  const json = value as Json | undefined;
  if (json === null || json === undefined) return '<nil>';
  if (Array.isArray(json)) return `[${json.map(goPrint).join(' ')}]`;
  if (!isObject(json)) return String(json);
  return `map[${Object.keys(json)
    .sort()
    .map((key) => `${key}:${goPrint(json[key])}`)
    .join(' ')}]`;
}
