import type { Comprehension, Expr } from './ast.ts';
import type { Issue } from './issues.ts';

/** The name of a fold's accumulator; nothing that a user can write. */
const ACCUMULATOR = '@result';

/** A macro: by its name, as a method or not, and by how many arguments it has. Gives undefined when it is a call after all. */
export interface Macro {
  readonly name: string;
  readonly args: number;
  readonly method: boolean;
  expand(call: MacroCall): Expr | Issue | undefined;
}

export interface MacroCall {
  readonly at: number;
  /** Of a method. */
  readonly target: Expr;
  readonly args: readonly Expr[];
}

/** Whether a macro was called wrongly. */
export const isIssue = (value: Expr | Issue): value is Issue => 'message' in value;

const bool = (at: number, value: boolean): Expr => ({ kind: 'const', at, value });
const int = (at: number, value: bigint): Expr => ({ kind: 'const', at, value });
const call = (at: number, name: string, ...args: Expr[]): Expr => ({ kind: 'call', at, name, args });
const list = (at: number, ...items: Expr[]): Expr => ({ kind: 'list', at, items, optional: new Set() });
const accumulator = (at: number): Expr => ({ kind: 'ident', at, name: ACCUMULATOR });

/** The names that a fold's variables have, or what is wrong with them. */
function variables(args: readonly Expr[], what: string): string[] | Issue {
  const names: string[] = [];
  for (const arg of args) {
    if (arg.kind !== 'ident' || arg.name.startsWith('.')) return { at: arg.at, message: what };
    if (arg.name === ACCUMULATOR || arg.name === '__result__')
      return { at: arg.at, message: 'iteration variable overwrites accumulator variable' };
    if (names.includes(arg.name)) return { at: arg.at, message: `duplicate variable name: ${arg.name}` };
    names.push(arg.name);
  }
  return names;
}

type Parts = Pick<Comprehension, 'initial' | 'condition' | 'step' | 'result'>;

const NOT_A_NAME = new Map(['map', 'filter'].map((name) => [name, 'argument is not an identifier']));

/** A macro that folds: its variables come first, and after them what it does with each. */
function fold(name: string, vars: 1 | 2, rest: number, parts: (at: number, rest: readonly Expr[], vars: Expr[]) => Parts): Macro {
  return {
    name,
    args: vars + rest,
    method: true,
    expand({ at, target, args }) {
      const names = variables(args.slice(0, vars), NOT_A_NAME.get(name) ?? 'argument must be a simple name');
      if (!Array.isArray(names)) return names;
      const [first, second] = names as [string, string?];
      return {
        kind: 'fold',
        at,
        range: target,
        first,
        ...(second === undefined ? {} : { second }),
        accumulator: ACCUMULATOR,
        ...parts(at, args.slice(vars), args.slice(0, vars)),
      };
    },
  };
}

const all = (at: number, [test]: readonly Expr[]): Parts => ({
  initial: bool(at, true),
  condition: call(at, '@not_strictly_false', accumulator(at)),
  step: call(at, '_&&_', accumulator(at), test!),
  result: accumulator(at),
});

const exists = (at: number, [test]: readonly Expr[]): Parts => ({
  initial: bool(at, false),
  condition: call(at, '@not_strictly_false', call(at, '!_', accumulator(at))),
  step: call(at, '_||_', accumulator(at), test!),
  result: accumulator(at),
});

const existsOne = (at: number, [test]: readonly Expr[]): Parts => ({
  initial: int(at, 0n),
  condition: bool(at, true),
  step: call(at, '_?_:_', test!, call(at, '_+_', accumulator(at), int(at, 1n)), accumulator(at)),
  result: call(at, '_==_', accumulator(at), int(at, 1n)),
});

/** Each element that passes the test, where there is one, goes through `add`. */
const collect = (at: number, initial: Expr, add: Expr, test?: Expr): Parts => ({
  initial,
  condition: bool(at, true),
  step: test === undefined ? add : call(at, '_?_:_', test, add, accumulator(at)),
  result: accumulator(at),
});
const append = (at: number, item: Expr): Expr => call(at, '_+_', accumulator(at), list(at, item));
const emptyMap = (at: number): Expr => ({ kind: 'map', at, entries: [] });

