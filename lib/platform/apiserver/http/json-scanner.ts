/** What JSON.parse does not tell: keys that are said twice, how deep it goes, and errors in the words of Go's decoder. */
export interface JsonReport {
  /** Go's text, when the JSON is malformed. */
  readonly error: string | undefined;
  /** Paths of keys that one object has twice: `metadata.name`, `spec.containers[0].image`. */
  readonly duplicates: readonly string[];
  /** There are more values in it than were to be read. */
  readonly tooMany: boolean;
}

/** No object of the API is nested so deeply; what is would exhaust the stack of everything that walks it. */
export const MAX_DEPTH = 400;
/** One path per duplicate is a way to make an answer grow. */
const MAX_DUPLICATES = 20;

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS = ['true', 'false', 'null'];

class Malformed extends Error {}
class TooMany extends Error {}

/** One pass over the text, without recursion into more than MAX_DEPTH levels; it ends at the value after `most` of them. */
export function scanJson(text: string, most = Infinity): JsonReport {
  const scanner = new Scanner(text, most);
  try {
    scanner.document();
    return { error: undefined, duplicates: scanner.duplicates, tooMany: false };
  } catch (error) {
    if (error instanceof Malformed) return { error: error.message, duplicates: [], tooMany: false };
    if (error instanceof TooMany) return { error: undefined, duplicates: [], tooMany: true };
    throw error;
  }
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #left: number;
  readonly #path: (string | number)[] = [];
  readonly duplicates: string[] = [];

  constructor(text: string, most: number) {
    this.#text = text;
    this.#left = most;
  }

  document(): void {
    this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('after top-level value');
  }

  #value(): void {
    if (--this.#left < 0) throw new TooMany();
    this.#space();
    const code = this.#text.charCodeAt(this.#at);
    if (code === 0x7b) this.#object();
    else if (code === 0x5b) this.#array();
    else if (code === QUOTE) this.#string();
    else this.#scalar();
  }

  #object(): void {
    this.#descend();
    const keys = new Set<string>();
    this.#at++;
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 0x7d) return this.#ascend();
    for (;;) {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== QUOTE) this.#fail('looking for beginning of object key string');
      const raw = this.#string();
      const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
      this.#path.push(key);
      if (keys.has(key) && this.duplicates.length < MAX_DUPLICATES) this.duplicates.push(this.#pathText());
      keys.add(key);
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 0x3a) this.#fail('after object key');
      this.#at++;
      this.#value();
      this.#path.pop();
      this.#space();
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x7d) return this.#ascend();
      if (code !== 0x2c) this.#fail('after object key:value pair');
      this.#at++;
    }
  }

  #array(): void {
    this.#descend();
    this.#at++;
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 0x5d) return this.#ascend();
    for (let index = 0; ; index++) {
      this.#path.push(index);
      this.#value();
      this.#path.pop();
      this.#space();
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x5d) return this.#ascend();
      if (code !== 0x2c) this.#fail('after array element');
      this.#at++;
    }
  }

  #depth = 0;

  #descend(): void {
    if (++this.#depth > MAX_DEPTH) throw new Malformed('exceeded max depth');
  }

  #ascend(): void {
    this.#depth--;
    this.#at++;
  }

  /** The raw text of a string with its quotes. */
  #string(): string {
    const start = this.#at++;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) break;
      if (Number.isNaN(code) || code < 0x20) this.#fail('in string literal');
      if (code === BACKSLASH) this.#escape();
      else this.#at++;
    }
    this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #escape(): void {
    this.#at++;
    const char = this.#text[this.#at];
    if (char === undefined || !'"\\/bfnrtu'.includes(char)) this.#fail('in string escape code');
    if (char === 'u' && !/^[0-9a-fA-F]{4}$/.test(this.#text.slice(this.#at + 1, this.#at + 5))) {
      this.#at++;
      this.#fail('in \\u hexadecimal character escape');
    }
    this.#at += char === 'u' ? 5 : 1;
  }

  #scalar(): void {
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#text);
    if (number !== null) {
      this.#at += number[0].length;
      return;
    }
    for (const literal of LITERALS)
      if (this.#text.startsWith(literal, this.#at)) {
        this.#at += literal.length;
        return;
      }
    this.#fail('looking for beginning of value');
  }

  #space(): void {
    while (SPACE.has(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #fail(where: string): never {
    const char = this.#text[this.#at];
    if (char === undefined) throw new Malformed('unexpected end of JSON input');
    const shown = char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`;
    throw new Malformed(`invalid character ${shown} ${where}`);
  }

  #pathText(): string {
    return this.#path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
  }
}
