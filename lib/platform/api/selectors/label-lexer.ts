/** Words of a label selector. `in` and `notin` are keywords only where an operator may stand. */
export type LabelToken = { readonly kind: 'end' | 'symbol' | 'word' | 'error'; readonly text: string };

const SYMBOLS = new Set(['(', ')', ',', '!', '=', '==', '!=', '>', '<']);
const SPECIAL = /[=!(),<>]/;

/** The words of a selector (apimachinery labels.Lexer). */
export function lexLabelSelector(text: string): LabelToken[] {
  const tokens: LabelToken[] = [];
  for (let at = 0; at < text.length;) {
    const start = at;
    if (/\s/.test(text[at]!)) {
      at++;
    } else if (SPECIAL.test(text[at]!)) {
      while (at < text.length && SPECIAL.test(text[at]!) && SYMBOLS.has(text.slice(start, at + 1))) at++;
      tokens.push({ kind: 'symbol', text: text.slice(start, at) });
    } else {
      while (at < text.length && !SPECIAL.test(text[at]!) && !/\s/.test(text[at]!)) at++;
      tokens.push({ kind: 'word', text: text.slice(start, at) });
    }
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}
