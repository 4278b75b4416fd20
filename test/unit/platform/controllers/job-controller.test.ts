import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { isActive, type Pod } from '../../../../lib/platform/controllers/core-types.ts';
import { jobController } from '../../../../lib/platform/controllers/job-controller.ts';
import type { Job } from '../../../../lib/platform/controllers/job/job-types.ts';
import { JOBS, PODS, refTo } from '../../../../lib/platform/controllers/resources.ts';
import { ttlAfterFinishedController } from '../../../../lib/platform/controllers/ttl-after-finished-controller.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const job = (spec: object): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'sum', namespace: 'shop' },
  spec: {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    podReplacementPolicy: 'TerminatingOrFailed',
    selector: { matchLabels: { 'job-name': 'sum' } },
    template: {
      metadata: { labels: { 'job-name': 'sum' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
    },
    ...spec,
  },
});

const start = (verbs?: FakeVerbs): ControllerRig => startControllers([jobController(), ttlAfterFinishedController()], verbs);
const pods = (rig: ControllerRig): Promise<Pod[]> => rig.list<Pod>(PODS, 'shop');
const active = async (rig: ControllerRig): Promise<Pod[]> => (await pods(rig)).filter(isActive);
const sum = async (rig: ControllerRig): Promise<Job> => (await rig.list<Job>(JOBS, 'shop'))[0]!;
const counts = async (rig: ControllerRig): Promise<number[]> => {
  const { active: running = 0, succeeded = 0, failed = 0 } = (await sum(rig)).status ?? {};
  return [running, succeeded, failed];
};
const isSaid = async (rig: ControllerRig): Promise<string[]> =>
  ((await sum(rig)).status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

async function end(
  rig: ControllerRig,
  pod: Pod,
  phase: 'Succeeded' | 'Failed',
  exitCode = phase === 'Failed' ? 1 : 0,
): Promise<void> {
  const finishedAt = new Date(rig.verbs.clock.now()).toISOString();
  await rig.setStatus(PODS, pod, { phase, containerStatuses: [{ name: 'c', state: { terminated: { exitCode, finishedAt } } }] });
}
const running = (rig: ControllerRig, count: number): Promise<Pod[]> =>
  eventually(async () => {
    const found = await active(rig);
    assert.equal(found.length, count);
    return found;
  });

test('runs as many pods at once as it may until as many have succeeded as it wants, and keeps them for their readers', async () => {
  await using rig = start();
  await rig.create(JOBS, job({ parallelism: 2, completions: 5 }));
  for (const left of [2, 2, 1]) for (const pod of await running(rig, left)) await end(rig, pod, 'Succeeded');
  await eventually(async () =>
    assert.deepEqual(await isSaid(rig), ['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached']),
  );
  const { status } = await sum(rig);
  assert.deepEqual(await counts(rig), [0, 5, 0]);
  assert.deepEqual(status!.uncountedTerminatedPods, { succeeded: [], failed: [] });
  assert.ok(status!.startTime !== undefined && status!.completionTime !== undefined);
  await eventually(async () => assert.ok((await pods(rig)).every(({ metadata }) => metadata.finalizers?.length === 0)));
  assert.equal((await pods(rig)).length, 5);
  await eventually(async () => assert.ok((await rig.events()).includes('Completed Job completed')));
});

test('a work queue is done when one pod says so and the others have ended', async () => {
  await using rig = start();
  await rig.create(JOBS, job({ parallelism: 3, completions: undefined }));
  const [first, ...others] = await running(rig, 3);
  await end(rig, first!, 'Succeeded');
  await eventually(async () => assert.deepEqual(await counts(rig), [2, 1, 0]));
  assert.deepEqual(await isSaid(rig), []);
  for (const pod of others) await end(rig, pod, 'Succeeded');
  await eventually(async () => assert.equal((await isSaid(rig)).at(-1), 'Complete=True CompletionsReached'));
});

test('a failed pod is replaced after 10 s, the next after 20 s, and too many failures end the job', async () => {
  await using rig = start();
  await rig.create(JOBS, job({ backoffLimit: 2 }));
  for (const wait of [10_000, 20_000]) {
    await end(rig, (await running(rig, 1))[0]!, 'Failed');
    await eventually(async () => assert.equal((await sum(rig)).status!.active, 0));
    await rig.verbs.clock.advance(wait - 1000);
    assert.equal((await active(rig)).length, 0);
    await rig.verbs.clock.advance(1000);
  }
  await end(rig, (await running(rig, 1))[0]!, 'Failed');
  await eventually(async () =>
    assert.deepEqual(await isSaid(rig), ['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']),
  );
  assert.deepEqual(await counts(rig), [0, 0, 3]);
  await eventually(async () =>
    assert.ok((await rig.events()).includes('BackoffLimitExceeded Job has reached the specified backoff limit')),
  );
});

test('ends what runs when the deadline has passed', async () => {
  await using rig = start();
  await rig.create(JOBS, job({ activeDeadlineSeconds: 30 }));
  await running(rig, 1);
  await rig.verbs.clock.advance(30_000);
  await eventually(async () => assert.equal((await isSaid(rig)).at(-1), 'Failed=True DeadlineExceeded'));
  assert.equal((await active(rig)).length, 0);
});

test('suspended it has no pods; resumed it begins anew', async () => {
  await using rig = start();
  await rig.create(JOBS, job({ parallelism: 2, completions: 2, suspend: true }));
  await eventually(async () => assert.deepEqual(await isSaid(rig), ['Suspended=True JobSuspended']));
  assert.deepEqual(await pods(rig), []);
  const suspend = (value: boolean): Promise<unknown> =>
    rig.verbs.patch(refTo(JOBS, job({})), 'application/merge-patch+json', { spec: { suspend: value } });
  await suspend(false);
  await running(rig, 2);
  await suspend(true);
  await running(rig, 0);
  await suspend(false);
  for (const pod of await running(rig, 2)) await end(rig, pod, 'Succeeded');
  await eventually(async () => assert.equal((await isSaid(rig)).at(-1), 'Complete=True CompletionsReached'));
});

test('indexed: each index by name, label, host name and variable; a failed one is made again', async () => {
  await using rig = start();
  await rig.create(JOBS, job({ parallelism: 3, completions: 3, completionMode: 'Indexed' }));
  const made = await running(rig, 3);
  assert.deepEqual(made.map(({ metadata }) => metadata.labels!['batch.kubernetes.io/job-completion-index']).toSorted(), [
    '0',
    '1',
    '2',
  ]);
  const [first, second, third] = made as [Pod, Pod, Pod];
  assert.match(second.metadata.name!, /^sum-1-/);
  assert.equal(second.spec.hostname, 'sum-1');
  assert.deepEqual((second.spec.containers[0] as { env?: unknown[] }).env, [
    {
      name: 'JOB_COMPLETION_INDEX',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } },
    },
  ]);
  await end(rig, first, 'Succeeded');
  await end(rig, second, 'Failed');
  await end(rig, third, 'Succeeded');
  await eventually(async () => assert.equal((await sum(rig)).status!.completedIndexes, '0,2'));
  await rig.verbs.clock.advance(10_000);
  const [again] = await running(rig, 1);
  assert.match(again!.metadata.name!, /^sum-1-/);
  await end(rig, again!, 'Succeeded');
  await eventually(async () => assert.equal((await isSaid(rig)).at(-1), 'Complete=True CompletionsReached'));
  assert.equal((await sum(rig)).status!.completedIndexes, '0-2');
});

