import { type Line, LiveRegion, type Screen } from './live-region.ts';

export interface DrawingOptions {
  readonly screen: Screen;
  readonly ellipsis: string;
  /** ms; only differences count. */
  readonly now: () => number;
  /** What is to be seen at that time in so much room. */
  readonly lines: (now: number, columns: number, rows: number) => readonly Line[];
}

/** ms between two turns of a spinner. */
const interval = 100;

/** Keeps a region of the terminal up to date: when something has happened, and as time passes. */
export class Drawing {
  readonly #options: DrawingOptions;
  readonly #region: LiveRegion;
  readonly #timer: NodeJS.Timeout;

  constructor(options: DrawingOptions) {
    this.#options = options;
    this.#region = new LiveRegion(options.screen, options.ellipsis);
    // It keeps no process alive.
    this.#timer = setInterval(() => this.update(), interval).unref();
    this.update();
  }

  update(): void {
    const { lines, now, screen } = this.#options;
    this.#region.draw(lines(now(), screen.columns, screen.rows));
  }

  above(write: () => void): void {
    this.#region.above(write);
  }

  pause(): void {
    this.#region.pause();
  }

  resume(): void {
    this.#region.resume();
    this.update();
  }

  /** Ends it. What was drawn last stays, or is taken away. */
  end(keep: boolean): void {
    clearInterval(this.#timer);
    if (keep) this.update();
    else this.#region.erase();
    this.#region.end();
  }
}
