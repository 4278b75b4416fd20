import { type Document, isMap, isScalar, isSeq, parseDocument, stringify, type YAMLMap, type YAMLSeq } from 'yaml';

/** A piece of a text that another takes the place of. Offsets in UTF-16 units. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Thrown where a text is not written in the plain block style that can be edited in place. */
export class NotSpliceable extends Error {}

/**
 * Edits lists of named entries in a YAML text in place: what is not ours keeps every byte, comments and indentation too. Whoever uses it
 * checks the outcome by parsing it.
 */
export class YamlSplicer {
  readonly #text: string;
  readonly #map: YAMLMap | undefined;
  readonly #edits: Edit[] = [];
  #appended = '';

  constructor(text: string, doc: Document.Parsed = parseDocument(text)) {
    this.#text = text;
    if (doc.contents !== null && (!isMap(doc.contents) || doc.contents.flow === true)) throw new NotSpliceable();
    this.#map = doc.contents ?? undefined;
  }

  /** The text with all edits in it. */
  result(): string {
    let out = this.#text;
    for (const { start, end, text } of this.#edits.toSorted((a, b) => b.start - a.start)) {
      out = out.slice(0, start) + text + out.slice(end);
    }
    if (this.#appended === '') return out;
    return `${out === '' || out.endsWith('\n') ? out : `${out}\n`}${this.#appended}`;
  }

  /** Puts an entry into a list: in the place of the one of its name, else last. */
  put(key: string, entry: { readonly name: string }): void {
    const list = this.#list(key);
    if (list === undefined) return this.#fill(key, entry);
    const old = list.items.find((item) => nameOf(item) === entry.name);
    if (old !== undefined) {
      const [start, end] = this.#span(old);
      this.#edits.push({ start, end, text: render(entry, start - this.#lineStart(start)) });
      return;
    }
    const last = list.items.at(-1);
    const end = this.#lineEnd(this.#span(last)[1]);
    const dash = this.#dash(this.#span(last)[0]);
    const column = dash - this.#lineStart(dash);
    this.#edits.push({ start: end, end, text: `\n${' '.repeat(column)}- ${render(entry, column + 2)}` });
  }

  /** Takes the entries of these names out of a list. */
  remove(key: string, names: ReadonlySet<string>): void {
    const list = this.#list(key);
    if (list === undefined) return;
    const gone = list.items.filter((item) => names.has(nameOf(item)));
    for (const item of gone) {
      const [from, to] = this.#span(item);
      const end = this.#lineEnd(to);
      this.#edits.push({ start: this.#lineStart(this.#dash(from)), end: Math.min(end + 1, this.#text.length), text: '' });
    }
    if (gone.length < list.items.length || gone.length === 0) return;
    const colon = this.#text.indexOf(':', this.#pair(key)!.keyEnd);
    this.#edits.push({ start: colon + 1, end: colon + 1, text: ' []' });
  }

  /** Sets a plain value at the top. */
  set(key: string, value: string): void {
    const pair = this.#pair(key);
    const text = stringify(value).trimEnd();
    if (pair === undefined) {
      this.#appended += `${key}: ${text}\n`;
      return;
    }
    if (!isScalar(pair.value) || pair.value.range == null) throw new NotSpliceable();
    const [start, end] = pair.value.range;
    this.#edits.push({ start, end, text: this.#text[start - 1] === ':' ? ` ${text}` : text });
  }

  /** A list that is not there yet, or empty. */
  #fill(key: string, entry: { readonly name: string }): void {
    const pair = this.#pair(key);
    const text = `- ${render(entry, 2)}`;
    if (pair === undefined) {
      this.#appended += `${key}:\n${text}\n`;
      return;
    }
    const range = (pair.value as { range?: [number, number, number] | null } | null)?.range;
    if (range == null) throw new NotSpliceable();
    this.#edits.push({ start: range[0], end: range[1], text: `\n${text}` });
  }

  #pair(key: string): { keyEnd: number; value: unknown } | undefined {
    const pair = this.#map?.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair === undefined) return undefined;
    return { keyEnd: (pair.key as { range?: [number, number, number] }).range?.[1] ?? 0, value: pair.value };
  }

  /** A list with something in it; undefined for one that is absent or empty. */
  #list(key: string): YAMLSeq | undefined {
    const value = this.#pair(key)?.value;
    if (value === undefined || value === null || (isScalar(value) && value.value === null)) return undefined;
    if (!isSeq(value)) throw new NotSpliceable();
    if (value.items.length === 0) return undefined;
    if (value.flow === true) throw new NotSpliceable();
    return value;
  }

  /** Where an entry's own text begins and ends, without the line break behind it. */
  #span(item: unknown): [number, number] {
    const range = (item as { range?: [number, number, number] | null } | undefined)?.range;
    if (!isMap(item) || item.flow === true || range == null) throw new NotSpliceable();
    const length = this.#text.slice(range[0], range[1]).trimEnd().length;
    return [range[0], range[0] + length];
  }

  #dash(start: number): number {
    const dash = this.#text.lastIndexOf('-', start - 1);
    if (dash < 0 || this.#text.slice(dash + 1, start).trim() !== '') throw new NotSpliceable();
    return dash;
  }

  #lineStart(at: number): number {
    return this.#text.lastIndexOf('\n', at - 1) + 1;
  }

  #lineEnd(at: number): number {
    const end = this.#text.indexOf('\n', at);
    return end < 0 ? this.#text.length : end;
  }
}

function nameOf(item: unknown): string {
  return isMap(item) ? String(item.get('name')) : '';
}

/** An entry as block YAML whose first line stands at `column` already. */
function render(entry: object, column: number): string {
  const lines = stringify(entry, { lineWidth: 0, indentSeq: false }).trimEnd().split('\n');
  return lines.join(`\n${' '.repeat(column)}`);
}
