const NANOS = 1_000_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z, in nanoseconds since the epoch. */
const FIRST = -62_135_596_800n * NANOS;
const LAST = 253_402_300_800n * NANOS - 1n;
const MAX_DURATION = 2n ** 63n - 1n;

/** google.protobuf.Timestamp: nanoseconds since the epoch. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** google.protobuf.Duration, in nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** Whether a result is still within the range of google.protobuf; else the expression fails. */
export const isTimestamp = (nanos: bigint): boolean => nanos >= FIRST && nanos <= LAST;
export const isDuration = (nanos: bigint): boolean => nanos >= -MAX_DURATION && nanos <= MAX_DURATION;

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 with up to nanoseconds; undefined for what is none, or out of range. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = text.length > 64 ? null : RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match as unknown as string[];
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const whole =
    date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) && date.getUTCHours() === Number(hour);
  if (!whole || Number(minute) > 59 || Number(second) > 59) return undefined;
  const nanos = BigInt(date.getTime()) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9)) - zoneNanos(zone!);
  return isTimestamp(nanos) ? new Timestamp(nanos) : undefined;
}

function zoneNanos(zone: string): bigint {
  if (zone.toUpperCase() === 'Z') return 0n;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return BigInt(zone.startsWith('-') ? -minutes : minutes) * 60n * NANOS;
}

/** RFC 3339, as short as can be. */
export function timestampText({ nanos }: Timestamp): string {
  const seconds = floorDivide(nanos, NANOS);
  const fraction = nanos - seconds * NANOS;
  const text = new Date(Number(seconds) * 1000)
    .toISOString()
    .slice(0, 19)
    .replace(/^[+-]?0*(\d{4})-/, '$1-');
  return `${text}${fraction === 0n ? '' : `.${fraction.toString().padStart(9, '0').replace(/0+$/, '')}`}Z`;
}

/** Division that rounds down, below zero too: for times before 1970. */
export const floorDivide = (a: bigint, b: bigint): bigint => (a >= 0n || a % b === 0n ? a / b : a / b - 1n);

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: NANOS,
  m: 60n * NANOS,
  h: 3600n * NANOS,
};

/** Go's time.ParseDuration: `1h30m`, `-1.5s`; undefined for what is none. */
export function parseDuration(text: string): Duration | undefined {
  if (text.length > 128) return undefined;
  const negative = text.startsWith('-');
  const rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return new Duration(0n);
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit] of rest.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = UNITS[unit!]!;
    total += BigInt(whole || '0') * size + (BigInt(fraction || '0') * size) / 10n ** BigInt(fraction.length);
  }
  const nanos = negative ? -total : total;
  return isDuration(nanos) ? new Duration(nanos) : undefined;
}

/** In seconds, as CEL has durations as text: `1.5s`. */
export function durationText({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = size % NANOS;
  const tail = fraction === 0n ? '' : `.${fraction.toString().padStart(9, '0').replace(/0+$/, '')}`;
  return `${nanos < 0n ? '-' : ''}${size / NANOS}${tail}s`;
}
