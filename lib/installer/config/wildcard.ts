/** One place of a pattern: any run of characters, or one of those that it takes. */
export type WildcardToken = '*' | ((character: string) => boolean);

/**
 * Whether a text is what the tokens say, from its beginning to its end. Linear in memory and at worst quadratic in time, whatever the pattern: it
 * comes from a file that others may write.
 */
export function matchesTokens(text: string, tokens: readonly WildcardToken[]): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  let position = 0;
  while (position < text.length) {
    const token = tokens[at];
    if (token === '*') {
      star = at++;
      retry = position;
    } else if (token !== undefined && token(text[position]!)) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++retry;
    } else return false;
  }
  while (tokens[at] === '*') at++;
  return at === tokens.length;
}