test('indexed, with a limit for each index: one index fails, the others go on, and the job fails at their end', async () => {
  await using rig = start();
  await rig.create(
    JOBS,
    job({ parallelism: 2, completions: 2, completionMode: 'Indexed', backoffLimitPerIndex: 1, backoffLimit: 2147483647 }),
  );
  const [first, second] = (await running(rig, 2)) as [Pod, Pod];
  await end(rig, first, 'Failed');
  await rig.verbs.clock.advance(10_000);
  const again = (await running(rig, 2)).find(({ metadata }) => metadata.name!.startsWith('sum-0-'))!;
  assert.equal(again.metadata.annotations!['batch.kubernetes.io/job-index-failure-count'], '1');
  await end(rig, again, 'Failed');
  await eventually(async () => assert.equal((await sum(rig)).status!.failedIndexes, '0'));
  await end(rig, second, 'Succeeded');
  await eventually(async () => assert.equal((await isSaid(rig)).at(-1), 'Failed=True FailedIndexes'));
  assert.deepEqual(await counts(rig), [0, 1, 2]);
});

test('the failure policy ends the job for one exit code and overlooks a disruption', async () => {
  await using rig = start();
  const rules = [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
  ];
  await rig.create(JOBS, job({ backoffLimit: 0, podFailurePolicy: { rules }, podReplacementPolicy: 'Failed' }));
  const [first] = await running(rig, 1);
  await rig.setStatus(PODS, first!, { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] });
  await eventually(async () => assert.equal((await sum(rig)).status!.active, 0));
  await rig.verbs.clock.advance(10_000);
  await end(rig, (await running(rig, 1))[0]!, 'Failed', 42);
  await eventually(async () => assert.equal((await isSaid(rig)).at(-1), 'Failed=True PodFailurePolicy'));
  const said = (await sum(rig)).status!.conditions!.at(-1)!.message!;
  assert.match(said, /^Container c for pod shop\/sum-\d+ failed with exit code 42 matching FailJob rule at index 1$/);
});

test('goes some time after its end, if told so', async () => {
  await using rig = start();
  await rig.create(JOBS, job({ ttlSecondsAfterFinished: 60 }));
  await end(rig, (await running(rig, 1))[0]!, 'Succeeded');
  await eventually(async () => assert.equal((await isSaid(rig)).length, 2));
  await rig.verbs.clock.advance(59_000);
  assert.equal((await sum(rig)).metadata.deletionTimestamp, undefined);
  await rig.verbs.clock.advance(2_000);
  // The garbage collector, which is not here, ends what is deleted in the foreground.
  await eventually(async () => assert.notEqual((await sum(rig)).metadata.deletionTimestamp, undefined));
});

