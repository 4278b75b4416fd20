import type { Call, Comprehension, Expr } from '../syntax/ast.ts';
import type { Issue } from '../syntax/issues.ts';
import type { Value } from '../values/value.ts';
import type { Overload } from './declarations.ts';
import type { FoldSlots } from './locals.ts';
import type { CelType } from './type.ts';

export interface CheckScope {
  /** The type of a variable; its name may have dots. */
  variable(name: string): CelType | undefined;
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
  /** The elements of a list literal must be of one type, and so the keys and values of a map's. */
  readonly homogeneous: boolean;
}

/** What a name means. */
export type Reference =
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: Value };

/** What the checker found out about an expression's nodes. */
export interface Checked {
  readonly type: CelType;
  readonly references: ReadonlyMap<Expr, Reference>;
  /** Which signatures a call may mean; `method` says whether its target is an argument. */
  readonly calls: ReadonlyMap<Call, { readonly name: string; readonly overloads: readonly Overload[]; readonly method: boolean }>;
  readonly slots: ReadonlyMap<Comprehension, FoldSlots>;
  readonly issues: readonly Issue[];
}
