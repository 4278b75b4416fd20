import type { EventBody, Reporter } from '../../progress-event.ts';
import { Drawing } from './drawing.ts';
import { FleetBoard } from './fleet-board.ts';
import { nextStepsOfAll } from './next-steps.ts';
import type { PrefixOptions } from './prefix-reporter.ts';
import { summaryTable } from './summary-table.ts';
import { toldBelow } from './told-below.ts';
import type { TerminalOptions } from './terminal-reporter.ts';

/** Several hosts on a terminal: a line for each while they are worked on, then the summary, and below it what somebody must read. */
export function fleetReporter(options: TerminalOptions & PrefixOptions): Reporter {
  const { hosts, screen, glyphs, paint, now } = options;
  const board = new FleetBoard(hosts, paint, glyphs, now());
  const held: EventBody[] = [];
  let drawing: Drawing | undefined;
  let next = '';

  const endDrawing = (): void => {
    drawing?.end(false);
    drawing = undefined;
  };
  return {
    plan: (host, phases) => board.plan(host, phases),
    report: (event) => {
      if (event.event === 'summary') {
        endDrawing();
        next = nextStepsOfAll(event);
        return options.out(summaryTable(event, options));
      }
      drawing ??= new Drawing({ screen, ellipsis: glyphs.ellipsis, now, lines: (...room) => board.lines(...room) });
      board.take(event, now());
      drawing.update();
      if (isWorthReading(event)) held.push(event);
    },
    pause: () => drawing?.pause(),
    resume: () => drawing?.resume(),
    aside: (text) => (drawing === undefined ? options.err(text) : drawing.above(() => options.err(text))),
    close: async () => {
      endDrawing();
      options.err(toldBelow(held, options));
      options.out(next);
      next = '';
      held.length = 0;
    },
  };
}

/** What the summary does not tell. */
function isWorthReading(event: EventBody): boolean {
  switch (event.event) {
    case 'note':
    case 'warning':
    case 'status':
    case 'failed':
      return true;
    case 'finding':
      return event.level === 'warning';
    case 'undo':
      return event.outcome === 'kept';
    default:
      return false;
  }
}
