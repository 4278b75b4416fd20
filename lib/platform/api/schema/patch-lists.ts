import type { Json } from '../meta.ts';

export type JsonObject = Record<string, Json>;

/** A map of JSON: no list, no null. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Makes a property whatever its name: plain assignment to `__proto__` would not. */
export function setOwn(object: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

/** The same item of a list: the same primitive, or objects with the same merge key. */
export function sameItem(a: Json, b: Json, mergeKey: string | undefined): boolean {
  if (mergeKey === undefined || !isObject(a) || !isObject(b)) return a === b;
  return Object.hasOwn(a, mergeKey) && Object.hasOwn(b, mergeKey) && a[mergeKey] === b[mergeKey];
}

/** Where the items of a list stand, found in the same time however long it is: lists and their order come from anybody. */
export class ItemPlaces {
  readonly #mergeKey: string | undefined;
  readonly #plain = new Map<Json, number>();
  readonly #keyed = new Map<Json | undefined, number>();

  constructor(list: readonly Json[], mergeKey: string | undefined) {
    this.#mergeKey = mergeKey;
    list.forEach((item, place) => this.add(item, place));
  }

  /** Of the first item that is the same as this one (sameItem); -1 where there is none. */
  of(item: Json): number {
    if (this.#mergeKey === undefined || !isObject(item)) return this.#plain.get(item) ?? -1;
    return Object.hasOwn(item, this.#mergeKey) ? (this.#keyed.get(item[this.#mergeKey]) ?? -1) : -1;
  }

  add(item: Json, place: number): void {
    if (this.of(item) >= 0) return;
    if (this.#mergeKey === undefined || !isObject(item)) this.#plain.set(item, place);
    else if (Object.hasOwn(item, this.#mergeKey)) this.#keyed.set(item[this.#mergeKey], place);
  }
}

/**
 * Brings merged items into the patch's order; items that only the server has keep their order and stand before
 * the first patched item that they stood before.
 */
export function normaliseOrder(
  merged: readonly Json[],
  order: readonly Json[],
  server: readonly Json[],
  mergeKey: string | undefined,
): Json[] {
  const ordered = new ItemPlaces(order, mergeKey);
  const served = new ItemPlaces(server, mergeKey);
  const rank = (item: Json): number => served.of(item);
  const patched = merged.filter((item) => ordered.of(item) >= 0).sort((a, b) => ordered.of(a) - ordered.of(b));
  const serverOnly = merged.filter((item) => ordered.of(item) < 0).sort((a, b) => rank(a) - rank(b));
  const result: Json[] = [];
  for (let i = 0, j = 0; i < serverOnly.length || j < patched.length;) {
    const left = serverOnly[i];
    const right = patched[j];
    const takeLeft =
      right === undefined || (left !== undefined && rank(left) >= 0 && rank(right) >= 0 && rank(left) < rank(right));
    if (takeLeft) {
      result.push(left!);
      i++;
    } else {
      result.push(right);
      j++;
    }
  }
  return result;
}
