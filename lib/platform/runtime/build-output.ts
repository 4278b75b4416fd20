/** A line without an end is cut there: whatever a step prints, only so much of it waits for the rest. */
const LONGEST = 16_384;
/** The builder paints what a step writes to its standard error. */
const COLOURS = /\u001B\[(?:91|0)m/g;

/** What the engine says of a build, in lines. It comes in pieces that begin and end anywhere. */
export class BuildOutput {
  readonly #line: (text: string) => void;
  #rest: string[] = [];
  #length = 0;

  constructor(line: (text: string) => void) {
    this.#line = line;
  }

  /** Gives the lines that end in this piece. */
  write(piece: string): void {
    const [first = '', ...lines] = piece.replaceAll(COLOURS, '').split('\n');
    this.#keep(first);
    for (const line of lines) {
      this.end(true);
      this.#keep(line);
    }
  }

  /** Gives what has no end. `whole`: even when that is nothing. */
  end(whole = false): void {
    const text = this.#rest.join('');
    this.#rest = [];
    this.#length = 0;
    if (whole || text !== '') this.#line(text);
  }

  #keep(text: string): void {
    for (let at = 0; at < text.length;) {
      const part = text.slice(at, at + LONGEST - this.#length);
      this.#rest.push(part);
      this.#length += part.length;
      at += part.length;
      if (this.#length === LONGEST) this.end();
    }
  }
}
