import type { EventBody } from '../../progress-event.ts';
import { FleetBoard } from './fleet-board.ts';
import type { PhasePlan } from './host-board.ts';
import { OutsideTask } from './outside-task.ts';
import type { PhaseListOptions } from './phase-list.ts';
import { TaskDisplay, titleWidth } from './task-display.ts';

export interface HostListOptions extends PhaseListOptions {
  /** In their order. */
  readonly hosts: readonly string[];
  /** How many of them are worked on at once. */
  readonly parallel: number;
}

/** One task of listr2 for each host, and below them how many are where. */
export class HostList extends TaskDisplay {
  readonly #options: HostListOptions;
  readonly #board: FleetBoard;
  readonly #hosts: ReadonlyMap<string, OutsideTask>;

  constructor(options: HostListOptions) {
    const { terminal, paint, glyphs, now } = options;
    const { stdout } = terminal;
    const board = new FleetBoard(options.hosts, paint, glyphs, now());
    const titleOf = (host: string): string => board.line(host, titleWidth(terminal), stdout.rows, now());
    const hosts = new Map(options.hosts.map((host) => [host, new OutsideTask(titleOf(host))]));
    super(
      [...hosts.values()].map(({ task }) => task),
      {
        ...options,
        concurrent: options.parallel,
        exitOnError: false,
        keep: false,
        below: () => board.footer(titleWidth(terminal), stdout.rows, now()),
        turn: () => this.#show(),
      },
    );
    this.#options = options;
    this.#board = board;
    this.#hosts = hosts;
  }

  plan(host: string, phases: PhasePlan): void {
    this.#board.plan(host, phases);
  }

  take(event: EventBody): void {
    this.#board.take(event, this.#options.now());
    if (event.event !== 'result' && event.event !== 'status' && event.event !== 'failed') return;
    this.#show();
    const task = this.#hosts.get(event.host);
    if (event.event === 'failed') task?.fail();
    else task?.done();
  }

  override async close(): Promise<void> {
    for (const task of this.#hosts.values()) task.leave();
    await super.close();
  }

  #show(): void {
    const { terminal, now } = this.#options;
    const width = titleWidth(terminal);
    for (const [host, task] of this.#hosts) task.show(this.#board.line(host, width, terminal.stdout.rows, now()));
  }
}
