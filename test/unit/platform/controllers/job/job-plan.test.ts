import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../../../lib/platform/controllers/core-types.ts';
import { formatIndexes, parseIndexes } from '../../../../../lib/platform/controllers/job/index-set.ts';
import { backoff } from '../../../../../lib/platform/controllers/job/job-plan.ts';
import { type Job, TRACKING } from '../../../../../lib/platform/controllers/job/job-types.ts';
import { tally } from '../../../../../lib/platform/controllers/job/tally.ts';
import { judgeJob } from '../../../../../lib/platform/controllers/job/verdict.ts';

const job = (spec: object = {}, status: object = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'sum' },
  spec: { backoffLimit: 6, podReplacementPolicy: 'TerminatingOrFailed', template: { spec: { containers: [] } }, ...spec },
  status,
});
const pod = (
  uid: string,
  phase: string,
  more: { held?: boolean; index?: number; endedAt?: number; leaving?: boolean } = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: uid,
    uid,
    finalizers: more.held === false ? [] : [TRACKING],
    ...(more.leaving === true ? { deletionTimestamp: '2020-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 } : {}),
    ...(more.index === undefined ? {} : { annotations: { 'batch.kubernetes.io/job-completion-index': String(more.index) } }),
  },
  spec: { containers: [] },
  status: {
    phase,
    ...(more.endedAt === undefined
      ? {}
      : { containerStatuses: [{ state: { terminated: { finishedAt: new Date(more.endedAt * 1000).toISOString() } } }] }),
  },
});

test('indexes as text, and back', () => {
  const rows: [number[], string][] = [
    [[], ''],
    [[4], '4'],
    [[0, 1], '0,1'],
    [[7, 3, 4, 5, 1], '1,3-5,7'],
  ];
  for (const [indexes, text] of rows) {
    assert.equal(formatIndexes(indexes), text);
    assert.deepEqual(
      [...parseIndexes(text, 100)],
      indexes.toSorted((a, b) => a - b),
    );
  }
  assert.deepEqual([...parseIndexes('x,2-1,98-200,-3', 100)], [98, 99]);
});

test('the back-off doubles with each failure since the last success, up to ten minutes', () => {
  const failed = (...times: number[]): Pod[] => times.map((at) => pod(`f${at}`, 'Failed', { endedAt: at }));
  // [pods, now in s, seconds to wait]
  const rows: [Pod[], number, number][] = [
    [[], 100, 0],
    [failed(100), 100, 10],
    [failed(100), 109, 1],
    [failed(100), 110, 0],
    [failed(90, 100), 100, 20],
    [failed(70, 80, 90, 100), 100, 80],
    [[...failed(90, 100), pod('ok', 'Succeeded', { endedAt: 95 })], 100, 10],
    [[...failed(90, 100), pod('ok', 'Succeeded', { endedAt: 105 })], 106, 0],
    [failed(...Array.from({ length: 12 }, (_, n) => n)), 11, 600],
  ];
  for (const [pods, now, wait] of rows) assert.equal(backoff(job(), pods, now * 1000) / 1000, wait);
});

test('a pod that ended goes from its finalizer to the list and from there to the counter, once', () => {
  const view = (status: object, pods: Pod[], released: string[] = []): unknown => {
    const { counters, counted } = tally(job({}, status), pods, new Set(released));
    const { succeeded, failed, uncountedTerminatedPods: list } = counters;
    return [succeeded, failed, list?.succeeded, list?.failed, counted.map(({ metadata }) => metadata.uid)];
  };
  assert.deepEqual(view({}, [pod('a', 'Succeeded'), pod('b', 'Running')]), [0, 0, ['a'], [], ['a']]);
  const listed = { succeeded: 3, uncountedTerminatedPods: { succeeded: ['a'] } };
  assert.deepEqual(view(listed, [pod('a', 'Succeeded')]), [3, 0, ['a'], [], ['a']]);
  assert.deepEqual(view(listed, [pod('a', 'Succeeded', { held: false })]), [4, 0, [], [], []]);
  assert.deepEqual(view(listed, []), [4, 0, [], [], []]);
  // The cache shows a finalizer that is off already.
  assert.deepEqual(view(listed, [pod('a', 'Succeeded')], ['a']), [4, 0, [], [], []]);
  assert.deepEqual(view({ succeeded: 4 }, [pod('a', 'Succeeded')], ['a']), [4, 0, [], [], []]);
  assert.deepEqual(view({}, [pod('a', 'Running', { leaving: true })]), [0, 0, [], ['a'], ['a']]);
});

test('of very many that ended at once, 500 are on the list, and all are known of', () => {
  const pods = Array.from({ length: 1300 }, (_each, i) => pod(`p${i}`, i < 900 ? 'Succeeded' : 'Failed'));
  const first = tally(job(), pods, new Set());
  assert.deepEqual([first.succeeded, first.failed, first.counted.length], [900, 400, 500]);
  assert.equal(first.counters.uncountedTerminatedPods!.succeeded!.length, 500);
  // Their finalizers have gone, the counters have come: the next ones.
  const left = pods.filter((each) => !first.counted.includes(each));
  const second = tally(job({}, first.counters), left, new Set());
  assert.deepEqual([second.counters.succeeded, second.succeeded, second.failed, second.counted.length], [500, 900, 400, 500]);
  assert.equal(second.counters.uncountedTerminatedPods!.failed!.length, 100);
});

test('the success policy ends a job by the indexes it names', () => {
  const spec = {
    completions: 5,
    completionMode: 'Indexed',
    successPolicy: {
      rules: [
        { succeededIndexes: '0', succeededCount: 1 },
        { succeededIndexes: '2-4', succeededCount: 2 },
      ],
    },
  };
  const verdict = (...done: number[]): string | undefined => {
    const wish = job(spec);
    const running = pod('r', 'Running', { index: 1 });
    const view = tally(wish, [running, ...done.map((index) => pod(`p${index}`, 'Succeeded', { index }))], new Set());
    return judgeJob(wish, view, 0)?.message;
  };
  assert.equal(verdict(1, 2), undefined);
  assert.equal(verdict(0), 'Matched rules at index 0');
  assert.equal(verdict(2, 4), 'Matched rules at index 1');
});
