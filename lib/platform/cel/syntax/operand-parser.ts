import type { Call, Expr } from './ast.ts';
import { readArguments, readEntries, readList, readMessage } from './collections.ts';
import type { Token } from './lexer.ts';
import { isIssue, type Macro } from './macros.ts';
import { readNumber } from './number-literal.ts';
import { readText } from './text-literal.ts';
import { EXPRESSION_START, mismatched, type TokenReader, unrecognized } from './token-reader.ts';

/** cel-go's own limit (parser.Options). */
const MAX_DEPTH = 250;
const MAX_RECOVERED = 4;

const RESERVED = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(
    ' ',
  ),
);
/** Never names, not even of fields. */
const KEYWORDS = new Set(['in', 'true', 'false', 'null']);

/** A call of a function that is no method. */
export const call = (at: number, name: string, args: readonly Expr[]): Call => ({ kind: 'call', at, name, args });

/** Operands: literals, names, calls, and what is selected from them. Operators are above. */
export abstract class OperandParser {
  protected readonly tokens: TokenReader;
  readonly #macros: readonly Macro[];
  /** How many expressions are inside one another here. */
  protected depth = 0;
  #recovered = 0;

  constructor(tokens: TokenReader, macros: readonly Macro[]) {
    this.tokens = tokens;
    this.#macros = macros;
  }

  /** A whole expression. */
  protected abstract expr(): Expr;
  /** An operand with the signs before it. */
  protected abstract unary(): Expr;

  protected checkDepth(depth: number, at: number): void {
    if (depth > MAX_DEPTH) this.tokens.stop({ at, message: `expression recursion limit exceeded: ${MAX_DEPTH}` });
  }

  protected member(): Expr {
    let expr = this.#primary();
    let nested = 0;
    for (;;) {
      this.checkDepth(++nested + this.depth, this.tokens.token.at);
      const dot = this.tokens.take('.');
      if (dot !== undefined) {
        expr = this.#afterDot(expr, dot);
        continue;
      }
      const bracket = this.tokens.take('[');
      if (bracket === undefined) return expr;
      const optional = this.tokens.optional(`'[?'`);
      const index = this.expr();
      this.tokens.require(']');
      expr = call(bracket.at, optional ? '_[?_]' : '_[_]', [expr, index]);
    }
  }

  #afterDot(operand: Expr, dot: Token): Expr {
    const optional = this.tokens.optional(`'.?'`);
    const { kind, text, at } = this.tokens.token;
    if ((kind !== 'ident' && kind !== 'escaped') || KEYWORDS.has(text))
      this.tokens.stop(mismatched(this.tokens.token, 'IDENTIFIER'));
    this.tokens.skip();
    const field = kind === 'escaped' ? text.slice(1, -1) : text;
    const open = kind === 'ident' && !optional ? this.tokens.take('(') : undefined;
    if (open !== undefined)
      return this.#expand({
        kind: 'call',
        at: open.at,
        name: field,
        target: operand,
        args: readArguments(this.tokens, () => this.expr()),
      });
    if (optional) return call(dot.at, '_?._', [operand, { kind: 'const', at, value: field }]);
    return { kind: 'select', at: dot.at, operand, field, test: false };
  }

  #primary(): Expr {
    const token = this.tokens.token;
    const { kind, text, at } = token;
    switch (kind) {
      case 'int':
      case 'uint':
      case 'double':
        return this.#number('');
      case 'string':
      case 'bytes': {
        this.tokens.skip();
        const value = readText(text);
        if (value === undefined)
          this.tokens.stop({
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
        this.tokens.skip();
        return this.#unexpected(token);
    }
    if (text === '-') {
      this.tokens.skip();
      return this.#number('-', at);
    }
    if (text === '.') return this.#named();
    this.tokens.skip();
    if (text === '(') {
      const inner = this.expr();
      this.tokens.require(')');
      return inner;
    }
    if (text === '[') return readList(this.tokens, at, () => this.expr());
    if (text === '{') return { kind: 'map', at, entries: readEntries(this.tokens, () => this.expr()) };
    return this.#unexpected(token);
  }

  /** Where an expression should begin. As ANTLR does, goes on behind a token that could be left out. */
  #unexpected(token: Token): Expr {
    const { text, at } = token;
    const next = this.tokens.token;
    const oddity = token.kind !== 'eof' && (next.kind === 'symbol' ? '[{(.-!'.includes(next.text) : next.kind !== 'eof');
    const issue = {
      at,
      message: `Syntax error: ${oddity ? 'extraneous' : 'mismatched'} input '${text}' expecting {${EXPRESSION_START}}`,
    };
    if (!oddity || ++this.#recovered > MAX_RECOVERED) this.tokens.stop(issue);
    this.tokens.issues.push(issue);
    return this.unary();
  }

  #number(sign: '' | '-', place?: number): Expr {
    const { kind, text, at } = this.tokens.skip();
    const value = readNumber(kind, sign + text);
    if (value === undefined) this.tokens.stop({ at: place ?? at, message: `invalid ${kind} literal` });
    return { kind: 'const', at: place ?? at, value };
  }

  /** A name, a call, a literal word, or the name of a message with its fields. */
  #named(): Expr {
    const dot = this.tokens.take('.');
    const token = this.tokens.token;
    if (token.kind !== 'ident') this.tokens.stop(mismatched(token, 'IDENTIFIER'));
    this.tokens.skip();
    const { text, at } = token;
    if (dot === undefined && (text === 'true' || text === 'false')) return { kind: 'const', at, value: text === 'true' };
    if (dot === undefined && text === 'null') return { kind: 'const', at, value: null };
    if (text === 'in') return this.#unexpected(token);
    if (RESERVED.has(text)) this.tokens.stop({ at, message: `reserved identifier: ${text}` });
    const name = `${dot === undefined ? '' : '.'}${text}`;
    const open = this.tokens.take('(');
    if (open !== undefined)
      return this.#expand({ kind: 'call', at: open.at, name, args: readArguments(this.tokens, () => this.expr()) });
    return readMessage(this.tokens, name, () => this.expr()) ?? { kind: 'ident', at, name };
  }

  #expand(written: Call): Expr {
    const { name, target, args, at } = written;
    const macro = this.#macros.find(
      (each) => each.name === name && each.args === args.length && each.method === (target !== undefined),
    );
    const expanded = macro?.expand({ at, target: target ?? written, args });
    if (expanded === undefined) return written;
    if (!isIssue(expanded)) return expanded;
    this.tokens.issues.push(expanded);
    return written;
  }
}
