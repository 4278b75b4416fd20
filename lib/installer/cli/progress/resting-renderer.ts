import {
  DefaultRenderer,
  type ListrDefaultRendererOptions,
  type ListrDefaultRendererTask,
  type ListrEventManager,
  type ProcessOutput,
} from 'listr2';
import { onExit } from 'signal-exit';

export interface RestingRendererOptions extends ListrDefaultRendererOptions {
  /** Where it draws: that of its logger. */
  readonly output: ProcessOutput;
  /** Whether the list is still to be seen when it has ended. */
  readonly keep: boolean;
  /** Lines that stand below the list while it is drawn. They are there from the first drawing on, and fit. */
  readonly below?: (() => string) | undefined;
  /** Called before what is kept is drawn for the last time, when the process ends while tasks run. */
  readonly left: () => void;
  /** Gives out the renderer, which listr2 makes by itself. */
  readonly made: (renderer: RestingRenderer) => void;
}

/**
 * listr2's renderer, which can rest while a question is asked and step aside for a line above it. To rest is to end with its output
 * cleared; to go on is to begin again. Beginning takes listr2 a moment: what was wanted last decides.
 */
export class RestingRenderer extends DefaultRenderer {
  /** Whether there is a terminal to draw on is decided by whoever uses it. */
  static override nonTTY = true;
  readonly #options: RestingRendererOptions;
  #isWanted = false;
  #state: 'resting' | 'beginning' | 'drawing' = 'resting';
  #forgetExit = (): void => undefined;

  constructor(tasks: ListrDefaultRendererTask[], options: RestingRendererOptions, events: ListrEventManager) {
    super(tasks, { ...options, clearOutput: true }, events);
    this.#options = options;
    options.made(this);
  }

  override async render(): Promise<void> {
    this.#isWanted = true;
    if (this.#state !== 'resting') return;
    this.#state = 'beginning';
    await super.render();
    this.#state = 'drawing';
    // However the process ends, the terminal gets its cursor back, and what was held back is written.
    this.#forgetExit = onExit(() => {
      this.#options.left();
      this.end();
    });
    if (this.#isWanted) this.update();
    else this.rest();
  }

  /** Clears away what is drawn, until `render` is called. */
  rest(): void {
    this.#isWanted = false;
    if (this.#state !== 'drawing') return;
    this.#state = 'resting';
    this.#forgetExit();
    super.end();
  }

  /** Has whole lines written above the list, where they stay. */
  above(write: () => void): void {
    const wasWanted = this.#isWanted;
    this.rest();
    write();
    if (wasWanted) void this.render();
  }

  /** Not listr2's bottom bar: that comes after the first drawing, and what log-update adds below an empty line scrolls wrongly. */
  override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
    const list = super.create(options);
    return this.#options.below === undefined ? list : `${list}\n\n${this.#options.below()}`;
  }

  override end(): void {
    const last = this.#options.keep ? super.create({ prompt: false }) : '';
    this.rest();
    if (last !== '') this.#options.output.toStdout(last);
  }
}
