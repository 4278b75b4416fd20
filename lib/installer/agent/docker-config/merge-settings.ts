import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, JsonValue } from './json-text.ts';

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: JsonValue | undefined): value is JsonValue[] => Array.isArray(value);
const holds = (list: readonly JsonValue[], item: JsonValue) => list.some((other) => isDeepStrictEqual(other, item));

/** What is wanted, put into what is there key by key: objects are merged, lists are given what they lack, anything else is replaced. */
export function mergeSettings(there: JsonObject, wanted: JsonObject): JsonObject {
  const merged = new Map<string, JsonValue>(Object.entries(there));
  for (const [key, value] of Object.entries(wanted)) {
    const now = merged.get(key);
    if (isObject(now) && isObject(value)) merged.set(key, mergeSettings(now, value));
    else if (isList(now) && isList(value)) merged.set(key, [...now, ...value.filter((item) => !holds(now, item))]);
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/**
 * Takes a change back three-way: `now` without what went from `before` to `ours`, wherever it is still as we left it. What somebody has edited since
 * stays, and is named by its path in `kept`.
 */
export function unmergeSettings(
  now: JsonObject,
  before: JsonObject,
  ours: JsonObject,
  path = '',
): { settings: JsonObject; kept: string[] } {
  const settings = new Map<string, JsonValue>(Object.entries(now));
  const kept: string[] = [];
  for (const [key, set] of Object.entries(ours)) {
    const old = before[key];
    const current = settings.get(key);
    if (isDeepStrictEqual(old, set) || current === undefined) continue;
    const name = path === '' ? key : `${path}.${key}`;
    if (isDeepStrictEqual(current, set)) {
      if (old === undefined) settings.delete(key);
      else settings.set(key, old);
    } else if (isObject(current) && isObject(set)) {
      const inner = unmergeSettings(current, isObject(old) ? old : {}, set, name);
      kept.push(...inner.kept);
      if (Object.keys(inner.settings).length === 0 && old === undefined) settings.delete(key);
      else settings.set(key, inner.settings);
    } else if (isList(current) && isList(set)) {
      const added = set.filter((item) => !(isList(old) && holds(old, item)));
      settings.set(
        key,
        current.filter((item) => !holds(added, item)),
      );
    } else kept.push(name);
  }
  return { settings: Object.fromEntries(settings), kept };
}

/** Keys at the top whose values differ. */
export function changedKeys(one: JsonObject, other: JsonObject): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter((key) => !isDeepStrictEqual(one[key], other[key]));
}
