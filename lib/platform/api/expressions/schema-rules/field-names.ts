const ACCESSIBLE = /^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/;
const ESCAPES: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A property's name as expressions write it; undefined for one that they cannot (apiserver/pkg/cel Escape). */
export function escapedName(name: string): string | undefined {
  if (!ACCESSIBLE.test(name)) return undefined;
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replace(/__|[./-]/g, (each) => ESCAPES[each]!);
}
