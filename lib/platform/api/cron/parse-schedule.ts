/** A schedule as cron(5) has it: the numbers of each field that match. Days match when both fields do, or either where both are restricted. */
export interface FieldSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** One of the two fields of days says `*`. */
  readonly anyDay: boolean;
}

/** `@every 90s`, or the five fields. */
export type CronSchedule = { readonly every: number } | FieldSchedule;

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const BOUNDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Throws a SyntaxError that says what is wrong, in the words of the parser that Kubernetes uses (robfig/cron's ParseStandard). */
export function parseSchedule(text: string): CronSchedule {
  if (text === '') throw new SyntaxError('empty spec string');
  if (text.startsWith('@every ')) return { every: parseDuration(text.slice('@every '.length)) };
  const described = Object.hasOwn(DESCRIPTORS, text);
  if (text.startsWith('@') && !described) throw new SyntaxError(`unrecognized descriptor: ${text}`);
  const fields = (described ? DESCRIPTORS[text]! : text).trim().split(/\s+/);
  if (fields.length !== BOUNDS.length)
    throw new SyntaxError(`expected exactly ${BOUNDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = fields.map((field, i) => parseField(field, BOUNDS[i]!));
  return {
    minutes: minutes!.values,
    hours: hours!.values,
    daysOfMonth: daysOfMonth!.values,
    months: months!.values,
    daysOfWeek: daysOfWeek!.values,
    anyDay: daysOfMonth!.star || daysOfWeek!.star,
  };
}

function parseField(field: string, bounds: Bounds): { values: Set<number>; star: boolean } {
  const values = new Set<number>();
  let star = false;
  for (const part of field.split(',').filter((each) => each !== '')) {
    const range = parseRange(part, bounds);
    star ||= range.star;
    for (let value = range.start; value <= range.end; value += range.step) values.add(value);
  }
  return { values, star };
}

/** `*`, `?`, `5`, `1-5`, each with `/step` behind it; `5/10` goes to the end. */
function parseRange(text: string, bounds: Bounds): { start: number; end: number; step: number; star: boolean } {
  const [range, stepText, ...moreSlashes] = text.split('/') as [string, string?, ...string[]];
  const [low, high, ...moreHyphens] = range.split('-') as [string, string?, ...string[]];
  if (moreHyphens.length > 0) throw new SyntaxError(`too many hyphens: ${text}`);
  if (moreSlashes.length > 0) throw new SyntaxError(`too many slashes: ${text}`);
  const isStar = low === '*' || low === '?';
  const start = isStar ? bounds.min : parseValue(low, bounds);
  let end = isStar ? bounds.max : high === undefined ? start : parseValue(high, bounds);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  if (stepText !== undefined && !isStar && high === undefined) end = bounds.max;
  if (start < bounds.min) throw new SyntaxError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) throw new SyntaxError(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new SyntaxError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new SyntaxError(`step of range should be a positive number: ${text}`);
  // A step through all values is a restriction: it does not count as a star.
  return { start, end, step, star: isStar && step <= 1 };
}

function parseValue(text: string, { min, names }: Bounds): number {
  const at = names?.indexOf(text.toLowerCase()) ?? -1;
  return at === -1 ? parseNumber(text) : at + min;
}

function parseNumber(text: string): number {
  if (!/^[-+]?\d{1,9}$/.test(text))
    throw new SyntaxError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) throw new SyntaxError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 };
const TERM = /(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|ns|h|m|s)/g;

/** Go's time.ParseDuration, in ms; at least a second, whole seconds (cron.Every). */
function parseDuration(text: string): number {
  const terms = [...text.matchAll(TERM)];
  if (terms.length === 0 || terms.map(([term]) => term).join('') !== text)
    throw new SyntaxError(`failed to parse duration @every ${text}: time: invalid duration ${JSON.stringify(text)}`);
  const ms = terms.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit!]!, 0);
  return Math.max(1000, Math.floor(ms / 1000) * 1000);
}
