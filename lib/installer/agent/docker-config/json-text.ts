/** A JSON text that cannot be read, and where. */
export class JsonTextError extends Error {
  /** From 1. */
  readonly line: number;
  readonly column: number;

  constructor(reason: string, text: string, offset: number) {
    const before = text.slice(0, offset).split('\n');
    const [line, column] = [before.length, before.at(-1)!.length + 1];
    super(`line ${line}, column ${column}: ${reason}`);
    this.name = 'JsonTextError';
    this.line = line;
    this.column = column;
  }
}

/** A value of JSON (RFC 8259). */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Reads JSON, and tells where it is none: V8 names the place only sometimes. @throws JsonTextError */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    const { reason, offset } = new Scanner(text).firstFault();
    throw new JsonTextError(reason, text, offset);
  }
}

interface Fault {
  readonly reason: string;
  readonly offset: number;
}

const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Walks along the grammar until it breaks. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  firstFault(): Fault {
    try {
      this.#value();
      this.#space();
      if (this.#at < this.#text.length) throw this.#fault('nothing may follow here');
    } catch (fault) {
      if (fault instanceof Error) throw fault;
      return fault as Fault;
    }
    return { reason: 'this is no JSON', offset: 0 };
  }

  #fault(expected: string): Fault {
    const found = this.#text[this.#at];
    const what = found === undefined ? 'it ends here' : `${JSON.stringify(found)} stands here`;
    return { reason: `${what}, and ${expected}`, offset: this.#at };
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null || found[0] === '') return false;
    this.#at += found[0].length;
    return true;
  }

  #value(): void {
    this.#space();
    if (this.#text[this.#at] === '{') return this.#list('}', () => this.#member());
    if (this.#text[this.#at] === '[') return this.#list(']', () => this.#value());
    if (!this.#take(string) && !this.#take(literal)) throw this.#fault('a value was expected');
  }

  #member(): void {
    this.#space();
    if (!this.#take(string)) throw this.#fault('a name in double quotes was expected');
    this.#space();
    if (this.#text[this.#at] !== ':') throw this.#fault('a colon was expected');
    this.#at++;
    this.#value();
  }

  #list(end: string, item: () => void): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === end) return void this.#at++;
    for (;;) {
      item();
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== end) throw this.#fault(`a comma or ${end} was expected`);
      this.#at++;
      if (next === end) return;
    }
  }
}
