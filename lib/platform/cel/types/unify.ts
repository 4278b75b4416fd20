import { type CelType, DYN, isDyn } from './type.ts';

/** Steps that types may take to be compared and written out: those of a small expression can be of a size beyond all bounds. */
const MAX_STEPS = 2_000_000;

/** The types of an expression are larger than anybody has use for. */
export class TypesTooLarge extends Error {}

/** What type parameters stand for; can be taken back to an earlier state. Throws TypesTooLarge. */
export class Bindings {
  readonly #bound = new Map<string, CelType>();
  #steps = 0;
  readonly #trail: (readonly [string, CelType | undefined])[] = [];

  /** Binds parameters so that each of `from` may be given where the one of `to` is wanted; changes nothing when that cannot be. */
  assign(to: readonly CelType[], from: readonly CelType[]): boolean {
    if (to.length !== from.length) return false;
    const mark = this.#trail.length;
    if (to.every((type, i) => this.#assignable(from[i]!, type))) return true;
    this.#undo(mark);
    return false;
  }

  /** The type with its parameters replaced; with `rest` dyn, those that nothing decides become dyn. */
  substitute(type: CelType, rest: 'keep' | 'dyn' = 'keep'): CelType {
    this.#step();
    switch (type.kind) {
      case 'param': {
        const bound = this.#bound.get(type.name);
        if (bound !== undefined) return this.substitute(bound, rest);
        return rest === 'dyn' ? DYN : type;
      }
      case 'list':
        return { kind: 'list', element: this.substitute(type.element, rest) };
      case 'map':
        return { kind: 'map', key: this.substitute(type.key, rest), value: this.substitute(type.value, rest) };
      case 'opaque':
        return type.of.length === 0 ? type : { ...type, of: type.of.map((each) => this.substitute(each, rest)) };
      case 'type':
        return { kind: 'type', of: this.substitute(type.of, rest) };
      default:
        return type;
    }
  }

  #step(): void {
    if (++this.#steps > MAX_STEPS) throw new TypesTooLarge('types are too large');
  }

  #set(name: string, type: CelType): void {
    this.#trail.push([name, this.#bound.get(name)]);
    this.#bound.set(name, type);
  }

  #undo(mark: number): void {
    while (this.#trail.length > mark) {
      const [name, before] = this.#trail.pop()!;
      if (before === undefined) this.#bound.delete(name);
      else this.#bound.set(name, before);
    }
  }

  #follow(type: CelType): CelType {
    let found = type;
    while (found.kind === 'param') {
      const bound = this.#bound.get(found.name);
      if (bound === undefined) return found;
      found = bound;
    }
    return found;
  }

  /** Whether a value of type `from` will do for `to` (cel-go's checker/types.go). */
  #assignable(from: CelType, to: CelType): boolean {
    this.#step();
    const [a, b] = [this.#follow(from), this.#follow(to)];
    if (a === b) return true;
    if (b.kind === 'param') return this.#bind(b.name, a);
    if (a.kind === 'param') return this.#bind(a.name, b);
    if (!this.#fits(a, b)) return false;
    // What a parameter stands for becomes as general as what it is given.
    if (to.kind === 'param' && isMoreGeneral(a, b)) this.#set(to.name, a);
    return true;
  }

  #fits(a: CelType, b: CelType): boolean {
    if (isDyn(a) || isDyn(b)) return true;
    if (a.kind === 'null' || b.kind === 'null') return takesNull(a) && takesNull(b);
    switch (a.kind) {
      case 'list':
        return b.kind === 'list' && this.#assignable(a.element, b.element);
      case 'map':
        return b.kind === 'map' && this.#assignable(a.key, b.key) && this.#assignable(a.value, b.value);
      case 'object':
        return b.kind === 'object' && a.name === b.name;
      case 'opaque':
        return (
          b.kind === 'opaque' &&
          a.name === b.name &&
          a.of.length === b.of.length &&
          a.of.every((each, i) => this.#assignable(each, b.of[i]!))
        );
      default:
        return a.kind === b.kind;
    }
  }

  #bind(name: string, type: CelType): boolean {
    if (this.#occurs(name, type)) return false;
    this.#set(name, type);
    return true;
  }

  #occurs(name: string, type: CelType): boolean {
    this.#step();
    const found = this.#follow(type);
    switch (found.kind) {
      case 'param':
        return found.name === name;
      case 'list':
        return this.#occurs(name, found.element);
      case 'map':
        return this.#occurs(name, found.key) || this.#occurs(name, found.value);
      case 'opaque':
        return found.of.some((each) => this.#occurs(name, each));
      case 'type':
        return this.#occurs(name, found.of);
      default:
        return false;
    }
  }
}

const NULLABLE = new Set(['null', 'object', 'opaque', 'timestamp', 'duration']);
const takesNull = ({ kind }: CelType): boolean => NULLABLE.has(kind);

function isMoreGeneral(a: CelType, b: CelType): boolean {
  if (isDyn(a)) return !isDyn(b);
  if (a.kind === 'list' && b.kind === 'list') return isMoreGeneral(a.element, b.element);
  if (a.kind === 'map' && b.kind === 'map') return isMoreGeneral(a.key, b.key) || isMoreGeneral(a.value, b.value);
  return a.kind === 'opaque' && b.kind === 'opaque' && a.of.some((each, i) => isMoreGeneral(each, b.of[i]!));
}

/** The more general of two types that fit each other. */
export const moreGeneral = (a: CelType, b: CelType): CelType =>
  isMoreGeneral(b, a) || (a.kind === 'null' && b.kind !== 'null') ? b : a;

/** Whether the two are the same, to the letter. */
export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'list':
      return b.kind === 'list' && sameType(a.element, b.element);
    case 'map':
      return b.kind === 'map' && sameType(a.key, b.key) && sameType(a.value, b.value);
    case 'object':
    case 'param':
      return b.kind === a.kind && a.name === b.name;
    case 'opaque':
      return b.kind === 'opaque' && a.name === b.name && a.of.every((each, i) => sameType(each, b.of[i]!));
    default:
      return a.kind === b.kind;
  }
}
