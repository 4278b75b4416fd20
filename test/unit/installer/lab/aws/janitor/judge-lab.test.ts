import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLab } from '../../../../../../lib/installer/lab/aws/janitor/judge-lab.ts';

const lab = { name: 'demo', id: '0123456789ab' };
const end = Date.parse('2026-11-27T17:00:00Z');
const hour = 3_600_000;
const at = (now: number, changes: object = {}) => judgeLab({ lab, expires: end, changing: false, ...changes }, now, hour);

test('a lab runs, is about to end from the notice on, and is over from its end on', () => {
  assert.equal(at(end - hour - 1), 'running');
  assert.equal(at(end - hour), 'ending');
  assert.equal(at(end - 1), 'ending');
  assert.equal(at(end), 'over');
});

test('a lab that somebody is changing is not taken away under their hands, though its time is over', () => {
  assert.equal(at(end + hour, { changing: true }), 'changing');
  assert.equal(at(end - 1, { changing: true }), 'ending');
});

test('a lab of which nobody can say when it ends is never over', () => {
  assert.equal(at(end + 1_000 * hour, { expires: undefined }), 'endless');
});
