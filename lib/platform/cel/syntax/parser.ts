import { deeperThan, type Expr } from './ast.ts';
import { CompileError } from './issues.ts';
import { tokenize } from './lexer.ts';
import type { Macro } from './macros.ts';
import { call, OperandParser } from './operand-parser.ts';
import { Stop, TokenReader } from './token-reader.ts';

export interface ParserOptions {
  readonly macros: readonly Macro[];
  /** `a.?b`, `a[?b]`, `[?a]`, `{?a: b}`. */
  readonly optionalSyntax: boolean;
}

/** cel-go's own limits (parser.Options). */
const MAX_POINTS = 100_000;
/** How many nodes may be inside one another: what checks and evaluates them calls itself. */
const MAX_NESTED = 500;

const SIGNED: ReadonlySet<string> = new Set(['int', 'double']);

/** Binary operators by how tightly they bind. Chains of the logical ones are balanced below, so that they stay shallow. */
const LEVELS: readonly ReadonlyMap<string, string>[] = [
  new Map(['<', '<=', '>=', '>', '==', '!=', 'in'].map((op) => [op, op === 'in' ? '@in' : `_${op}_`])),
  new Map(['+', '-'].map((op) => [op, `_${op}_`])),
  new Map(['*', '/', '%'].map((op) => [op, `_${op}_`])),
];

/** Turns a source into an expression, with its macros expanded. Throws a CompileError. */
export function parse(source: string, options: ParserOptions): Expr {
  const size = [...source].length;
  if (size > MAX_POINTS)
    throw new CompileError('', [
      { at: 0, message: `expression code point size exceeds limit: size: ${size}, limit ${MAX_POINTS}` },
    ]);
  const { tokens, issues } = tokenize(source);
  const parser = new Parser(new TokenReader(tokens, issues, options.optionalSyntax), options.macros);
  let expr: Expr | undefined;
  try {
    expr = parser.whole();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  if (issues.length > 0 || expr === undefined) throw new CompileError(source, issues);
  const deep = deeperThan(expr, MAX_NESTED);
  if (deep !== undefined) throw new CompileError(source, [{ at: deep.at, message: 'max recursion depth exceeded' }]);
  return expr;
}

class Parser extends OperandParser {
  whole(): Expr {
    const expr = this.expr();
    const { kind, text, at } = this.tokens.token;
    const oddity = this.tokens.ahead(1)?.kind === 'eof' ? 'extraneous' : 'mismatched';
    if (kind !== 'eof') this.tokens.stop({ at, message: `Syntax error: ${oddity} input '${text}' expecting <EOF>` });
    return expr;
  }

  protected override expr(): Expr {
    this.checkDepth(++this.depth, this.tokens.token.at);
    const condition = this.#logical('||', () => this.#logical('&&', () => this.#binary(0)));
    const mark = this.tokens.take('?');
    if (mark === undefined) {
      this.depth--;
      return condition;
    }
    const truthy = this.#logical('||', () => this.#logical('&&', () => this.#binary(0)));
    this.tokens.require(':');
    const falsy = this.expr();
    this.depth--;
    return call(mark.at, '_?_:_', [condition, truthy, falsy]);
  }

  #logical(operator: '||' | '&&', operand: () => Expr): Expr {
    const terms = [operand()];
    const places: number[] = [];
    for (let token = this.tokens.take(operator); token !== undefined; token = this.tokens.take(operator)) {
      places.push(token.at);
      terms.push(operand());
    }
    const balanced = (low: number, high: number): Expr => {
      if (low === high) return terms[low]!;
      const middle = Math.floor((low + high + 1) / 2);
      return call(places[middle - 1]!, `_${operator}_`, [balanced(low, middle - 1), balanced(middle, high)]);
    };
    return balanced(0, terms.length - 1);
  }

  #binary(level: number): Expr {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.#binary(level + 1);
    let nested = 0;
    for (;;) {
      const { kind, text, at } = this.tokens.token;
      const name = kind === 'symbol' || text === 'in' ? operators.get(text) : undefined;
      if (name === undefined) break;
      this.tokens.skip();
      this.checkDepth(++nested + this.depth, at);
      left = call(at, name, [left, this.#binary(level + 1)]);
    }
    return left;
  }

  protected override unary(): Expr {
    const { at, text } = this.tokens.token;
    if (this.tokens.take('!') !== undefined) {
      let times = 1;
      while (this.tokens.take('!') !== undefined) times++;
      const operand = this.member();
      return times % 2 === 0 ? operand : call(at, '!_', [operand]);
    }
    if (text !== '-' || this.tokens.token.kind !== 'symbol') return this.member();
    let times = 0;
    // The last one belongs to a number: that is how the smallest one can be written.
    while (this.tokens.is('-') && !SIGNED.has(this.tokens.ahead(1)!.kind)) {
      this.tokens.skip();
      times++;
    }
    const operand = this.member();
    return times % 2 === 0 ? operand : call(at, '-_', [operand]);
  }
}
