import type { CronSchedule, FieldSchedule } from './parse-schedule.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** How far ahead a time is looked for: February 29th comes back within 8 years. */
const MAX_DAYS = 366 * 9;

/**
 * The first time of a schedule after `after`, in ms since the epoch; undefined when it never comes (February 30th).
 * `timeZone`: an IANA name. A time that a zone's clocks skip is left out, one that they have twice counts once.
 */
export function nextTime(schedule: CronSchedule, after: number, timeZone = 'UTC'): number | undefined {
  if ('every' in schedule) return Math.floor(after / 1000) * 1000 + schedule.every;
  const zone = zoneClock(timeZone);
  const start = Math.floor(zone.toWall(after) / MINUTE) * MINUTE + MINUTE;
  for (let day = 0; day < MAX_DAYS; day++) {
    const midnight = Math.floor(start / DAY) * DAY + day * DAY;
    if (!isDay(schedule, new Date(midnight))) continue;
    for (const wall of minutesOf(schedule, midnight)) {
      if (wall < start) continue;
      const time = zone.fromWall(wall);
      if (time !== undefined && time > after) return time;
    }
  }
  return undefined;
}

/** Whether this is a time zone that is known here. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function isDay({ months, daysOfMonth, daysOfWeek, anyDay }: FieldSchedule, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const [month, week] = [daysOfMonth.has(date.getUTCDate()), daysOfWeek.has(date.getUTCDay())];
  return anyDay ? month && week : month || week;
}

function* minutesOf({ hours, minutes }: FieldSchedule, midnight: number): Generator<number> {
  for (let hour = 0; hour < 24; hour++)
    if (hours.has(hour))
      for (let minute = 0; minute < 60; minute++) if (minutes.has(minute)) yield midnight + (hour * 60 + minute) * MINUTE;
}

interface ZoneClock {
  /** What the zone's clocks show, as if it were UTC. */
  toWall(time: number): number;
  /** The first moment at which they show it; undefined when they never do. */
  fromWall(wall: number): number | undefined;
}

function zoneClock(timeZone: string): ZoneClock {
  if (timeZone === 'UTC') return { toWall: (time) => time, fromWall: (wall) => wall };
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const toWall = (time: number): number => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  };
  return {
    toWall,
    fromWall: (wall) => {
      // The offset is one of those a day before and a day after; where they differ, the earlier moment comes first.
      const offsets = [toWall(wall - DAY) - (wall - DAY), toWall(wall + DAY) - (wall + DAY)];
      return offsets
        .map((offset) => wall - offset)
        .sort((a, b) => a - b)
        .find((time) => toWall(time) === wall);
    },
  };
}
