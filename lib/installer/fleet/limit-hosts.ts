import { printable } from '../../common/printable.ts';
import { fleetErrors } from './fleet-errors.ts';

/**
 * Those of the names that `--limit` chooses, in their own order. A term is a name or a pattern (`*`: anything, `?`: one character);
 * commas separate terms. No terms choose all.
 * @throws OoError LIMIT_MATCHES_NOTHING for a term that chooses none: it is a mistake of the person who typed it
 */
export function limitHosts<H extends { readonly name: string }>(hosts: readonly H[], limits: readonly string[]): readonly H[] {
  const terms = limits.flatMap((limit) => limit.split(',')).map((term) => term.trim());
  if (terms.length === 0) return hosts;
  const chosen = new Set<H>();
  for (const term of terms) {
    const found = hosts.filter(({ name }) => name === term || matchesGlob(name, term));
    if (found.length === 0) throw fleetErrors.LIMIT_MATCHES_NOTHING(printable(JSON.stringify(term)), namesOf(hosts));
    for (const host of found) chosen.add(host);
  }
  return hosts.filter((host) => chosen.has(host));
}

function namesOf(hosts: readonly { readonly name: string }[]): string {
  const shown = hosts.slice(0, 10).map(({ name }) => printable(name));
  return [...shown, ...(hosts.length > 10 ? [`${hosts.length - 10} more`] : [])].join(', ');
}

/** `*` and `?` as in a shell, over the whole name. Never looks at a character of the name more than once per `*`. */
export function matchesGlob(name: string, pattern: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces.shift()!;
  if (pieces.length === 0) return name.length === first.length && matchesAt(name, first, 0);
  const last = pieces.pop()!;
  if (name.length < first.length + last.length) return false;
  if (!matchesAt(name, first, 0) || !matchesAt(name, last, name.length - last.length)) return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const piece of pieces) {
    while (at + piece.length <= end && !matchesAt(name, piece, at)) at++;
    if (at + piece.length > end) return false;
    at += piece.length;
  }
  return true;
}

function matchesAt(name: string, piece: string, at: number): boolean {
  return [...piece].every((character, index) => character === '?' || character === name[at + index]);
}
