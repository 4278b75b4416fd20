import {
  type Call,
  type Comprehension,
  type Expr,
  type Identifier,
  type ListLiteral,
  type MapLiteral,
  qualifiedName,
  type Select,
} from '../syntax/ast.ts';
import type { Issue } from '../syntax/issues.ts';
import { TypeValue } from '../values/value.ts';
import type { Overload } from './declarations.ts';
import * as types from './type.ts';
import { type CelType, typeText } from './type.ts';
import { typeOfValue } from './type-of-value.ts';
import type { Checked, CheckScope, Reference } from './checked.ts';
import { fieldType } from './field-type.ts';
import { resolveOverloads } from './resolve-overloads.ts';
import { TYPE_NAMES } from './type-names.ts';
import { Locals } from './locals.ts';
import { Bindings, moreGeneral, TypesTooLarge } from './unify.ts';

/** Gives every node its type, as cel-go's checker does and in its words. */
export function check(expr: Expr, scope: CheckScope): Checked {
  const checker = new Checker(scope);
  try {
    return checker.run(expr);
  } catch (error) {
    if (!(error instanceof TypesTooLarge)) throw error;
    return checker.found(types.ERROR, [{ at: expr.at, message: error.message }]);
  }
}

class Checker {
  readonly #scope: CheckScope;
  readonly #bindings = new Bindings();
  readonly #types = new Map<Expr, CelType>();
  readonly #references = new Map<Expr, Reference>();
  readonly #calls = new Map<Call, { name: string; overloads: readonly Overload[]; method: boolean }>();
  readonly #slots = new Locals();
  readonly #issues: Issue[] = [];
  #nextParameter = 0;

  constructor(scope: CheckScope) {
    this.#scope = scope;
  }

  run(expr: Expr): Checked {
    this.#check(expr);
    return this.found(this.#bindings.substitute(this.#types.get(expr)!, 'dyn'), this.#issues);
  }

  found(type: CelType, issues: readonly Issue[]): Checked {
    return { type, references: this.#references, calls: this.#calls, slots: this.#slots.folds, issues };
  }

  #fail(at: number, message: string): CelType {
    this.#issues.push({ at, message });
    return types.ERROR;
  }

  #undeclared(at: number, name: string): CelType {
    return this.#fail(at, `undeclared reference to '${name.replace(/^\./, '')}' (in container '')`);
  }

  #text(type: CelType, rest: 'keep' | 'dyn' = 'keep'): string {
    return typeText(this.#bindings.substitute(type, rest));
  }

