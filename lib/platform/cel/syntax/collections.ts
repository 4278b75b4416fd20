import type { Expr, ListLiteral, MapEntry, MessageLiteral } from './ast.ts';
import { EXPRESSION_START, mismatched, type TokenReader } from './token-reader.ts';

/** Reads one expression. */
type ReadExpr = () => Expr;

/** The rest of `f(a, b)`, behind the parenthesis. */
export function readArguments(tokens: TokenReader, expr: ReadExpr): Expr[] {
  const args: Expr[] = [];
  if (tokens.take(')') !== undefined) return args;
  do args.push(expr());
  while (tokens.take(',') !== undefined);
  tokens.require(')');
  return args;
}

/** The rest of `[a, ?b]`, behind the bracket. */
export function readList(tokens: TokenReader, at: number, expr: ReadExpr): ListLiteral {
  const items: Expr[] = [];
  const optional = new Set<number>();
  while (tokens.take(']') === undefined) {
    if (tokens.optional()) optional.add(items.length);
    items.push(expr());
    separate(tokens, ']');
  }
  return { kind: 'list', at, items, optional };
}

function separate(tokens: TokenReader, close: string): void {
  if (tokens.take(',') === undefined && !tokens.is(close)) tokens.stop(mismatched(tokens.token, `{'${close}', ','}`));
}

const ENTRY_START = EXPRESSION_START.replace("'{', ", "'{', '}', ").replace("'.', ", "'.', ',', ").replace("'!', ", "'!', '?', ");

/** The rest of `{a: b, ?c: d}`, behind the brace. */
export function readEntries(tokens: TokenReader, expr: ReadExpr): MapEntry[] {
  const entries: MapEntry[] = [];
  while (tokens.take('}') === undefined) {
    if (tokens.token.kind === 'eof') tokens.stop(mismatched(tokens.token, `{${ENTRY_START}}`));
    const optional = tokens.optional();
    const key = expr();
    const { at } = tokens.require(':');
    entries.push({ at, key, value: expr(), optional });
    separate(tokens, '}');
  }
  return entries;
}

/** The rest of `a.b.C{...}`, behind the first name. Nothing is read when it is none. */
export function readMessage(tokens: TokenReader, first: string, expr: ReadExpr): MessageLiteral | undefined {
  let name = first;
  let offset = 0;
  while (tokens.ahead(offset)?.text === '.' && tokens.ahead(offset + 1)?.kind === 'ident') {
    name += `.${tokens.ahead(offset + 1)!.text}`;
    offset += 2;
  }
  const brace = tokens.ahead(offset);
  if (brace?.kind !== 'symbol' || brace.text !== '{') return undefined;
  tokens.skip(offset + 1);
  const fields: MessageLiteral['fields'][number][] = [];
  while (tokens.take('}') === undefined) {
    const optional = tokens.optional();
    const field = tokens.token;
    if (field.kind !== 'ident' && field.kind !== 'escaped')
      tokens.stop(mismatched(field, `{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}`));
    tokens.skip();
    const { at } = tokens.require(':');
    fields.push({ at, name: field.kind === 'escaped' ? field.text.slice(1, -1) : field.text, value: expr(), optional });
    separate(tokens, '}');
  }
  return { kind: 'message', at: brace.at, name, fields };
}
