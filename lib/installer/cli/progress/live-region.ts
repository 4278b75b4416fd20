import { cellWidth, truncateEnd } from './cell-width.ts';

/** A piece of a line: text without control characters, and its colour. */
export interface Span {
  readonly text: string;
  readonly paint?: ((text: string) => string) | undefined;
}
export type Line = readonly Span[];

/** A terminal that understands ECMA-48's cursor movements. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
  showCursor(shown: boolean): void;
  /** Calls back when its size has changed; answers how to end that. */
  onResize(listener: () => void): () => void;
}

const clearBelow = '\u001b[J';
const clearRight = '\u001b[K';
const up = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '');
const down = (rows: number) => (rows > 0 ? `\u001b[${rows}B` : '');

/**
 * The last lines of a terminal, drawn again and again in place. Only lines that differ are written, in one piece, so nothing flickers;
 * every line is cut to the width, so nothing wraps and the count of lines is right. The cursor stays at the beginning of the row below.
 */
export class LiveRegion {
  readonly #screen: Screen;
  readonly #ellipsis: string;
  readonly #endResize: () => void;
  #shown: string[] = [];
  #widths: number[] = [];
  #wanted: readonly Line[] = [];
  #isPaused = false;
  #isHidden = false;

  constructor(screen: Screen, ellipsis = '…') {
    this.#screen = screen;
    this.#ellipsis = ellipsis;
    this.#endResize = screen.onResize(() => this.#resized());
  }

  /** Shows these lines instead of those before; at most as many as the terminal has room for. */
  draw(lines: readonly Line[]): void {
    this.#wanted = lines;
    if (this.#isPaused) return;
    const room = Math.max(1, this.#screen.rows - 1);
    const next = lines.slice(0, room).map((line) => fit(line, this.#screen.columns - 1, this.#ellipsis));
    const text = this.#difference(next.map(({ text }) => text));
    if (text !== '') {
      if (!this.#isHidden) this.#screen.showCursor(false);
      this.#isHidden = true;
      this.#screen.write(`${text}${clearBelow}`);
    }
    this.#shown = next.map(({ text }) => text);
    this.#widths = next.map(({ width }) => width);
  }

  /** Has whole lines written above the region, where they stay. */
  above(write: () => void): void {
    this.#clear();
    write();
    this.draw(this.#wanted);
  }

  pause(): void {
    this.#clear();
    this.#isPaused = true;
    this.#show();
  }

  resume(): void {
    this.#isPaused = false;
    this.draw(this.#wanted);
  }

  /** What is drawn stays, and the cursor is given back. */
  end(): void {
    this.#endResize();
    this.#isPaused = true;
    this.#show();
  }

  /** Takes away what is drawn. */
  erase(): void {
    this.draw([]);
  }

  #difference(next: readonly string[]): string {
    const before = this.#shown;
    let at = before.length;
    let text = '';
    for (const [row, line] of next.entries()) {
      if (line === before[row]) continue;
      if (row < before.length) {
        text += `${row < at ? up(at - row) : down(row - at)}\r${line}${clearRight}`;
        at = row;
      } else {
        text += `${down(row - at)}\r${line}${clearRight}\r\n`;
        at = row + 1;
      }
    }
    if (text === '' && next.length === before.length) return '';
    return `${text}${at < next.length ? down(next.length - at) : up(at - next.length)}\r`;
  }

  /** A narrower terminal has wrapped what was drawn: as many rows as that takes now are cleared. */
  #resized(): void {
    if (this.#isPaused) return;
    const { columns } = this.#screen;
    const rows = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    this.#screen.write(`${up(rows)}\r${clearBelow}`);
    this.#shown = [];
    this.draw(this.#wanted);
  }

  #clear(): void {
    if (this.#shown.length > 0) this.#screen.write(`${up(this.#shown.length)}\r${clearBelow}`);
    this.#shown = [];
    this.#widths = [];
  }

  #show(): void {
    if (this.#isHidden) this.#screen.showCursor(true);
    this.#isHidden = false;
  }
}

/** A line in at most `columns` cells. The last one of a row is left free: terminals differ in where the cursor is after it. */
function fit(line: Line, columns: number, ellipsis: string): { text: string; width: number } {
  let left = columns;
  let out = '';
  for (const { text, paint } of line) {
    const cut = truncateEnd(text, left, ellipsis);
    left -= cellWidth(cut);
    if (cut !== '') out += paint === undefined ? cut : paint(cut);
    if (cut !== text) break;
  }
  return { text: out, width: columns - left };
}
