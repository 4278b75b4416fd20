import { Listr, type ListrTaskWrapper, type ListrRenderer } from 'listr2';
import type { EventBody, Reporter } from '../../progress-event.ts';
import { type Paint, safe, seconds } from './event-text.ts';
import { plainReporter, type PlainOptions } from './plain-reporter.ts';

/** Draws the phases of one host while they run; before and after them, plain lines. Takes the place of plainReporter on a terminal. */
export function terminalReporter(options: PlainOptions): Reporter {
  const plain = plainReporter(options);
  let drawing: PhaseList | undefined;
  let dryRun = false;
  /** What must not be drawn over is said when the list has ended. */
  const held: EventBody[] = [];

  const endDrawing = async (): Promise<void> => {
    await drawing?.end();
    drawing = undefined;
    for (const event of held.splice(0)) plain.report(event);
  };
  return {
    plan: (_host, phases) => {
      // What a dry run tells is there to be read afterwards.
      if (!dryRun) drawing = new PhaseList(phases, options.paint);
    },
    report: (event) => {
      if (event.event === 'started') dryRun = event.dryRun;
      if (drawing === undefined) return plain.report(event);
      if (event.event === 'phase' || event.event === 'change' || event.event === 'progress') drawing.take(event);
      else held.push(event);
    },
    close: endDrawing,
  };
}

type Task = ListrTaskWrapper<unknown, typeof ListrRenderer, typeof ListrRenderer>;
type PhaseEnd = Pick<Extract<EventBody, { event: 'phase' }>, 'state' | 'seconds'>;
type PhaseEvent = Extract<EventBody, { event: 'phase' | 'change' | 'progress' }>;

/** listr2 runs its tasks itself; ours are told how they end from outside. */
class PhaseList {
  readonly #gates = new Map<string, { task: Task | undefined; settle: (end: PhaseEnd) => void; settled: Promise<PhaseEnd> }>();
  readonly #running: Promise<unknown>;

  constructor(phases: readonly { readonly name: string; readonly title: string }[], paint: Paint) {
    for (const { name } of phases) {
      const { promise, resolve } = Promise.withResolvers<PhaseEnd>();
      this.#gates.set(name, { task: undefined, settle: resolve, settled: promise });
    }
    const tasks = phases.map(({ name, title }) => ({
      title,
      task: async (_context: unknown, task: unknown) => {
        const gate = this.#gates.get(name)!;
        gate.task = task as Task;
        const { state, seconds: took } = await gate.settled;
        if (state === 'failed') throw new Error(title);
        const note = state === 'done' ? `(${seconds(took)})` : state === 'unchanged' ? '(there already)' : '(not needed)';
        gate.task.title = `${title} ${paint.dim(note)}`;
      },
    }));
    const list = new Listr(tasks, {
      exitOnError: true,
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: true, showErrorMessage: false },
    });
    this.#running = list.run().catch(() => undefined);
  }

  take(event: PhaseEvent): void {
    const gate = this.#gates.get(event.phase);
    if (gate === undefined) return;
    if (event.event === 'phase') {
      if (event.state !== 'running') gate.settle(event);
    } else if (gate.task !== undefined) {
      gate.task.output = safe(event.event === 'change' ? event.description : event.message);
    }
  }

  /** What never ran ends the list as it stands. */
  async end(): Promise<void> {
    for (const gate of this.#gates.values()) gate.settle({ state: 'failed', seconds: 0 });
    await this.#running;
  }
}
