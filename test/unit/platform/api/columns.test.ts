import assert from 'node:assert/strict';
import { test } from 'node:test';
import { age, humanDuration } from '../../../../lib/platform/api/columns.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

for (const [ms, text] of [
  [-5 * SECOND, '<invalid>'],
  [-500, '0s'],
  [0, '0s'],
  [119 * SECOND, '119s'],
  [2 * MINUTE, '2m'],
  [2 * MINUTE + 5 * SECOND, '2m5s'],
  [10 * MINUTE + 5 * SECOND, '10m'],
  [179 * MINUTE, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 5 * MINUTE, '3h5m'],
  [8 * HOUR + 5 * MINUTE, '8h'],
  [47 * HOUR, '47h'],
  [2 * DAY, '2d'],
  [2 * DAY + 5 * HOUR, '2d5h'],
  [8 * DAY + 5 * HOUR, '8d'],
  [729 * DAY, '729d'],
  [731 * DAY, '2y1d'],
  [9 * 365 * DAY, '9y'],
] as const)
  test(`${ms} ms is ${text}`, () => assert.equal(humanDuration(ms), text));

test('no time is unknown', () => {
  assert.equal(age(undefined, 0), '<unknown>');
  assert.equal(age(null, 0), '<unknown>');
  assert.equal(age('1970-01-01T00:00:00Z', 5000), '5s');
});
