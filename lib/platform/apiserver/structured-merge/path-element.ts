import { isRecord } from '../store/json-value.ts';
import type { Atom } from './atoms.ts';

/** What makes a list or an object unfit for merging: a list item without its keys, a key that is there twice. */
export class Unmergeable extends Error {}

/** A field of a map, as managedFields write it. */
export const fieldElement = (name: string): string => `f:${name}`;

/**
 * The element of a list's item. Throws Unmergeable, with structured-merge-diff's words, for an item that cannot be told from others.
 */
export function itemElement(list: Atom, item: unknown): string {
  return list.keys === undefined ? valueElement(item) : keyElement(list, item);
}

function valueElement(item: unknown): string {
  if (item === null || item === undefined)
    throw new Unmergeable("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new Unmergeable('not supported: associative list with lists as elements');
  if (typeof item === 'object') throw new Unmergeable("associative list without keys has an element that's a map type");
  return `v:${JSON.stringify(item)}`;
}

function keyElement({ keys, element }: Atom, item: unknown): string {
  if (item === null || item === undefined) throw new Unmergeable('associative list with keys may not have a null element');
  if (!isRecord(item)) throw new Unmergeable('associative list with keys may not have non-map elements');
  let text = 'k:{';
  for (const key of keys!) {
    const value = Object.hasOwn(item, key) ? item[key] : element!.fields!.get(key)?.default;
    if (value === undefined)
      throw new Unmergeable(
        `associative list with keys has an element that omits key field ${JSON.stringify(key)} (and doesn't have default value)`,
      );
    text += `${text.length === 3 ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return `${text}}`;
}

/** An element as clients may write it in the one form that is compared; undefined when it is none. */
export function canonicalElement(text: string): string | undefined {
  const content = text.slice(2);
  if (text.startsWith('f:')) return text;
  if (text.startsWith('i:')) return /^-?\d{1,9}$/.test(content) ? text : undefined;
  const value = text.startsWith('k:') || text.startsWith('v:') ? parse(content) : undefined;
  if (value === undefined) return undefined;
  if (text.startsWith('v:')) return `v:${JSON.stringify(value)}`;
  if (!isRecord(value) || Object.keys(value).length === 0) return undefined;
  const keys = Object.keys(value).sort();
  return `k:{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(value[key])}`).join(',')}}`;
}

/** A path as it is shown: `.spec.containers[name="web"].image`. */
export const pathText = (path: readonly string[]): string => path.map(elementText).join('');

function elementText(element: string): string {
  const content = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${content}`;
    case 'k': {
      const keys = parse(content) as Record<string, unknown>;
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`;
    }
    case 'v':
      return `[=${content}]`;
    default:
      return `[${content}]`;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
