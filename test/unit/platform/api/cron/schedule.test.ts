import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimeZone, nextTime } from '../../../../../lib/platform/api/cron/next-time.ts';
import { parseSchedule } from '../../../../../lib/platform/api/cron/parse-schedule.ts';

const next = (schedule: string, after: string, zone?: string): string | undefined => {
  const time = nextTime(parseSchedule(schedule), Date.parse(after), zone);
  return time === undefined ? undefined : new Date(time).toISOString();
};

test('the next time of a schedule', () => {
  const table: [schedule: string, after: string, wanted: string | undefined][] = [
    ['*/15 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:15:00.000Z'],
    ['* * * * *', '2026-01-01T00:00:59.500Z', '2026-01-01T00:01:00.000Z'],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
    ['30 4 * * sun', '2026-01-01T00:00:00Z', '2026-01-04T04:30:00.000Z'],
    // Both restricted: either.
    ['0 0 13 * fri', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'],
    ['@monthly', '2026-01-31T12:00:00Z', '2026-02-01T00:00:00.000Z'],
    ['5/20 1-2 * jan-mar 1', '2026-01-01T00:00:00Z', '2026-01-05T01:05:00.000Z'],
    ['@every 1h30m', '2026-01-01T00:00:00.700Z', '2026-01-01T01:30:00.000Z'],
  ];
  for (const [schedule, after, wanted] of table) assert.equal(next(schedule, after), wanted, schedule);
});

test('a time zone has its own midnight; what its clocks skip is left out, what they repeat comes once', () => {
  assert.equal(next('0 0 * * *', '2026-01-01T12:00:00Z', 'America/New_York'), '2026-01-02T05:00:00.000Z');
  assert.equal(next('0 0 * * *', '2026-07-01T12:00:00Z', 'America/New_York'), '2026-07-02T04:00:00.000Z');
  // On 2026-03-29 Berlin's clocks go from 02:00 to 03:00, on 2026-10-25 from 03:00 back to 02:00.
  assert.equal(next('30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin'), '2026-03-30T00:30:00.000Z');
  assert.equal(next('30 2 * * *', '2026-10-24T12:00:00Z', 'Europe/Berlin'), '2026-10-25T00:30:00.000Z');
  assert.equal(next('30 2 * * *', '2026-10-25T00:30:00Z', 'Europe/Berlin'), '2026-10-26T01:30:00.000Z');
  assert.deepEqual([isTimeZone('Europe/Berlin'), isTimeZone('Mars/Base')], [true, false]);
});

test('what is no schedule is refused in the words of cron', () => {
  const table: [string, RegExp][] = [
    ['', /^empty spec string$/],
    ['* * * *', /^expected exactly 5 fields, found 4: \[\* \* \* \*\]$/],
    ['60 * * * *', /^end of range \(60\) above maximum \(59\): 60$/],
    ['* * 0 * *', /^beginning of range \(0\) below minimum \(1\): 0$/],
    ['5-3 * * * *', /^beginning of range \(5\) beyond end of range \(3\): 5-3$/],
    ['*/0 * * * *', /^step of range should be a positive number: \*\/0$/],
    ['x * * * *', /^failed to parse int from x: strconv\.Atoi: parsing "x": invalid syntax$/],
    ['1-2-3 * * * *', /^too many hyphens: 1-2-3$/],
    ['1/2/3 * * * *', /^too many slashes: 1\/2\/3$/],
    ['constructor', /^expected exactly 5 fields, found 1: \[constructor\]$/],
    ['@fortnightly', /^unrecognized descriptor: @fortnightly$/],
    ['@every soon', /^failed to parse duration @every soon: time: invalid duration "soon"$/],
  ];
  for (const [text, wanted] of table) assert.throws(() => parseSchedule(text), { name: 'SyntaxError', message: wanted }, text);
});
