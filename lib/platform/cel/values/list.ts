import type { Value } from './value.ts';

/** A list. Never changes for who holds it. */
export abstract class CelList implements Iterable<Value> {
  abstract readonly size: number;
  /** `index` is within the list. */
  abstract at(index: number): Value;

  /** What comes of `list + other` where that is no row of both. @default it is one */
  plus(_other: CelList): CelList | undefined {
    return undefined;
  }

  /** The elements in the order in which another list has those with the same keys; undefined when it has others. @default as they are */
  inOrderOf(_other: CelList): CelList | undefined {
    return this;
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }
}

/** The first `size` of an array that longer lists may share. */
export class ArrayList extends CelList {
  readonly size: number;
  readonly #items: Value[];

  constructor(items: Value[], size = items.length) {
    super();
    this.#items = items;
    this.size = size;
  }

  at(index: number): Value {
    return this.#items[index]!;
  }

  /** This list and one more: in the same array, when nobody else has gone on in it. So a fold does not copy at each step. */
  append(value: Value): ArrayList {
    const items = this.#items.length === this.size ? this.#items : this.#items.slice(0, this.size);
    items.push(value);
    return new ArrayList(items);
  }
}

/** Two lists as one, without a copy: however often an expression doubles a list, it stays small. */
class JoinedList extends CelList {
  readonly size: number;
  readonly #left: CelList;
  readonly #right: CelList;

  constructor(left: CelList, right: CelList) {
    super();
    this.#left = left;
    this.#right = right;
    this.size = left.size + right.size;
  }

  at(index: number): Value {
    let [list, place]: [CelList, number] = [this, index];
    while (list instanceof JoinedList) {
      const left: CelList = list.#left;
      if (place < left.size) list = left;
      else {
        place -= left.size;
        list = list.#right;
      }
    }
    return list.at(place);
  }
}

/** `left + right`. Lists that are written anew for it are work. */
export function joinLists(frame: { work(steps: number): void }, left: CelList, right: CelList): CelList {
  const joined = left.plus(right);
  if (joined !== undefined) {
    frame.work(joined.size);
    return joined;
  }
  if (left.size === 0) return right;
  if (right.size === 0) return left;
  if (right.size === 1 && left instanceof ArrayList) return left.append(right.at(0));
  return new JoinedList(left, right);
}
