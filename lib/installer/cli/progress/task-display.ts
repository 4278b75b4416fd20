import { Listr, ListrDefaultRendererLogLevels as Level, ListrLogger, type ListrTask, ProcessOutput, Spinner } from 'listr2';
import type { Paint } from './event-text.ts';
import type { Glyphs } from './glyphs.ts';
import { RestingRenderer, type RestingRendererOptions } from './resting-renderer.ts';

/** A terminal: standard output and standard error are written there. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Cells of a row that its title may take: before it is the glyph of its state, and listr2 leaves two free after it. */
export function titleWidth({ stdout }: Terminal): number {
  return stdout.columns - 3 - 2;
}

export interface TaskDisplayOptions {
  readonly terminal: Terminal;
  readonly glyphs: Glyphs;
  readonly paint: Paint;
  /** Tasks that run at once; the others wait. */
  readonly concurrent: number;
  /** Whether no task is begun any more when one has failed. */
  readonly exitOnError: boolean;
  /** Whether the list is still to be seen when it has ended. */
  readonly keep: boolean;
  /** Lines that stand below the list while it is drawn: there from the beginning, and no wider than a row. */
  readonly below?: () => string;
  /** Called ten times a second, before it is drawn: the time to change titles. */
  readonly turn: () => void;
}

/** A list of tasks that listr2 runs and draws. */
export class TaskDisplay {
  readonly #running: Promise<unknown>;
  #renderer: RestingRenderer | undefined;

  constructor(tasks: ListrTask<unknown>[], options: TaskDisplayOptions) {
    const { terminal, glyphs, paint, concurrent, exitOnError, keep, below, turn } = options;
    const spinner = new TurningSpinner(glyphs.spinner, turn);
    const output = new ProcessOutput(terminal.stdout, terminal.stderr, { leaveEmptyLine: false });
    const rendererOptions: RestingRendererOptions = {
      ...styleOf(glyphs, paint),
      output,
      keep,
      below,
      made: (renderer) => (this.#renderer = renderer),
      logger: new ListrLogger({ processOutput: output }),
      spinner,
      left: () => spinner.still(` ${glyphs.warned}`),
      formatOutput: 'truncate',
      showErrorMessage: false,
      showSkipMessage: false,
    };
    const signals = { registerSignalListeners: false };
    const list = new Listr(tasks, { concurrent, exitOnError, ...signals, renderer: RestingRenderer, rendererOptions });
    this.#running = list.run().catch(() => undefined);
  }

  pause(): void {
    this.#renderer?.rest();
  }

  resume(): void {
    void this.#renderer?.render();
  }

  /** Has whole lines written above the list, where they stay. */
  above(write: () => void): void {
    this.#renderer?.above(write);
  }

  /** Waits for the tasks, which are over. */
  async close(): Promise<void> {
    await this.#running;
  }
}

class TurningSpinner extends Spinner {
  protected override readonly spinner: string[];
  readonly #turn: () => void;
  #still: string | undefined;

  constructor(frames: readonly string[], turn: () => void) {
    super();
    this.spinner = frames.map((frame) => ` ${frame}`);
    this.#turn = turn;
  }

  override spin(): void {
    super.spin();
    this.#turn();
  }

  override fetch(): string {
    return this.#still ?? super.fetch();
  }

  /** What stands in its place from now on. */
  still(glyph: string): void {
    this.#still = glyph;
  }
}

function styleOf(glyphs: Glyphs, paint: Paint): Pick<RestingRendererOptions, 'icon' | 'color'> {
  const as = (text = ''): string => text;
  const painted =
    (colour: (text: string) => string) =>
    (text = '') =>
      colour(text);
  const waits = { glyph: ` ${glyphs.waiting}`, colour: painted(paint.dim) };
  return {
    icon: {
      [Level.COMPLETED]: ` ${glyphs.done}`,
      [Level.FAILED]: ` ${glyphs.failed}`,
      [Level.WAITING]: waits.glyph,
      // Those that are not begun because another has failed, or because the run has ended.
      [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: waits.glyph,
      [Level.SKIPPED_WITH_COLLAPSE]: waits.glyph,
    },
    color: {
      [Level.PENDING]: as,
      [Level.COMPLETED]: painted(paint.good),
      [Level.FAILED]: painted(paint.bad),
      [Level.WAITING]: waits.colour,
      [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: waits.colour,
      [Level.SKIPPED_WITH_COLLAPSE]: waits.colour,
    },
  };
}
