import assert from 'node:assert/strict';
import type { Terminal } from '../../lib/installer/cli/progress/task-display.ts';

/**
 * A terminal of a fixed size that understands what is sent to it, and nothing else (ECMA-48 and the private modes of the cursor and of
 * synchronized output). Fails on a line that would wrap and on anything that it does not know.
 */
export class FakeScreen {
  readonly isTTY = true;
  columns: number;
  rows: number;
  cursorIsShown = true;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

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

  /** Both streams of a process, which end here. */
  get terminal(): Terminal {
    const stream = this as unknown as NodeJS.WriteStream;
    return { stdout: stream, stderr: stream };
  }

  write(text: string): boolean {
    for (const [part] of text.matchAll(/\u001b\[\??[\d;]*[A-Za-z]|[^]/gu)) this.#take(part);
    return true;
  }

  #take(part: string): void {
    const [, count = '', final] = /^\u001b\[\??([\d;]*)([A-Za-z])$/.exec(part) ?? [];
    const by = Number(count || 1);
    if (part === '\r') this.#column = 0;
    else if (part === '\n') this.#feed();
    else if (final === undefined) this.#put(part);
    else if (final === 'A') this.#move(-by);
    else if (final === 'B') this.#move(by);
    else if (final === 'G') this.#column = by - 1;
    else if (final === 'K') this.#cut(count === '2' ? 0 : this.#column);
    else if (final === 'J') {
      this.#cut(this.#column);
      this.#lines.length = this.#row + 1;
    } else if (part === '\u001b[?25l' || part === '\u001b[?25h') this.cursorIsShown = final === 'h';
    else if (!/^\u001b\[\?2026[hl]$/.test(part)) assert.equal(final, 'm', `the screen does not know ${JSON.stringify(part)}`);
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

  #cut(from: number): void {
    this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, from);
  }
}
