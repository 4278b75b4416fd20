import assert from 'node:assert/strict';
import type { Screen } from '../../lib/installer/cli/progress/live-region.ts';

/**
 * A terminal of a fixed size that understands what we send, and nothing else (ECMA-48). Fails on a line
 * that would wrap and on anything that it does not know.
 */
export class FakeScreen implements Screen {
  columns: number;
  rows: number;
  cursorIsShown = true;
  /** How often each row was written since `writes` was cleared. */
  writes = 0;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;
  #resized: (() => void) | undefined;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  /** Everything that was printed, without trailing blanks: what scrolled out above, too. */
  get text(): string {
    return this.#lines
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  }

  get lines(): readonly string[] {
    return this.text.split('\n');
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.#resized?.();
  }

  showCursor(shown: boolean): void {
    this.cursorIsShown = shown;
  }

  onResize(listener: () => void): () => void {
    this.#resized = listener;
    return () => (this.#resized = undefined);
  }

  write(text: string): void {
    this.writes++;
    for (const [part] of text.matchAll(/\u001b\[\??[\d;]*[A-Za-z]|[^]/gu)) this.#take(part);
  }

  #take(part: string): void {
    const [, count = '', final] = /^\u001b\[\??([\d;]*)([A-Za-z])$/.exec(part) ?? [];
    const by = Number(count || 1);
    if (part === '\r') this.#column = 0;
    else if (part === '\n') this.#feed();
    else if (final === undefined) this.#put(part);
    else if (final === 'A') this.#move(-by);
    else if (final === 'B') this.#move(by);
    else if (final === 'K') this.#cut();
    else if (final === 'J') {
      this.#cut();
      this.#lines.length = this.#row + 1;
    } else assert.equal(final, 'm', `the screen does not know ${JSON.stringify(part)}`);
  }

  #put(character: string): void {
    assert.ok(character >= ' ', `control character ${JSON.stringify(character)}`);
    assert.ok(this.#column < this.columns - 1, `a line of more than ${this.columns - 1} cells: ${this.#lines[this.#row]}`);
    const line = this.#lines[this.#row]!.padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }

  /** As a terminal in cooked mode: a line feed also returns. */
  #feed(): void {
    this.#row++;
    this.#column = 0;
    this.#lines[this.#row] ??= '';
  }

  #move(by: number): void {
    const target = this.#row + by;
    const top = Math.max(0, this.#lines.length - this.rows);
    assert.ok(target >= top && target < this.#lines.length, `the cursor cannot go to row ${target} of ${this.#lines.length}`);
    this.#row = target;
  }

  #cut(): void {
    this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column);
  }
}
