import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { OpaqueValue, type Value } from '../values/value.ts';

/** What reading one character costs (cel-go's common/cost.go). */
const TRAVERSAL = 0.1;
const REGEX = 0.25;

/** What costs go by: characters, elements, entries; 1 for everything else. */
function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (value instanceof CelList || value instanceof CelMap || value instanceof OpaqueValue) return value.size;
  return 1;
}

/** Reading all of the first argument. */
export const traversal = (value: Value): number => Math.ceil(sizeOf(value) * TRAVERSAL);
/** Reading the first argument, and writing as much. */
export const doubleTraversal = (value: Value): number => Math.ceil(sizeOf(value) * 2 * TRAVERSAL);
/** Reading the smaller one of both. */
export const smallerTraversal = (a: Value, b: Value): number => Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * TRAVERSAL);
/** Reading both. */
export const bothTraversal = (a: Value, b: Value): number => Math.ceil((sizeOf(a) + sizeOf(b)) * TRAVERSAL);
/** Looking for each in the other. */
export const crossTraversal = (a: Value, b: Value): number => traversal(a) * traversal(b);
/** A search with a regular expression: its length stands for how many states it has. */
export const regexSearch = (text: string, pattern: string): number =>
  Math.ceil((1 + text.length) * TRAVERSAL) * Math.ceil(pattern.length * REGEX);
/** One for each element. */
export const elements = (list: Value): number => sizeOf(list);
