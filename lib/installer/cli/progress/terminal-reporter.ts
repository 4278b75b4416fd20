import type { EventBody, Reporter } from '../../progress-event.ts';
import { PhaseList, type PhaseListOptions } from './phase-list.ts';
import { plainReporter, type PlainOptions } from './plain-reporter.ts';

export type TerminalOptions = PlainOptions & PhaseListOptions;

/**
 * One host on a terminal: its phases are drawn while they run. Before there are any, and in commands that have none, plain lines go by
 * above one that tells that something is being done.
 */
export function terminalReporter(options: TerminalOptions): Reporter {
  const around = (write: (text: string) => void) => (text: string) => {
    if (list === undefined) write(text);
    else list.above(() => write(text));
  };
  const plain = plainReporter({ ...options, out: around(options.out), err: around(options.err) });
  let list: PhaseList | undefined;
  let dryRun = false;
  /** What must not be drawn over is said when the list has ended. */
  const held: EventBody[] = [];

  return {
    plan: (_host, phases) => {
      // What a dry run tells is there to be read afterwards.
      if (!dryRun) list?.plan(phases);
    },
    report: (event) => {
      if (event.event === 'started') {
        dryRun = event.dryRun;
        list ??= new PhaseList(event.host, options);
      }
      const isDrawn = list?.take(event) ?? false;
      if (list?.isPlanned !== true) plain.report(event);
      else if (!isDrawn) held.push(event);
    },
    pause: () => list?.pause(),
    resume: () => list?.resume(),
    aside: around(options.err),
    close: async () => {
      await list?.close();
      list = undefined;
      for (const event of held.splice(0)) plain.report(event);
    },
  };
}
