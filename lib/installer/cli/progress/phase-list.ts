import type { ListrTask, ListrTaskWrapper } from 'listr2';
import type { EventBody } from '../../progress-event.ts';
import { truncateEnd } from './cell-width.ts';
import type { Paint } from './event-text.ts';
import type { Glyphs } from './glyphs.ts';
import { detailOf, HostBoard, type PhasePlan } from './host-board.ts';
import { OutsideTask } from './outside-task.ts';
import { titleWidth, TaskDisplay, type Terminal } from './task-display.ts';

export interface PhaseListOptions {
  readonly terminal: Terminal;
  readonly glyphs: Glyphs;
  readonly paint: Paint;
  /** ms; only differences count. */
  readonly now: () => number;
}

/** One task of listr2 that tells what is being done; when the phases are known, they take its place. */
export class PhaseList extends TaskDisplay {
  readonly #options: PhaseListOptions;
  readonly #planned = Promise.withResolvers<void>();
  readonly #phases = new Map<string, OutsideTask>();
  #board: HostBoard | undefined;
  #activity: Pick<ListrTaskWrapper<unknown, never, never>, 'title'> | undefined;
  #doing: string;

  constructor(host: string, options: PhaseListOptions) {
    const root: ListrTask<unknown> = {
      task: async (_context, task) => {
        this.#activity = task;
        this.#show();
        await this.#planned.promise;
        // A task without a title is not seen; those below it are.
        task.title = null;
        const phases = [...this.#phases.values()].map(({ task }) => task);
        return phases.length === 0 ? undefined : task.newListr(phases);
      },
    };
    super([root], { ...options, concurrent: 1, exitOnError: true, keep: true, turn: () => this.#show() });
    this.#options = options;
    this.#doing = `looking at ${host}`;
  }

  get isPlanned(): boolean {
    return this.#board !== undefined;
  }

  plan(phases: PhasePlan): void {
    this.#board = new HostBoard(phases, this.#options.paint, this.#options.glyphs);
    for (const { name, title } of phases) this.#phases.set(name, new OutsideTask(title));
    this.#show();
    this.#planned.resolve();
  }

  /** Answers whether the event is told by what is drawn. */
  take(event: EventBody): boolean {
    if (event.event === 'change') this.#doing = detailOf(event.description);
    if (event.event === 'progress') this.#doing = detailOf(event.message);
    if (event.event !== 'phase' && event.event !== 'change' && event.event !== 'progress') return false;
    this.#board?.take(event, this.#options.now());
    if (event.event === 'phase' && event.state !== 'running') {
      this.#show();
      const task = this.#phases.get(event.phase);
      if (event.state === 'failed') task?.fail();
      else task?.done();
    }
    return true;
  }

  override async close(): Promise<void> {
    this.#show();
    for (const [name, task] of this.#phases) {
      if (this.#board?.isRunning(name) === true) task.fail();
      else task.leave();
    }
    this.#planned.resolve();
    await super.close();
  }

  #show(): void {
    const { terminal, now, paint, glyphs } = this.#options;
    const width = titleWidth(terminal);
    if (this.#board === undefined) {
      const title = paint.dim(truncateEnd(this.#doing, width, glyphs.ellipsis));
      if (this.#activity !== undefined && this.#activity.title !== title) this.#activity.title = title;
    } else for (const [name, task] of this.#phases) task.show(this.#board.line(name, width, now()));
  }
}
