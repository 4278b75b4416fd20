import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { matchesTokens, type WildcardToken } from './wildcard.ts';

/**
 * The files that an absolute pattern of glob(7) names, sorted; `*`, `?` and `[...]` do not match a `/` nor a leading dot. Without such
 * characters it is the path itself, whether or not it exists. What cannot be listed matches nothing.
 */
export async function globFiles(pattern: string): Promise<string[]> {
  let paths = ['/'];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    const next = await Promise.all(paths.map((path) => expand(path, segment)));
    paths = next.flat();
  }
  return paths;
}

async function expand(folder: string, segment: string): Promise<string[]> {
  if (!/[*?[]/.test(segment)) return [join(folder, segment)];
  const names = await readdir(folder).catch(() => []);
  const matcher = segmentMatcher(segment);
  return names
    .filter((name) => matcher(name) && (segment.startsWith('.') || !name.startsWith('.')))
    .sort()
    .map((name) => join(folder, name));
}

/** Compares without backtracking more than once per character: patterns come from files. */
function segmentMatcher(segment: string): (name: string) => boolean {
  const tokens: WildcardToken[] = [];
  for (let at = 0; at < segment.length; at++) {
    const set = /^\[(!|\^)?(\]?[^\]]*)\]/.exec(segment.slice(at));
    if (segment[at] === '*') tokens.push('*');
    else if (segment[at] === '?') tokens.push(() => true);
    else if (set !== null) {
      tokens.push(setToken(set[2]!, set[1] !== undefined));
      at += set[0].length - 1;
    } else {
      if (segment[at] === '\\' && at + 1 < segment.length) at++;
      const literal = segment[at];
      tokens.push((char) => char === literal);
    }
  }
  return (name) => matchesTokens(name, tokens);
}

function setToken(members: string, isNegated: boolean): Exclude<WildcardToken, '*'> {
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    ranges.push([members[at]!, members[isRange ? at + 2 : at]!]);
    if (isRange) at += 2;
  }
  return (char) => ranges.some(([from, to]) => char >= from && char <= to) !== isNegated;
}
