import { ArrayList, CelList } from './list.ts';
import type { Value } from './value.ts';

/** A list whose elements are told apart by keys and not by their places: a set, or a map in the form of a list. */
export class KeyedList extends CelList {
  readonly #list: CelList;
  readonly #keyOf: (value: Value) => unknown;
  #byKey: ReadonlyMap<unknown, Value> | undefined;

  constructor(list: CelList, keyOf: (value: Value) => unknown) {
    super();
    this.#list = list;
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#list.size;
  }

  at(index: number): Value {
    return this.#list.at(index);
  }

  /** The elements of both; of those with the same key the other one's, where this one's was. */
  override plus(other: CelList): CelList {
    const all = new Map(this.#keyed());
    for (const value of other) all.set(this.#keyOf(value), value);
    return new KeyedList(new ArrayList([...all.values()]), this.#keyOf);
  }

  override inOrderOf(other: CelList): CelList | undefined {
    const keyed = this.#keyed();
    const ordered: Value[] = [];
    for (const value of other) {
      const own = keyed.get(this.#keyOf(value));
      if (own === undefined) return undefined;
      ordered.push(own);
    }
    return new ArrayList(ordered);
  }

  #keyed(): ReadonlyMap<unknown, Value> {
    return (this.#byKey ??= new Map([...this.#list].map((value) => [this.#keyOf(value), value])));
  }
}
