import type { EventBody, Reporter } from '../../progress-event.ts';
import { HostList, type HostListOptions } from './host-list.ts';
import { nextStepsOfAll } from './next-steps.ts';
import type { PrefixOptions } from './prefix-reporter.ts';
import { summaryTable } from './summary-table.ts';
import { toldBelow } from './told-below.ts';

/** Several hosts on a terminal: a line for each while they are worked on, then the summary, and below it what somebody must read. */
export function fleetReporter(options: HostListOptions & PrefixOptions): Reporter {
  const held: EventBody[] = [];
  let list: HostList | undefined;
  let summary: Extract<EventBody, { event: 'summary' }> | undefined;
  const drawn = (): HostList => (list ??= new HostList(options));

  return {
    plan: (host, phases) => drawn().plan(host, phases),
    report: (event) => {
      if (event.event === 'summary') summary = event;
      else drawn().take(event);
      if (isWorthReading(event)) held.push(event);
    },
    pause: () => list?.pause(),
    resume: () => list?.resume(),
    aside: (text) => (list === undefined ? options.err(text) : list.above(() => options.err(text))),
    close: async () => {
      await list?.close();
      list = undefined;
      if (summary !== undefined) options.out(summaryTable(summary, options));
      options.err(toldBelow(held.splice(0), options));
      if (summary !== undefined) options.out(nextStepsOfAll(summary));
      summary = undefined;
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
