import { type Call, deeperThan, type Expr } from './ast.ts';
import { readArguments, readEntries, readList, readMessage } from './collections.ts';
import { CompileError } from './issues.ts';
import { type Token, tokenize } from './lexer.ts';
import { isIssue, type Macro } from './macros.ts';
import { readNumber } from './number-literal.ts';
import { readText } from './text-literal.ts';
import { EXPRESSION_START, mismatched, Stop, TokenReader, unrecognized } from './token-reader.ts';

export interface ParserOptions {
  readonly macros: readonly Macro[];
  /** `a.?b`, `a[?b]`, `[?a]`, `{?a: b}`. */
  readonly optionalSyntax: boolean;
}

/** cel-go's own limits (parser.Options). */
const MAX_DEPTH = 250;
const MAX_POINTS = 100_000;
const MAX_RECOVERED = 4;
/** How many nodes may be inside one another: what checks and evaluates them calls itself. */
const MAX_NESTED = 500;

const RESERVED = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(
    ' ',
  ),
);
/** Never names, not even of fields. */
const KEYWORDS = new Set(['in', 'true', 'false', 'null']);

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

class Parser {
  readonly #tokens: TokenReader;
  readonly #macros: readonly Macro[];
  #depth = 0;
  #recovered = 0;

  constructor(tokens: TokenReader, macros: readonly Macro[]) {
    this.#tokens = tokens;
    this.#macros = macros;
  }

  whole(): Expr {
    const expr = this.#expr();
    const { kind, text, at } = this.#tokens.token;
    const oddity = this.#tokens.ahead(1)?.kind === 'eof' ? 'extraneous' : 'mismatched';
    if (kind !== 'eof') this.#tokens.stop({ at, message: `Syntax error: ${oddity} input '${text}' expecting <EOF>` });
    return expr;
  }

  #expr(): Expr {
    if (++this.#depth > MAX_DEPTH)
      this.#tokens.stop({ at: this.#tokens.token.at, message: `expression recursion limit exceeded: ${MAX_DEPTH}` });
    const condition = this.#logical('||', () => this.#logical('&&', () => this.#binary(0)));
    const mark = this.#tokens.take('?');
    if (mark === undefined) {
      this.#depth--;
      return condition;
    }
    const truthy = this.#logical('||', () => this.#logical('&&', () => this.#binary(0)));
    this.#tokens.require(':');
    const falsy = this.#expr();
    this.#depth--;
    return this.#call(mark.at, '_?_:_', [condition, truthy, falsy]);
  }

