import type { Json } from '../meta.ts';
import { isObject } from '../schema/patch-lists.ts';

/** Gives every value that the path leads to, in order; none where a key is missing. */
export type JsonPath = (value: Json) => Json[];

type Step = (value: Json) => readonly Json[];

/** Values looked at for one path; a path that leads everywhere ends there. */
const MAX_VALUES = 10_000;

/**
 * A path of columns, in the form of client-go's util/jsonpath without its templates: `.a.b`, `.a\.b`, `['a']`, `[0]`, `[-1]`, `[1:3]`, `[*]`,
 * `.*`, `..a` and `[?(@.type=="Ready")]`. Undefined for a text that is none.
 */
export function compileJsonPath(text: string): JsonPath | undefined {
  const reader = new Reader(text);
  const steps = reader.steps();
  if (steps === undefined || !reader.done) return undefined;
  return (value) => steps.reduce<Json[]>((values, step) => values.flatMap((each) => step(each)).slice(0, MAX_VALUES), [value]);
}

/** The names of a path that is nothing but fields (`.spec.color`, `.spec['a.b']`); undefined for another. */
export function fieldPath(text: string): string[] | undefined {
  const names: string[] = [];
  const step = /\.([A-Za-z_][\w-]*)|\['((?:[^'\\]|\\.)+)'\]/y;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (found === null) return undefined;
    names.push(found[1] ?? found[2]!.replaceAll(/\\(.)/g, '$1'));
  }
  return names.length === 0 ? undefined : names;
}

const children = (value: Json): Json[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

const field =
  (name: string): Step =>
  (value) =>
    isObject(value) && Object.hasOwn(value, name) ? [value[name]!] : [];

function* descendants(value: Json): Generator<Json> {
  yield value;
  for (const child of children(value)) yield* descendants(child);
}

const anywhere =
  (name: string): Step =>
  (value) =>
    descendants(value)
      .take(MAX_VALUES)
      .flatMap((each) => field(name)(each))
      .toArray();

const slice =
  (start: number | undefined, end: number | undefined, stride: number): Step =>
  (value) =>
    Array.isArray(value) ? value.slice(start, end).filter((_item, i) => i % stride === 0) : [];

const index =
  (at: number): Step =>
  (value) =>
    Array.isArray(value) && value.at(at) !== undefined ? [value.at(at)!] : [];

const COMPARISONS: Readonly<Record<string, (a: Json, b: Json) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a !== null && b !== null && typeof a === typeof b && a < b,
  '<=': (a, b) => a !== null && b !== null && typeof a === typeof b && a <= b,
  '>': (a, b) => a !== null && b !== null && typeof a === typeof b && a > b,
  '>=': (a, b) => a !== null && b !== null && typeof a === typeof b && a >= b,
};

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at === this.#text.length;
  }

  /** As many as there are; undefined when one is broken. */
  steps(): Step[] | undefined {
    const steps: Step[] = [];
    while (!this.done && (this.#peek('.') || this.#peek('['))) {
      const step = this.#peek('[') ? this.#bracket() : this.#dot();
      if (step === undefined) return undefined;
      steps.push(step);
    }
    return steps;
  }

  #peek(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found ?? undefined;
  }

  #dot(): Step | undefined {
    const deep = this.#peek('..');
    this.#at += deep ? 2 : 1;
    if (!deep && this.#take(/\*/y) !== undefined) return children;
    // A dot alone, at the end or before a bracket, is where one stands.
    if (!deep && (this.done || this.#peek('['))) return (value) => [value];
    const name = this.#take(/(?:\\.|[^.[\]\\(){}'"=<>!?@,\s*|])+/y)?.[0].replaceAll(/\\(.)/g, '$1');
    if (name === undefined) return undefined;
    return deep ? anywhere(name) : field(name);
  }

  #bracket(): Step | undefined {
    this.#at += 1;
    const quoted = this.#take(/'((?:[^'\\]|\\.)*)'\]|"((?:[^"\\]|\\.)*)"\]/y);
    if (quoted !== undefined) return field((quoted[1] ?? quoted[2]!).replaceAll(/\\(.)/g, '$1'));
    if (this.#take(/\*\]/y) !== undefined) return children;
    const number = this.#take(/(-?\d{1,9})\]/y);
    if (number !== undefined) return index(Number(number[1]));
    const range = this.#take(/(-?\d{1,9})?:(-?\d{1,9})?(?::(\d{1,9}))?\]/y);
    if (range !== undefined) return slice(optional(range[1]), optional(range[2]), Math.max(1, optional(range[3]) ?? 1));
    return this.#take(/\?\(/y) === undefined ? undefined : this.#filter();
  }

  #filter(): Step | undefined {
    const left = this.#operand();
    if (left === undefined) return undefined;
    const operator = this.#take(/\s*(==|!=|<=|>=|<|>)/y)?.[1];
    const right = operator === undefined ? undefined : this.#operand();
    if ((operator !== undefined && right === undefined) || this.#take(/\s*\)\]/y) === undefined) return undefined;
    const holds = (item: Json): boolean => {
      const [a, b] = [left(item), right?.(item)];
      if (b === undefined) return a.length > 0;
      return a.length > 0 && b.length > 0 && COMPARISONS[operator!]!(a[0]!, b[0]!);
    };
    return (value) => (Array.isArray(value) ? value.filter(holds) : []);
  }

  #operand(): JsonPath | undefined {
    const literal = this.#take(/\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?)|(true|false))/y);
    if (literal !== undefined) {
      const [, single, double, number, flag] = literal;
      const text = single ?? double;
      const value =
        text !== undefined ? text.replaceAll(/\\(.)/g, '$1') : number !== undefined ? Number(number) : flag === 'true';
      return () => [value];
    }
    if (this.#take(/\s*@/y) === undefined) return undefined;
    const steps = this.steps();
    return steps && ((value) => steps.reduce<Json[]>((values, step) => values.flatMap((each) => step(each)), [value]));
  }
}

const optional = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
