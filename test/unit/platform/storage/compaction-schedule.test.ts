import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompactionSchedule } from '../../../../lib/platform/storage/compaction-schedule.ts';

const policy = { retainMs: 300_000, retainRevisions: 100, maxRevisions: 5000, intervalMs: 30_000 };

test('what is younger than the limit stays', () => {
  const schedule = new CompactionSchedule(policy);
  assert.equal(schedule.target(0, 1000), 0);
  assert.equal(schedule.target(299_999, 2000), 0);
  assert.equal(schedule.target(300_000, 2000), 1000);
  assert.equal(schedule.target(400_000, 2500), 1000);
  assert.equal(schedule.target(600_000, 2500), 2000);
});

test('the newest revisions stay however old they are', () => {
  const schedule = new CompactionSchedule(policy);
  schedule.target(0, 1000);
  assert.equal(schedule.target(1_000_000, 1010), 910);
  assert.equal(schedule.target(2_000_000, 1010), 910);
});

test('a write storm is cut off by count', () => {
  const schedule = new CompactionSchedule(policy);
  schedule.target(0, 1000);
  assert.equal(schedule.target(30_000, 9000), 4000);
});