  #fresh(): CelType {
    return { kind: 'param', name: `_var${this.#nextParameter++}` };
  }

  #check(expr: Expr): CelType {
    const type = this.#typeOf(expr);
    this.#types.set(expr, type);
    return type;
  }

  #typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case 'const':
        return typeOfValue(expr.value);
      case 'ident':
        return this.#ident(expr);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'message':
        if (TYPE_NAMES.has(expr.name)) return this.#fail(expr.at, `'${expr.name}' is not a message type`);
        return this.#undeclared(expr.at, expr.name);
      case 'fold':
        return this.#fold(expr);
    }
  }

  #global(expr: Expr, name: string): CelType | undefined {
    const variable = this.#scope.variable(name);
    if (variable !== undefined) {
      this.#references.set(expr, { kind: 'variable', name });
      return variable;
    }
    const named = TYPE_NAMES.get(name);
    if (named === undefined) return undefined;
    this.#references.set(expr, { kind: 'constant', value: new TypeValue(name) });
    return { kind: 'type', of: named };
  }

  #ident(expr: Identifier): CelType {
    const local = this.#slots.find(expr.name);
    if (local !== undefined) {
      this.#references.set(expr, { kind: 'slot', slot: local.slot });
      return local.type;
    }
    return this.#global(expr, expr.name.replace(/^\./, '')) ?? this.#undeclared(expr.at, expr.name);
  }

  /** The whole of `a.b.c` as one name, unless `a` is a fold's variable. */
  #qualified(expr: Expr): string | undefined {
    const name = qualifiedName(expr);
    return name === undefined || this.#slots.find(name.split('.')[0]!) !== undefined ? undefined : name.replace(/^\./, '');
  }

  #select(expr: Select): CelType {
    const qualified = expr.test ? undefined : this.#qualified(expr);
    const whole = qualified === undefined ? undefined : this.#global(expr, qualified);
    if (whole !== undefined) return whole;
    const field = this.#field(this.#check(expr.operand), expr.field, expr.at);
    return expr.test ? types.BOOL : field;
  }

  #field(operand: CelType, name: string, at: number): CelType {
    const type = this.#bindings.substitute(operand);
    if (types.isOptional(type)) {
      const inner = this.#field(type.of[0]!, name, at);
      return types.isOptional(inner) ? inner : types.optionalOf(inner);
    }
    const found = fieldType(this.#bindings, type, name);
    return typeof found === 'string' ? this.#fail(at, found) : found;
  }

  #call(call: Call): CelType {
    if (call.name === '_?._') return this.#optionalSelect(call);
    if (call.name === '_&&_' || call.name === '_||_') {
      for (const arg of call.args) this.#expect(arg, types.BOOL);
      return types.BOOL;
    }
    const { target, args, at } = call;
    const qualified = target === undefined ? call.name.replace(/^\./, '') : this.#qualifiedCall(target, call.name);
    if (qualified !== undefined) {
      const overloads = this.#scope.functions.get(qualified);
      const given = args.map((arg) => this.#check(arg));
      if (overloads === undefined) return this.#undeclared(at, call.name);
      return this.#resolve(call, qualified, overloads, given, false);
    }
    const given = [target!, ...args].map((arg) => this.#check(arg));
    const overloads = this.#scope.functions.get(call.name);
    if (overloads === undefined) return this.#undeclared(at, call.name);
    return this.#resolve(call, call.name, overloads, given, true);
  }

  /** `ip.isCanonical(x)` is a function of that name, and no method of `ip`. */
  #qualifiedCall(target: Expr, name: string): string | undefined {
    const prefix = this.#qualified(target);
    const qualified = `${prefix}.${name}`;
    return prefix !== undefined && this.#scope.functions.has(qualified) ? qualified : undefined;
  }

  #resolve(call: Call, name: string, overloads: readonly Overload[], given: readonly CelType[], method: boolean): CelType {
    const resolution = resolveOverloads(this.#bindings, () => this.#fresh(), overloads, given, method);
    if (resolution === undefined) {
      const texts = given.map((type) => this.#text(type, 'dyn'));
      const applied = method ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`;
      return this.#fail(call.at, `found no matching overload for '${name}' applied to '${applied}'`);
    }
    this.#calls.set(call, { name, overloads: resolution.matching, method });
    return resolution.result;
  }

  #optionalSelect(call: Call): CelType {
    const [operand, field] = call.args as [Expr, Extract<Expr, { kind: 'const' }>];
    this.#types.set(field, types.STRING);
    const inner = this.#field(this.#check(operand), field.value as string, call.at);
    return types.isOptional(inner) ? inner : types.optionalOf(inner);
  }

  #list({ items, optional }: ListLiteral): CelType {
    let element: CelType | undefined;
    for (const [i, item] of items.entries()) element = this.#join(element, this.#element(item, optional.has(i)), item.at);
    return types.listOf(element ?? this.#fresh());
  }

  #map({ entries }: MapLiteral): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of entries) {
      key = this.#join(key, this.#check(entry.key), entry.key.at);
      value = this.#join(value, this.#element(entry.value, entry.optional), entry.value.at);
    }
    return types.mapOf(key ?? this.#fresh(), value ?? this.#fresh());
  }

  #element(expr: Expr, optional: boolean): CelType {
    const type = this.#bindings.substitute(this.#check(expr));
    if (!optional) return type;
    if (types.isOptional(type)) return type.of[0]!;
    if (types.isDyn(type)) return types.DYN;
    return this.#fail(expr.at, `expected type 'optional_type(${this.#text(type)})' but found '${this.#text(type)}'`);
  }

  #join(before: CelType | undefined, next: CelType, at: number): CelType {
    if (before === undefined) return next;
    if (this.#bindings.assign([before], [next]))
      return moreGeneral(this.#bindings.substitute(before), this.#bindings.substitute(next));
    if (this.#scope.homogeneous) this.#fail(at, `expected type '${this.#text(before)}' but found '${this.#text(next)}'`);
    return types.DYN;
  }

  #fold(fold: Comprehension): CelType {
    const [first, second] = this.#variables(fold);
    const accumulator = this.#check(fold.initial);
    const leave = this.#slots.enter(fold, accumulator, first, second);
    this.#expect(fold.condition, types.BOOL);
    this.#expect(fold.step, accumulator);
    this.#slots.leaveVariables(fold);
    const result = this.#check(fold.result);
    leave();
    return this.#bindings.substitute(result);
  }

  #variables({ range, second }: Comprehension): [CelType, CelType?] {
    const type = this.#bindings.substitute(this.#check(range));
    switch (type.kind) {
      case 'list':
        return second === undefined ? [type.element] : [types.INT, type.element];
      case 'map':
        return [type.key, type.value];
      case 'param':
        this.#bindings.assign([types.DYN], [type]);
        return [types.DYN, types.DYN];
      case 'dyn':
      case 'error':
        return [types.DYN, types.DYN];
      default:
        this.#fail(
          range.at,
          `expression of type '${this.#text(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        );
        return [types.ERROR, types.ERROR];
    }
  }

  #expect(expr: Expr, wanted: CelType): void {
    const found = this.#check(expr);
    if (!this.#bindings.assign([wanted], [found]))
      this.#fail(expr.at, `expected type '${this.#text(wanted)}' but found '${this.#text(found)}'`);
  }
}