const has: Macro = {
  name: 'has',
  args: 1,
  method: false,
  expand({ at, args: [arg] }) {
    if (arg!.kind !== 'select' || arg!.test) return { at: arg!.at, message: 'invalid argument to has() macro' };
    return { ...arg!, at, test: true };
  },
};

/** Of the specification (langdef.md, Macros). */
export const STANDARD_MACROS: readonly Macro[] = [
  has,
  fold('all', 1, 1, all),
  fold('exists', 1, 1, exists),
  fold('exists_one', 1, 1, existsOne),
  fold('existsOne', 1, 1, existsOne),
  fold('map', 1, 1, (at, [item]) => collect(at, list(at), append(at, item!))),
  fold('map', 1, 2, (at, [test, item]) => collect(at, list(at), append(at, item!), test)),
  fold('filter', 1, 1, (at, [test], [variable]) => collect(at, list(at), append(at, variable!), test)),
];

/** Over index and element, or key and value (cel-go's ext.TwoVarComprehensions). */
export const TWO_VARIABLE_MACROS: readonly Macro[] = [
  fold('all', 2, 1, all),
  fold('exists', 2, 1, exists),
  fold('exists_one', 2, 1, existsOne),
  fold('existsOne', 2, 1, existsOne),
  fold('transformList', 2, 1, (at, [item]) => collect(at, list(at), append(at, item!))),
  fold('transformList', 2, 2, (at, [test, item]) => collect(at, list(at), append(at, item!), test)),
  fold('transformMap', 2, 1, (at, [value], [key]) =>
    collect(at, emptyMap(at), call(at, '@mapInsert', accumulator(at), key!, value!)),
  ),
  fold('transformMap', 2, 2, (at, [test, value], [key]) =>
    collect(at, emptyMap(at), call(at, '@mapInsert', accumulator(at), key!, value!), test),
  ),
  fold('transformMapEntry', 2, 1, (at, [entry]) => collect(at, emptyMap(at), call(at, '@mapInsert', accumulator(at), entry!))),
  fold('transformMapEntry', 2, 2, (at, [test, entry]) =>
    collect(at, emptyMap(at), call(at, '@mapInsert', accumulator(at), entry!), test),
  ),
];

/** A variable that holds one value: a fold over nothing. */
function bind(at: number, name: string, value: Expr, result: Expr): Expr {
  return {
    kind: 'fold',
    at,
    range: list(at),
    first: '#unused',
    accumulator: name,
    initial: value,
    condition: bool(at, false),
    step: { kind: 'ident', at, name },
    result,
  };
}

/** cel.bind(name, value, expression) (cel-go's ext.Bindings). */
export const BIND_MACRO: Macro = {
  name: 'bind',
  args: 3,
  method: true,
  expand({ at, target, args: [variable, value, result] }) {
    if (target.kind !== 'ident' || target.name !== 'cel') return undefined;
    if (variable!.kind !== 'ident') return { at: variable!.at, message: 'cel.bind() variable names must be simple identifiers' };
    return bind(at, variable!.name, value!, result!);
  },
};

/** The optional value is bound, not written twice: a chain of these would double its expression with each link. */
const mapOptional = (name: string, wrap: (at: number, value: Expr) => Expr): Macro => ({
  name,
  args: 2,
  method: true,
  expand({ at, target, args: [variable, expression] }) {
    if (variable!.kind !== 'ident') return { at: variable!.at, message: `${name}() variable name must be a simple identifier` };
    const optional: Expr = { kind: 'ident', at, name: '@target' };
    const ask = (method: string): Expr => ({ kind: 'call', at, name: method, target: optional, args: [] });
    const mapped = wrap(at, bind(at, variable!.name, ask('value'), expression!));
    return bind(at, optional.name, target, call(at, '_?_:_', ask('hasValue'), mapped, call(at, 'optional.none')));
  },
});

/** On optional values (cel-go's OptionalTypes). */
export const OPTIONAL_MACROS: readonly Macro[] = [
  mapOptional('optMap', (at, value) => call(at, 'optional.of', value)),
  mapOptional('optFlatMap', (_at, value) => value),
];
