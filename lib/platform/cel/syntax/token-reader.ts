import type { Issue } from './issues.ts';
import type { Token } from './lexer.ts';

/** Where an expression may begin, in ANTLR's words. */
export const EXPRESSION_START =
  "'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";

/** There is no going on after a syntax error; it has been noted. */
export class Stop extends Error {}

/** Tokens, one after another, and what was wrong with them. */
export class TokenReader {
  readonly issues: Issue[];
  readonly #tokens: readonly Token[];
  readonly #optionalSyntax: boolean;
  #next = 0;

  constructor(tokens: readonly Token[], issues: Issue[], optionalSyntax: boolean) {
    this.#tokens = tokens;
    this.issues = issues;
    this.#optionalSyntax = optionalSyntax;
  }

  get token(): Token {
    return this.#tokens[this.#next]!;
  }

  /** The one `offset` behind the next; undefined behind the last. */
  ahead(offset: number): Token | undefined {
    return this.#tokens[this.#next + offset];
  }

  skip(count = 1): Token {
    const token = this.token;
    this.#next += count;
    return token;
  }

  is(text: string): boolean {
    const { kind, text: found } = this.token;
    return found === text && (kind === 'symbol' || kind === 'ident');
  }

  take(text: string): Token | undefined {
    return this.is(text) ? this.skip() : undefined;
  }

  require(text: string): Token {
    return this.take(text) ?? this.stop(mismatched(this.token, `'${text}'`));
  }

  /** Whether a `?` comes next that asks for an optional value; `what`: how it is called when there are none. */
  optional(what = `'?'`): boolean {
    const mark = this.take('?');
    if (mark === undefined) return false;
    if (!this.#optionalSyntax) this.stop({ at: mark.at, message: `unsupported syntax ${what}` });
    return true;
  }

  stop(issue: Issue): never {
    this.issues.push(issue);
    throw new Stop();
  }
}

/** ANTLR's words, as cel-go passes them on. */
export const unrecognized = (text: string): string => `Syntax error: token recognition error at: '${text}'`;

/** The same where another token was expected. */
export const mismatched = ({ text, at }: Token, expected: string): Issue => ({
  at,
  message: `Syntax error: mismatched input '${text}' expecting ${expected}`,
});
