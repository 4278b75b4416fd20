/**
 * Whether a text matches a pattern of ssh_config(5), section PATTERNS: `*` is any run of characters, `?` is one. Case counts. Linear in
 * memory and at worst quadratic in time, whatever the pattern: it comes from a file that others may write.
 */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  let position = 0;
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      retry = position;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++retry;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
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
