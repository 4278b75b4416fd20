import type { Json } from '../../meta.ts';
import { isObject } from '../../schema/patch-lists.ts';
import type { StatusCause } from '../../status-error.ts';
import { duplicate, invalid } from '../../validation/causes.ts';
import type { SchemaNode } from './schema-node.ts';

/** Items that are there twice in lists of type set, and keys in lists of type map (schema/listtype). */
export function validateListKeys(node: SchemaNode, value: Json, path = ''): StatusCause[] {
  if (Array.isArray(value)) {
    const type = node.schema['x-kubernetes-list-type'];
    const own = type === 'set' ? repeated(value, value, path) : type === 'map' ? repeatedKeys(node, value, path) : [];
    const { items } = node;
    if (items === undefined) return own;
    return [...own, ...value.flatMap((item, i) => validateListKeys(items, item, `${path}[${i}]`))];
  }
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const property = node.properties.get(key);
    if (property !== undefined) return validateListKeys(property, value[key]!, path === '' ? key : `${path}.${key}`);
    return typeof node.additional === 'object' ? validateListKeys(node.additional, value[key]!, `${path}[${key}]`) : [];
  });
}

function repeatedKeys({ schema }: SchemaNode, list: readonly Json[], path: string): StatusCause[] {
  const stray = list.findIndex((item) => item !== null && !isObject(item));
  if (stray !== -1) return [invalid(`${path}[${stray}]`, list[stray], 'must be an object for an array of list-type map')];
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const keys = list.map((item) =>
    isObject(item)
      ? Object.fromEntries(names.filter((name) => Object.hasOwn(item, name)).map((name) => [name, item[name]!]))
      : {},
  );
  return repeated(keys, keys, path);
}

/** Each value is told of once, where it comes the second time. */
function repeated(values: readonly Json[], shown: readonly Json[], path: string): StatusCause[] {
  const times = new Map<string, number>();
  return values.flatMap((value, i) => {
    const text = canonical(value);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    return before === 1 ? [duplicate(`${path}[${i}]`, shown[i])] : [];
  });
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`)
    .join(',')}}`;
}
