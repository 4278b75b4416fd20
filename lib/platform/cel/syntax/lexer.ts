import type { Issue } from './issues.ts';

export type TokenKind = 'symbol' | 'ident' | 'escaped' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'eof';

export interface Token {
  readonly kind: TokenKind;
  /** As it was written. */
  readonly text: string;
  /** Index into the source's code points. */
  readonly at: number;
}

const WHITESPACE = /[\t\n\f\r ]+|\/\/[^\n]*/y;
const SYMBOL = /==|!=|<=|>=|&&|\|\||[[\]{}()<>.,\-!?:+*/%]/y;
const IDENT = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESCAPED = /`[A-Za-z0-9_.\-/ ]+`/y;
const NUMBER = /0x[0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?/y;
// Quotes, raw or not, with bytes or not. The lazy parts are linear: each alternative begins with another character.
const TEXT =
  /(?:[bB][rR]|[rR][bB]|[rR])(?:"""[^]*?"""|'''[^]*?'''|"[^"\n\r]*"|'[^'\n\r]*')|[bB]?(?:"""(?:[^\\"]|\\[^]|"(?!""))*"""|'''(?:[^\\']|\\[^]|'(?!''))*'''|"(?:[^\\"\n\r]|\\[^])*"|'(?:[^\\'\n\r]|\\[^])*')/y;

/** Splits a source into tokens; what is none is told and left out, as ANTLR does. */
export function tokenize(source: string): { readonly tokens: Token[]; readonly issues: Issue[] } {
  const tokens: Token[] = [];
  const issues: Issue[] = [];
  // Code points before a place: messages count those.
  const surrogates = /[\ud800-\udbff][\udc00-\udfff]/.test(source);
  let index = 0;
  let points = 0;
  const advance = (length: number): void => {
    points += surrogates ? Array.from(source.slice(index, index + length)).length : length;
    index += length;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = index;
    return pattern.exec(source)?.[0];
  };
  while (index < source.length) {
    const space = match(WHITESPACE);
    if (space !== undefined) {
      advance(space.length);
      continue;
    }
    const token = nextToken(match);
    if (token === undefined) {
      const bad = unrecognized(source, index);
      issues.push({ at: points, message: `Syntax error: token recognition error at: '${bad}'` });
      advance(bad.length);
      continue;
    }
    tokens.push({ ...token, at: points });
    advance(token.text.length);
  }
  tokens.push({ kind: 'eof', text: '<EOF>', at: points });
  return { tokens, issues };
}

function nextToken(match: (pattern: RegExp) => string | undefined): Omit<Token, 'at'> | undefined {
  let text = match(TEXT);
  if (text !== undefined) return { kind: /^[rR]?[bB]/.test(text) ? 'bytes' : 'string', text };
  text = match(NUMBER);
  if (text !== undefined) return { kind: numberKind(text), text };
  text = match(IDENT);
  if (text !== undefined) return { kind: 'ident', text };
  text = match(ESCAPED);
  if (text !== undefined) return { kind: 'escaped', text };
  text = match(SYMBOL);
  return text === undefined ? undefined : { kind: 'symbol', text };
}

function numberKind(text: string): TokenKind {
  if (/[uU]$/.test(text)) return 'uint';
  return text.startsWith('0x') || /^\d+$/.test(text) ? 'int' : 'double';
}

/** A `|`, `&` or `=` alone takes the next character with it; an open quote the rest of its line. */
function unrecognized(source: string, index: number): string {
  const character = String.fromCodePoint(source.codePointAt(index)!);
  if (character === '"' || character === "'") return /^[^\n\r]*/.exec(source.slice(index))![0];
  return '|&='.includes(character) ? source.slice(index, index + 2) : character;
}
