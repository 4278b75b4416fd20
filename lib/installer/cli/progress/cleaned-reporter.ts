import type { EventBody, Reporter } from '../../progress-event.ts';
import { printable } from '../../../common/printable.ts';

/**
 * A reporter for people that is told nothing which a terminal would obey: every text of every event, wherever a server has its say in it.
 * Line breaks stay.
 */
export function cleanedReporter(reporter: Reporter): Reporter {
  return { ...reporter, report: (event) => reporter.report(cleaned(event) as EventBody) };
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return value.split('\n').map(printable).join('\n');
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cleaned(each)]));
}
