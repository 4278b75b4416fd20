import { matchesTokens, type WildcardToken } from './wildcard.ts';

/** Whether a text matches a pattern of ssh_config(5), section PATTERNS: `*` is any run of characters, `?` is one. Case counts. */
export function matchesPattern(text: string, pattern: string): boolean {
  return matchesTokens(text, pattern.split('').map(tokenOf));
}

function tokenOf(character: string): WildcardToken {
  if (character === '*') return '*';
  return character === '?' ? () => true : (other) => other === character;
}

/** Whether a text matches one of the patterns, and none of those that begin with `!`. */
export function matchesPatterns(text: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (matchesPattern(text, pattern.slice(1))) return false;
    } else matched ||= matchesPattern(text, pattern);
  }
  return matched;
}

/** The same for host names, in which case does not count, and a list that is separated by commas. */
export function matchesHostList(host: string, list: string): boolean {
  return matchesPatterns(host.toLowerCase(), list.toLowerCase().split(','));
}
