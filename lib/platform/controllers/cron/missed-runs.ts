import { nextTime } from '../../api/cron/next-time.ts';
import { type CronSchedule, parseSchedule } from '../../api/cron/parse-schedule.ts';
import type { CronJob } from './cron-job-types.ts';

/** What a schedule says at a moment. */
export interface ScheduleView {
  /** The latest time that has come since the last run, in ms since the epoch; undefined while none has. */
  readonly due?: number;
  /** Whether so many have come that something is wrong (a clock, a controller that did not run for long). */
  readonly tooMany: boolean;
  /** The next time to come; undefined when there is none. */
  readonly next?: number;
}

const TOO_MANY = 100;

/** Pure. @throws SyntaxError where the schedule cannot be read */
export function viewSchedule({ metadata, spec, status }: CronJob, now: number): ScheduleView {
  const schedule = parseSchedule(spec.schedule);
  const timeZone = spec.timeZone ?? 'UTC';
  const last = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '') || now;
  const deadline = spec.startingDeadlineSeconds === undefined ? -Infinity : now - spec.startingDeadlineSeconds * 1000;
  const from = Math.min(now, Math.max(last, deadline));
  const next =
    'every' in schedule
      ? last + (Math.floor((now - last) / schedule.every) + 1) * schedule.every
      : nextTime(schedule, now, timeZone);
  const due = latest(schedule, from, last, now, timeZone);
  return {
    ...(due === undefined ? {} : { due }),
    ...(next === undefined ? {} : { next }),
    tooMany: due !== undefined && countMissed(schedule, from, now, timeZone) > TOO_MANY,
  };
}

/** By bisection: years of missed minutes cost some thirty looks at the schedule. */
function latest(schedule: CronSchedule, from: number, last: number, now: number, timeZone: string): number | undefined {
  if ('every' in schedule) {
    const due = last + Math.floor((now - last) / schedule.every) * schedule.every;
    return due > from ? due : undefined;
  }
  const first = nextTime(schedule, from, timeZone);
  if (first === undefined || first > now) return undefined;
  let [found, low, high] = [first, first, now];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const time = nextTime(schedule, middle, timeZone);
    if (time !== undefined && time <= now) low = found = time;
    else high = middle;
  }
  return found;
}

function countMissed(schedule: CronSchedule, from: number, now: number, timeZone: string): number {
  if ('every' in schedule) return Math.floor((now - from) / schedule.every);
  let count = 0;
  for (let time = nextTime(schedule, from, timeZone); time !== undefined && time <= now && count <= TOO_MANY; count++)
    time = nextTime(schedule, time, timeZone);
  return count;
}
