import { printable } from '../../../common/printable.ts';
import { wrapWords } from '../../../common/terminal/wrap-words.ts';
import type { EventBody } from '../../progress-event.ts';
import type { Paint } from './event-text.ts';
import { plainReporter, type PlainOptions } from './plain-reporter.ts';

/** Names that a heading lists before it counts the others. */
const namesInHeading = 4;

/**
 * What several hosts have to say below their summary: each host's texts under its name, and hosts that say the same under one heading, in
 * the order in which they began to speak. Failures come last, where they are seen.
 */
export function toldBelow(events: readonly EventBody[], options: { paint: Paint; width: number; verbose: boolean }): string {
  const failures = events.filter(({ event }) => event === 'failed');
  const others = events.filter(({ event }) => event !== 'failed');
  return [others, failures].map((part) => sections(part, options)).join('');
}

function sections(events: readonly EventBody[], options: { paint: Paint; width: number; verbose: boolean }): string {
  const texts = new Map<string, string>();
  for (const event of events) texts.set(event.host, (texts.get(event.host) ?? '') + textOf(event, options));
  const byText = Map.groupBy(texts.keys(), (host) => texts.get(host)!);
  return [...byText]
    .map(([text, hosts]) => `\n${wrapWords(options.paint.strong(heading(hosts)), options.width)}\n${text}`)
    .join('');
}

function textOf(event: EventBody, options: Omit<PlainOptions, 'out' | 'err'>): string {
  let text = '';
  const add = (more: string): void => void (text += more);
  plainReporter({ ...options, out: add, err: add, brief: true }).report(event);
  return text;
}

function heading(hosts: readonly string[]): string {
  const names = hosts.slice(0, namesInHeading).map(printable).join(', ');
  return hosts.length > namesInHeading ? `${names} and ${hosts.length - namesInHeading} more` : names;
}
