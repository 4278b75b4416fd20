import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionSeconds } from '../../../../../lib/installer/lab/aws/attendee-access.ts';

const hour = 3_600_000;

test('credentials last as long as the lab, within what STS and IAM give', () => {
  assert.equal(sessionSeconds(2.5 * hour, false), 9_000);
  assert.equal(sessionSeconds(100 * hour, false), 43_200);
  // Who is a role already gets an hour; the least is a quarter of one, and the role itself refuses what is after the end.
  assert.equal(sessionSeconds(100 * hour, true), 3_600);
  assert.equal(sessionSeconds(60_000, false), 900);
  assert.equal(sessionSeconds(0, false), undefined);
  assert.equal(sessionSeconds(-hour, true), undefined);
});
