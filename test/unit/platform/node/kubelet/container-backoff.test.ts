import assert from 'node:assert/strict';
import { it } from 'node:test';
import { goDuration, KeyedBackoff } from '../../../../../lib/platform/node/kubelet/container-backoff.ts';

it('lets the first restart go at once, then doubles from 10 s to 5 minutes', () => {
  const backoff = new KeyedBackoff();
  let now = 1_000_000;
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const failedAt = now;
    const wait = backoff.remaining('k', failedAt, now);
    waits.push(wait / 1000);
    now += wait;
    assert.equal(backoff.remaining('k', failedAt, now), 0);
    backoff.next('k', failedAt, now);
  }
  assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
});

it('starts again after a run of ten minutes, and not before', () => {
  const backoff = new KeyedBackoff();
  for (let i = 0; i < 4; i++) backoff.next('k', 0, 0);
  assert.equal(backoff.remaining('k', 600_000, 600_000), 80_000);
  assert.equal(backoff.remaining('k', 600_001, 600_001), 0);
  backoff.next('k', 600_001, 600_001);
  assert.equal(backoff.delay('k'), 10_000);
});

it('counts from the end of the last run, not from the first look', () => {
  const backoff = new KeyedBackoff();
  backoff.next('k', 0, 0);
  assert.equal(backoff.remaining('k', 5_000, 9_000), 6_000);
  assert.equal(backoff.remaining('other', 5_000, 9_000), 0);
});

it('forgets a pod by prefix', () => {
  const backoff = new KeyedBackoff();
  backoff.next('uid_a', 0, 0);
  backoff.next('uid2_a', 0, 0);
  backoff.resetAll('uid_');
  assert.equal(backoff.delay('uid_a'), 0);
  assert.equal(backoff.delay('uid2_a'), 10_000);
});

it('writes delays as Go does', () => {
  assert.deepEqual([10_000, 80_000, 300_000, 3_720_000].map(goDuration), ['10s', '1m20s', '5m0s', '1h2m0s']);
});
