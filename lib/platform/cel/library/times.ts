import { fn, type FunctionDeclaration } from '../types/declarations.ts';
import { type Duration, floorDivide, type Timestamp } from '../values/time.ts';
import { CelError, type Value } from '../values/value.ts';

const MILLIS = 1_000_000n;
const SECOND = 1_000_000_000n;
const DAY = 86_400_000;

/** What a clock in some zone shows, as a date in UTC; undefined for a zone that there is not. */
function inZone({ nanos }: Timestamp, zone: string): Date | undefined {
  const millis = Number(floorDivide(nanos, MILLIS));
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(millis + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  if (zone === '' || zone === 'UTC') return new Date(millis);
  const format = formatOf(zone);
  if (format === undefined) return undefined;
  const parts = Object.fromEntries(format.formatToParts(millis).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, new Date(millis).getUTCMilliseconds());
  return date;
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** More zones than there are make no more formats. */
const MAX_FORMATS = 64;

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(timeZone);
  if (known !== undefined || timeZone.length > 64) return known;
  const fields = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  try {
    const format = new Intl.DateTimeFormat('en-US', { ...fields, timeZone, hourCycle: 'h23', calendar: 'gregory' });
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(timeZone, format);
    return format;
  } catch {
    return undefined;
  }
}

const dayOfYear = (date: Date): number => {
  const midnight = new Date(date).setUTCHours(0, 0, 0, 0);
  const first = new Date(midnight).setUTCMonth(0, 1);
  return Math.round((midnight - first) / DAY);
};

const PARTS: readonly (readonly [string, (date: Date) => number])[] = [
  ['getFullYear', (date) => date.getUTCFullYear()],
  ['getMonth', (date) => date.getUTCMonth()],
  ['getDayOfYear', dayOfYear],
  ['getDayOfMonth', (date) => date.getUTCDate() - 1],
  ['getDate', (date) => date.getUTCDate()],
  ['getDayOfWeek', (date) => date.getUTCDay()],
  ['getHours', (date) => date.getUTCHours()],
  ['getMinutes', (date) => date.getUTCMinutes()],
  ['getSeconds', (date) => date.getUTCSeconds()],
  ['getMilliseconds', (date) => date.getUTCMilliseconds()],
];

const part = (time: Timestamp, zone: string, of: (date: Date) => number): Value => {
  const date = inZone(time, zone);
  return date === undefined ? new CelError(`unknown time zone ${zone}`) : BigInt(of(date));
};

/** What timestamps and durations are asked for. Without a zone it is UTC. */
export const TIMES: readonly FunctionDeclaration[] = [
  ...PARTS.flatMap(([name, of]) => [
    fn(`<timestamp>.${name}(): int`, (_frame, time: Timestamp) => part(time, 'UTC', of)),
    fn(`<timestamp>.${name}(string): int`, (_frame, time: Timestamp, zone: string) => part(time, zone, of)),
  ]),
  fn('<duration>.getHours(): int', (_frame, { nanos }: Duration) => nanos / (3600n * SECOND)),
  fn('<duration>.getMinutes(): int', (_frame, { nanos }: Duration) => nanos / (60n * SECOND)),
  fn('<duration>.getSeconds(): int', (_frame, { nanos }: Duration) => nanos / SECOND),
  fn('<duration>.getMilliseconds(): int', (_frame, { nanos }: Duration) => (nanos % SECOND) / MILLIS),
];
