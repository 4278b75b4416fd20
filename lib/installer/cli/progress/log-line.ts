import { printable } from '../../../common/printable.ts';
import { noColours, safe, type Paint } from './event-text.ts';

/** What pino calls its levels; what is at none of them is at the next one below. */
const LEVELS = [
  { from: 50, name: 'error', of: 'bad' },
  { from: 40, name: 'warning', of: 'warn' },
  { from: 30, name: '', of: 'dim' },
  { from: 0, name: 'debug', of: 'dim' },
] as const;

/** Who speaks, the most exact one first. */
const SPEAKERS = ['controller', 'component', 'thread'] as const;
/** What a person at a terminal does not compare lines by. */
const LEFT_OUT = new Set<string>([...SPEAKERS, 'level', 'time', 'name', 'msg', 'reconcileID']);

/**
 * A line of the platform's log for people: `2026-11-27 11:09:12 dns: dns is listening address=172.17.0.2 port=8053`, in the server's UTC. Lines of
 * others, which are no JSON of its kind, stay as they are.
 */
export function logLine(line: string, paint: Paint): string {
  const entry = entryOf(line);
  if (entry === undefined) return safe(line);
  return `${paint.dim(printable(entry.time.replace('T', ' ').replace(/(\.\d+)?Z$/, '')))} ${wordsOf(entry, paint)}`;
}

/** A text with such lines in it, as the end of a log in an error has them; those are without the time, as it is told at once. */
export function textInWords(text: string): string {
  const told = (line: string): string => {
    const entry = entryOf(line.trimStart());
    return entry === undefined ? line : line.slice(0, line.length - line.trimStart().length) + wordsOf(entry, noColours);
  };
  return text.split('\n').map(told).join('\n');
}

function wordsOf(entry: Entry, paint: Paint): string {
  const { name, of } = LEVELS.find(({ from }) => entry.level >= from) ?? LEVELS[3];
  const speaker = SPEAKERS.map((key) => entry[key]).find((value) => typeof value === 'string');
  const keys = Object.entries(entry).filter(([key]) => !LEFT_OUT.has(key));
  return [
    ...(name === '' ? [] : [paint[of](name)]),
    printable(speaker === undefined ? entry.msg : `${speaker}: ${entry.msg}`),
    ...keys.map(([key, value]) => paint.dim(safe(`${key}=${valueText(value)}`))),
  ].join(' ');
}

interface Entry {
  readonly level: number;
  readonly time: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

function entryOf(line: string): Entry | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<Entry>;
    const { level, time, msg } = entry;
    return typeof level === 'number' && typeof time === 'string' && typeof msg === 'string' ? (entry as Entry) : undefined;
  } catch {
    // Cut off, or somebody else's.
    return undefined;
  }
}

/** Words as they are, everything else as JSON; of an error, what it says and where. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  const { message, stack } = (value ?? {}) as { message?: unknown; stack?: unknown };
  if (typeof message !== 'string') return JSON.stringify(value);
  return typeof stack === 'string' ? stack : message;
}
