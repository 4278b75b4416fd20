import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { failureOf } from '../../../../../lib/platform/storage/etcd/etcd-failure.ts';
import { isUsable } from '../../../../../lib/platform/storage/etcd/etcd-members.ts';

const serviceError = (code: status, details: string): Error => Object.assign(new Error(`${code}: ${details}`), { code, details });

test("etcd's refusals mean what its source says they mean", () => {
  const cases: readonly [status, string, string][] = [
    [status.OUT_OF_RANGE, 'etcdserver: mvcc: required revision has been compacted', 'compacted'],
    [status.OUT_OF_RANGE, 'etcdserver: mvcc: required revision is a future revision', 'future'],
    [status.INVALID_ARGUMENT, 'etcdserver: request is too large', 'too-large'],
    [status.RESOURCE_EXHAUSTED, 'grpc: received message larger than max (9 vs. 8)', 'too-large'],
    [status.RESOURCE_EXHAUSTED, 'etcdserver: mvcc: database space exceeded', 'full'],
    [status.PERMISSION_DENIED, 'etcdserver: permission denied', 'refused'],
    [status.UNAVAILABLE, 'etcdserver: request timed out', 'unavailable'],
    [status.DEADLINE_EXCEEDED, 'Deadline exceeded after 4s', 'unavailable'],
    [status.INTERNAL, 'Received RST_STREAM with code 2', 'unavailable'],
  ];
  for (const [code, details, kind] of cases) assert.equal(failureOf(serviceError(code, details)).kind, kind, details);
});

test('only what certainly never reached a member is taken for not done', () => {
  const unsent = (code: status, details: string): boolean => {
    const failure = failureOf(serviceError(code, details));
    return failure.kind === 'unavailable' && failure.unsent;
  };
  assert.ok(unsent(status.UNAVAILABLE, 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:2379'));
  assert.ok(unsent(status.UNAVAILABLE, 'etcdserver: no leader'));
  assert.ok(unsent(status.RESOURCE_EXHAUSTED, 'etcdserver: too many requests'));
  assert.ok(!unsent(status.UNAVAILABLE, 'etcdserver: leader changed'));
  assert.ok(!unsent(status.UNAVAILABLE, 'etcdserver: request timed out'));
  assert.ok(!unsent(status.UNAVAILABLE, 'Connection dropped'));
  assert.ok(!unsent(status.DEADLINE_EXCEEDED, 'Deadline exceeded'));
});

test('what the connection said is told without what grpc-js wraps it in', () => {
  const details = 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:2379. Resolution note: ';
  assert.equal(failureOf(serviceError(status.UNAVAILABLE, details)).why, 'connect ECONNREFUSED 127.0.0.1:2379');
});

test('an etcd whose progress cannot be believed is known by its version', () => {
  for (const version of ['3.5.13', '3.5.16', '3.4.31', '3.6.0', '4.0.0', '3.6.0-rc.1']) assert.ok(isUsable(version), version);
  for (const version of ['3.5.12', '3.4.23', '3.3.27', '2.3.8', '']) assert.ok(!isUsable(version), version);
});
