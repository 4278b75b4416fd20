const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  '?': 63,
  '"': 34,
  "'": 39,
  '`': 96,
};

const DIGITS: Readonly<Record<string, number>> = { x: 2, X: 2, u: 4, U: 8 };

/** Reads a string or bytes literal with its prefix and quotes. Undefined for an escape that is none. */
export function readText(literal: string): string | Uint8Array | undefined {
  const prefix = /^[bBrR]*/.exec(literal)![0].toLowerCase();
  const quoted = literal.slice(prefix.length);
  const width = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1;
  const body = quoted.slice(width, -width).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  const bytes = prefix.includes('b');
  if (prefix.includes('r') || !body.includes('\\')) return bytes ? Buffer.from(body) : body;
  return bytes ? readBytes(body) : readString(body);
}

/** A piece between escapes, or what an escape stands for: `byte` when it says a byte of bytes, and a character of strings. */
type Piece = string | { readonly code: number; readonly byte: boolean };

function readString(body: string): string | undefined {
  let text = '';
  for (const piece of pieces(body)) {
    if (piece === undefined) return undefined;
    if (typeof piece === 'string') text += piece;
    else if (piece.code > 0x10ffff || (piece.code >= 0xd800 && piece.code <= 0xdfff)) return undefined;
    else text += String.fromCodePoint(piece.code);
  }
  return text;
}

function readBytes(body: string): Uint8Array | undefined {
  const parts: Buffer[] = [];
  for (const piece of pieces(body)) {
    if (piece === undefined) return undefined;
    if (typeof piece === 'string') parts.push(Buffer.from(piece));
    else if (piece.byte) parts.push(Buffer.of(piece.code));
    else return undefined;
  }
  return new Uint8Array(Buffer.concat(parts));
}

function* pieces(body: string): Generator<Piece | undefined> {
  let start = 0;
  for (let i = body.indexOf('\\'); i !== -1; i = body.indexOf('\\', start)) {
    if (i > start) yield body.slice(start, i);
    const escape = body[i + 1] ?? '';
    const digits = DIGITS[escape];
    if (digits !== undefined) {
      const hex = body.slice(i + 2, i + 2 + digits);
      if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length !== digits) return yield undefined;
      yield { code: Number.parseInt(hex, 16), byte: digits === 2 };
      start = i + 2 + digits;
    } else if (/[0-3]/.test(escape)) {
      const octal = body.slice(i + 1, i + 4);
      if (!/^[0-3][0-7]{2}$/.test(octal)) return yield undefined;
      yield { code: Number.parseInt(octal, 8), byte: true };
      start = i + 4;
    } else {
      const code = Object.hasOwn(SIMPLE, escape) ? SIMPLE[escape] : undefined;
      if (code === undefined) return yield undefined;
      yield { code, byte: true };
      start = i + 2;
    }
  }
  if (start < body.length) yield body.slice(start);
}
