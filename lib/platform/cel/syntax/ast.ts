import type { Value } from '../values/value.ts';

/** Where a node stands in its source: an index into its code points. */
interface Positioned {
  readonly at: number;
}

export interface Constant extends Positioned {
  readonly kind: 'const';
  readonly value: Value;
}
export interface Identifier extends Positioned {
  readonly kind: 'ident';
  /** With a leading dot when it was written with one: then no variable of a macro hides it. */
  readonly name: string;
}
export interface Select extends Positioned {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** has(a.b): asks whether it is there. */
  readonly test: boolean;
}
export interface Call extends Positioned {
  readonly kind: 'call';
  readonly name: string;
  /** Present: called as a method of it. */
  readonly target?: Expr;
  readonly args: readonly Expr[];
}
export interface ListLiteral extends Positioned {
  readonly kind: 'list';
  readonly items: readonly Expr[];
  /** Indices of items written `?x`: left out when they hold nothing. */
  readonly optional: ReadonlySet<number>;
}
export interface MapEntry extends Positioned {
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
}
export interface MapLiteral extends Positioned {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}
export interface MessageLiteral extends Positioned {
  readonly kind: 'message';
  readonly name: string;
  readonly fields: readonly (Positioned & { readonly name: string; readonly value: Expr; readonly optional: boolean })[];
}
/** What macros become: a fold over a list's elements, or a map's keys (with their values, where there is `second`). */
export interface Comprehension extends Positioned {
  readonly kind: 'fold';
  readonly range: Expr;
  readonly first: string;
  readonly second?: string;
  readonly accumulator: string;
  readonly initial: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** A parsed expression, macros expanded (cel.expr.Expr of the specification). */
export type Expr = Constant | Identifier | Select | Call | ListLiteral | MapLiteral | MessageLiteral | Comprehension;

/** `a.b.c` as a name; undefined for what is none. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.test) return undefined;
  const operand = qualifiedName(expr.operand);
  return operand === undefined ? undefined : `${operand}.${expr.field}`;
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'const':
    case 'ident':
      return [];
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case 'list':
      return expr.items;
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'message':
      return expr.fields.map(({ value }) => value);
    case 'fold':
      return [expr.range, expr.initial, expr.condition, expr.step, expr.result];
  }
}

/** A node that is inside more than `limit` others, if there is one. Does not call itself. */
export function deeperThan(expr: Expr, limit: number): Expr | undefined {
  const waiting: (readonly [Expr, number])[] = [[expr, 0]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, depth] = next;
    if (depth > limit) return node;
    for (const child of childrenOf(node)) waiting.push([child, depth + 1]);
  }
  return undefined;
}
