import type { EventBody, Reporter } from '../../progress-event.ts';
import { printable } from '../../../common/printable.ts';
import { textInWords } from './log-line.ts';

/**
 * A reporter for people that is told nothing which a terminal would obey: every text of every event, wherever a server has its say in it.
 * Line breaks stay. What the platform wrote in JSON, as it stopped or in its log, is in words where it is told along.
 */
export function cleanedReporter(reporter: Reporter): Reporter {
  return { ...reporter, report: (event) => reporter.report(inWords(cleaned(event) as EventBody)) };
}

const inWords = (event: EventBody): EventBody =>
  event.event === 'progress' || event.event === 'failed' ? { ...event, message: textInWords(event.message) } : event;

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return value.split('\n').map(printable).join('\n');
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cleaned(each)]));
}