  #logical(operator: '||' | '&&', operand: () => Expr): Expr {
    const terms = [operand()];
    const places: number[] = [];
    for (let token = this.#tokens.take(operator); token !== undefined; token = this.#tokens.take(operator)) {
      places.push(token.at);
      terms.push(operand());
    }
    const balanced = (low: number, high: number): Expr => {
      if (low === high) return terms[low]!;
      const middle = Math.floor((low + high + 1) / 2);
      return this.#call(places[middle - 1]!, `_${operator}_`, [balanced(low, middle - 1), balanced(middle, high)]);
    };
    return balanced(0, terms.length - 1);
  }

  #binary(level: number): Expr {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    let nested = 0;
    for (;;) {
      const { kind, text, at } = this.#tokens.token;
      const name = kind === 'symbol' || text === 'in' ? operators.get(text) : undefined;
      if (name === undefined) break;
      this.#tokens.skip();
      if (++nested + this.#depth > MAX_DEPTH)
        this.#tokens.stop({ at, message: `expression recursion limit exceeded: ${MAX_DEPTH}` });
      left = this.#call(at, name, [left, this.#binary(level + 1)]);
    }
    return left;
  }

  #unary(): Expr {
    const { at, text } = this.#tokens.token;
    if (this.#tokens.take('!') !== undefined) {
      let times = 1;
      while (this.#tokens.take('!') !== undefined) times++;
      const operand = this.#member();
      return times % 2 === 0 ? operand : this.#call(at, '!_', [operand]);
    }
    if (text !== '-' || this.#tokens.token.kind !== 'symbol') return this.#member();
    let times = 0;
    // The last one belongs to a number: that is how the smallest one can be written.
    while (this.#tokens.is('-') && !SIGNED.has(this.#tokens.ahead(1)!.kind)) {
      this.#tokens.skip();
      times++;
    }
    const operand = this.#member();
    return times % 2 === 0 ? operand : this.#call(at, '-_', [operand]);
  }

  #member(): Expr {
    let expr = this.#primary();
    let nested = 0;
    for (;;) {
      if (++nested + this.#depth > MAX_DEPTH)
        this.#tokens.stop({ at: this.#tokens.token.at, message: `expression recursion limit exceeded: ${MAX_DEPTH}` });
      const dot = this.#tokens.take('.');
      if (dot !== undefined) {
        expr = this.#afterDot(expr, dot);
        continue;
      }
      const bracket = this.#tokens.take('[');
      if (bracket === undefined) return expr;
      const optional = this.#tokens.optional(`'[?'`);
      const index = this.#expr();
      this.#tokens.require(']');
      expr = this.#call(bracket.at, optional ? '_[?_]' : '_[_]', [expr, index]);
    }
  }

  #afterDot(operand: Expr, dot: Token): Expr {
    const optional = this.#tokens.optional(`'.?'`);
    const { kind, text, at } = this.#tokens.token;
    if ((kind !== 'ident' && kind !== 'escaped') || KEYWORDS.has(text))
      this.#tokens.stop(mismatched(this.#tokens.token, 'IDENTIFIER'));
    this.#tokens.skip();
    const field = kind === 'escaped' ? text.slice(1, -1) : text;
    const open = kind === 'ident' && !optional ? this.#tokens.take('(') : undefined;
    if (open !== undefined)
      return this.#expand({
        kind: 'call',
        at: open.at,
        name: field,
        target: operand,
        args: readArguments(this.#tokens, () => this.#expr()),
      });
    if (optional) return this.#call(dot.at, '_?._', [operand, { kind: 'const', at, value: field }]);
    return { kind: 'select', at: dot.at, operand, field, test: false };
  }

  #primary(): Expr {
    const token = this.#tokens.token;
    const { kind, text, at } = token;
    switch (kind) {
      case 'int':
      case 'uint':
      case 'double':
        return this.#number('');
      case 'string':
      case 'bytes': {
        this.#tokens.skip();
        const value = readText(text);
        if (value === undefined)
          this.#tokens.stop({
            at,
            message: /\\[uU][0-9a-fA-F]{4}/.test(text) ? 'invalid unicode code point' : unrecognized(text),
          });
        return { kind: 'const', at, value };
      }
      case 'ident':
        return this.#named();
      case 'symbol':
        break;
      case 'eof':
        return this.#unexpected(token);
      case 'escaped':
        this.#tokens.skip();
        return this.#unexpected(token);
    }
    if (text === '-') {
      this.#tokens.skip();
      return this.#number('-', at);
    }
    if (text === '.') return this.#named();
    this.#tokens.skip();
    if (text === '(') {
      const inner = this.#expr();
      this.#tokens.require(')');
      return inner;
    }
    if (text === '[') return readList(this.#tokens, at, () => this.#expr());
    if (text === '{') return { kind: 'map', at, entries: readEntries(this.#tokens, () => this.#expr()) };
    return this.#unexpected(token);
  }

  /** Where an expression should begin. As ANTLR does, goes on behind a token that could be left out. */
  #unexpected(token: Token): Expr {
    const { text, at } = token;
    const next = this.#tokens.token;
    const oddity = token.kind !== 'eof' && (next.kind === 'symbol' ? '[{(.-!'.includes(next.text) : next.kind !== 'eof');
    const issue = {
      at,
      message: `Syntax error: ${oddity ? 'extraneous' : 'mismatched'} input '${text}' expecting {${EXPRESSION_START}}`,
    };
    if (!oddity || ++this.#recovered > MAX_RECOVERED) this.#tokens.stop(issue);
    this.#tokens.issues.push(issue);
    return this.#unary();
  }

  #number(sign: '' | '-', place?: number): Expr {
    const { kind, text, at } = this.#tokens.skip();
    const value = readNumber(kind, sign + text);
    if (value === undefined) this.#tokens.stop({ at: place ?? at, message: `invalid ${kind} literal` });
    return { kind: 'const', at: place ?? at, value };
  }

  /** A name, a call, a literal word, or the name of a message with its fields. */
  #named(): Expr {
    const dot = this.#tokens.take('.');
    const token = this.#tokens.token;
    if (token.kind !== 'ident') this.#tokens.stop(mismatched(token, 'IDENTIFIER'));
    this.#tokens.skip();
    const { text, at } = token;
    if (dot === undefined && (text === 'true' || text === 'false')) return { kind: 'const', at, value: text === 'true' };
    if (dot === undefined && text === 'null') return { kind: 'const', at, value: null };
    if (text === 'in') return this.#unexpected(token);
    if (RESERVED.has(text)) this.#tokens.stop({ at, message: `reserved identifier: ${text}` });
    const name = `${dot === undefined ? '' : '.'}${text}`;
    const open = this.#tokens.take('(');
    if (open !== undefined)
      return this.#expand({ kind: 'call', at: open.at, name, args: readArguments(this.#tokens, () => this.#expr()) });
    return readMessage(this.#tokens, name, () => this.#expr()) ?? { kind: 'ident', at, name };
  }

  #call(at: number, name: string, args: readonly Expr[]): Call {
    return { kind: 'call', at, name, args };
  }

  #expand(call: Call): Expr {
    const { name, target, args, at } = call;
    const macro = this.#macros.find(
      (each) => each.name === name && each.args === args.length && each.method === (target !== undefined),
    );
    const expanded = macro?.expand({ at, target: target ?? call, args });
    if (expanded === undefined) return call;
    if (!isIssue(expanded)) return expanded;
    this.#tokens.issues.push(expanded);
    return call;
  }
}