test('takes in pods that its selector is about, counts them, and lets go of one that it is about no longer', async () => {
  await using rig = start();
  await rig.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'orphan', namespace: 'shop', labels: { 'job-name': 'sum' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running' },
  });
  await rig.create(JOBS, job({}));
  const orphan = async (): Promise<Pod> => (await pods(rig)).find(({ metadata }) => metadata.name === 'orphan')!;
  await eventually(async () => assert.equal((await orphan()).metadata.ownerReferences?.[0]?.name, 'sum'));
  assert.deepEqual((await orphan()).metadata.finalizers, ['batch.kubernetes.io/job-tracking']);
  await eventually(async () => assert.deepEqual(await counts(rig), [1, 0, 0]));
  assert.equal((await pods(rig)).length, 1);
  // It is about somebody else's work now: another pod does the job's.
  const relabel = { metadata: { labels: { 'job-name': 'other' } } };
  await rig.verbs.patch(refTo(PODS, await orphan()), 'application/merge-patch+json', relabel);
  await eventually(async () => assert.equal((await active(rig)).length, 2));
  const { ownerReferences, finalizers } = (await orphan()).metadata;
  assert.deepEqual([ownerReferences, finalizers], [[], []]);
  const [own] = (await active(rig)).filter(({ metadata }) => metadata.name !== 'orphan');
  await end(rig, own!, 'Succeeded');
  await eventually(async () => assert.equal((await isSaid(rig)).at(-1), 'Complete=True CompletionsReached'));
});

test('pods of a job that is gone lose their finalizer', async () => {
  await using rig = start();
  await rig.create(JOBS, job({}));
  const [pod] = await running(rig, 1);
  assert.deepEqual(pod!.metadata.finalizers, ['batch.kubernetes.io/job-tracking']);
  await rig.verbs.delete(refTo(JOBS, job({})));
  await rig.verbs.delete(refTo(PODS, pod!));
  await eventually(async () => assert.deepEqual(await pods(rig), []));
});

test('a cache of pods that lags behind that of jobs makes no pod count twice', async () => {
  await using rig = start();
  rig.verbs.reject = (action, ref, object) => {
    // The finalizer goes, and the cache of pods does not show it.
    if (action === 'update' && ref.resource === 'pods' && object?.metadata.finalizers?.length === 0)
      rig.verbs.pauseWatches('pods');
    return undefined;
  };
  await rig.create(JOBS, job({ completions: 2 }));
  await end(rig, (await running(rig, 1))[0]!, 'Succeeded');
  const patch = (turn: number): Promise<unknown> =>
    rig.verbs.patch(refTo(JOBS, job({})), 'application/merge-patch+json', { metadata: { annotations: { turn: String(turn) } } });
  let turn = 0;
  const uncounted = async (): Promise<unknown> => (await sum(rig)).status!.uncountedTerminatedPods;
  await eventually(async () => {
    await patch(turn++);
    assert.deepEqual([await counts(rig), await uncounted()], [[1, 1, 0], { succeeded: [], failed: [] }]);
  });
  for (let n = 0; n < 5; n++) {
    await patch(turn++);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual([(await counts(rig))[1], await uncounted()], [1, { succeeded: [], failed: [] }]);
  rig.verbs.reject = () => undefined;
  rig.verbs.resumeWatches();
  await end(rig, (await running(rig, 1))[0]!, 'Succeeded');
  await eventually(async () => assert.equal((await isSaid(rig)).at(-1), 'Complete=True CompletionsReached'));
  assert.deepEqual(await counts(rig), [0, 2, 0]);
});

test('whatever is cut off or stale, every pod is counted once', async () => {
  const verbs = new FakeVerbs();
  let rig = start(verbs);
  await rig.create(JOBS, job({ parallelism: 4, completions: 30, backoffLimit: 1000 }));
  let ended = 0;
  for (let turn = 0; turn < 400 && ended < 45; turn++) {
    if (turn % 7 === 3) verbs.pauseWatches();
    if (turn % 7 === 5) verbs.resumeWatches();
    if (turn % 23 === 20) {
      verbs.resumeWatches();
      await rig[Symbol.asyncDispose]();
      rig = start(verbs);
    }
    const [pod] = await active(rig);
    if (pod !== undefined) await end(rig, pod, ended++ % 3 === 2 ? 'Failed' : 'Succeeded');
    await verbs.clock.advance(30_000);
    for (let n = 0; n < turn % 4; n++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok((await active(rig)).length <= 4);
  }
  verbs.resumeWatches();
  await eventually(async () => {
    await verbs.clock.advance(30_000);
    for (const pod of await active(rig)) await end(rig, pod, 'Succeeded');
    assert.equal((await isSaid(rig)).at(-1), 'Complete=True CompletionsReached');
  });
  const phases = (await pods(rig)).map(({ status }) => status!.phase);
  assert.deepEqual(await counts(rig), [
    0,
    phases.filter((phase) => phase === 'Succeeded').length,
    phases.filter((phase) => phase === 'Failed').length,
  ]);
  assert.equal((await counts(rig))[1], 30);
  await rig[Symbol.asyncDispose]();
});
