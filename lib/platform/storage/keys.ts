/** Rejects keys that no backend could keep apart: empty, holding NUL, or with a lone surrogate (no UTF-8 form). */
export function checkKey(key: string): void {
  if (key === '' || key.includes('\0') || !key.isWellFormed()) throw new TypeError(`invalid storage key ${JSON.stringify(key)}`);
}

/** Order of the keys' UTF-8 bytes, which is code point order; JavaScript's own `<` compares UTF-16 units instead. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF, so they sort behind U+E000..U+FFFF. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The first key behind every key that starts with `prefix`, or undefined when there is none (the empty prefix). */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0)!);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}
