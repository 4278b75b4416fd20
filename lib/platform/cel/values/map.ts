import { ArrayList, type CelList } from './list.ts';
import { Uint } from './numbers.ts';
import type { Value } from './value.ts';

/** A map, or an object whose fields are looked up by name. */
export abstract class CelMap {
  abstract readonly size: number;
  /** The type's name, for objects of a declared one. @default it is a map */
  get typeName(): string | undefined {
    return undefined;
  }
  /** Undefined when there is no such key. */
  abstract get(key: Value): Value | undefined;
  abstract has(key: Value): boolean;
  abstract keys(): CelList;
}

/** What two equal keys have in common: numbers are equal across their types. Undefined for what cannot be a key. */
export function keyOf(key: Value): string | bigint | boolean | number | undefined {
  switch (typeof key) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return key;
    case 'number':
      return Number.isInteger(key) ? BigInt(key) : key;
    default:
      return key instanceof Uint ? key.value : undefined;
  }
}

/** The entries of a literal, or of a fold. */
export class EntryMap extends CelMap {
  readonly #entries: ReadonlyMap<unknown, readonly [Value, Value]>;

  constructor(entries: ReadonlyMap<unknown, readonly [Value, Value]>) {
    super();
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.size;
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1];
  }
  has(key: Value): boolean {
    return this.#entries.has(keyOf(key));
  }
  keys(): CelList {
    return new ArrayList([...this.#entries.values()].map(([key]) => key));
  }
}

/** A map that grows: each step of a fold adds to the same entries, unless another has done so before. */
export class GrowingMap extends EntryMap {
  readonly #grown: Map<unknown, readonly [Value, Value]>;
  readonly #count: number;

  constructor(entries: Map<unknown, readonly [Value, Value]>) {
    super(entries);
    this.#grown = entries;
    this.#count = entries.size;
  }

  /** Undefined when the key is there already. */
  with(key: Value, value: Value): GrowingMap | undefined {
    const id = keyOf(key);
    const entries = this.#grown.size === this.#count ? this.#grown : new Map([...this.#grown].slice(0, this.#count));
    if (entries.has(id)) return undefined;
    entries.set(id, [key, value]);
    return new GrowingMap(entries);
  }
}
