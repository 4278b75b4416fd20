import type { Json } from '../meta.ts';

/** A scalar as a field selector compares it: nothing for what is not there, and for objects and lists. */
export const valueText = (value: Json | undefined): string =>
  value === undefined || value === null || typeof value === 'object' ? '' : String(value);

/** The value at a path of own fields. */
export function valueAt(object: unknown, path: readonly string[]): Json | undefined {
  let at = object as Json | undefined;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, step)) return undefined;
    at = at[step];
  }
  return at;
}
