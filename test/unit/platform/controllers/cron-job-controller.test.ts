import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { cronJobController } from '../../../../lib/platform/controllers/cron-job-controller.ts';
import type { CronJob } from '../../../../lib/platform/controllers/cron/cron-job-types.ts';
import { viewSchedule } from '../../../../lib/platform/controllers/cron/missed-runs.ts';
import type { Job } from '../../../../lib/platform/controllers/job/job-types.ts';
import { CRON_JOBS, JOBS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const cronJob = (spec: object, status: object = {}): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'tidy', namespace: 'shop', creationTimestamp: '2020-01-01T00:00:00Z' },
  spec: {
    schedule: '*/5 * * * *',
    concurrencyPolicy: 'Allow',
    successfulJobsHistoryLimit: 2,
    failedJobsHistoryLimit: 1,
    jobTemplate: { metadata: { labels: { part: 'cron' } }, spec: { template: { spec: { containers: [] } } } },
    ...spec,
  },
  status,
});
const at = (text: string): number => Date.parse(`2020-${text}Z`);
const MINUTE = 60_000;

test('what is due, and what comes next', () => {
  const view = (spec: object, status: object, now: string): unknown => {
    const { due, next, tooMany } = viewSchedule(cronJob(spec, status), at(now));
    const text = (time: number | undefined): string | undefined =>
      time === undefined ? undefined : new Date(time).toISOString().slice(5, 16);
    return [text(due), text(next), tooMany];
  };
  assert.deepEqual(view({}, {}, '01-01T00:03:00'), [undefined, '01-01T00:05', false]);
  assert.deepEqual(view({}, {}, '01-01T00:05:00'), ['01-01T00:05', '01-01T00:10', false]);
  assert.deepEqual(view({}, { lastScheduleTime: '2020-01-01T00:05:00Z' }, '01-01T00:09:59'), [undefined, '01-01T00:10', false]);
  // Only the latest of those that were missed is run; weeks of them are found at once, and told.
  assert.deepEqual(view({}, {}, '01-01T00:23:00'), ['01-01T00:20', '01-01T00:25', false]);
  assert.deepEqual(view({ schedule: '* * * * *' }, {}, '06-01T12:00:30'), ['06-01T12:00', '06-01T12:01', true]);
  assert.deepEqual(view({ startingDeadlineSeconds: 60 }, {}, '01-01T00:23:00'), [undefined, '01-01T00:25', false]);
  assert.deepEqual(view({ schedule: '0 3 * * *', timeZone: 'Asia/Tokyo' }, {}, '01-01T19:00:00'), [
    '01-01T18:00',
    '01-02T18:00',
    false,
  ]);
  assert.deepEqual(view({ schedule: '@every 90m' }, {}, '01-01T04:00:00'), ['01-01T03:00', '01-01T04:30', false]);
  assert.deepEqual(view({ schedule: '0 0 30 2 *' }, {}, '01-01T04:00:00'), [undefined, undefined, false]);
});

const jobs = (rig: ControllerRig): Promise<Job[]> => rig.list<Job>(JOBS, 'shop');
const made = (rig: ControllerRig, spec: object): Promise<KubeObject> => {
  const { status: _status, ...object } = cronJob(spec);
  return rig.create(CRON_JOBS, object);
};
const status = async (rig: ControllerRig): Promise<NonNullable<CronJob['status']>> =>
  (await rig.list<CronJob>(CRON_JOBS, 'shop'))[0]!.status ?? {};

/** Lets time pass until there are so many jobs. */
async function pass(rig: ControllerRig, ms: number, count: number): Promise<Job[]> {
  await eventually(() => assert.ok(rig.verbs.clock.sleeping > 0));
  await rig.verbs.clock.advance(ms);
  return eventually(async () => {
    const found = await jobs(rig);
    assert.equal(found.length, count);
    return found;
  });
}
const finish = (rig: ControllerRig, job: Job, type: 'Complete' | 'Failed'): Promise<KubeObject> => {
  const time = new Date(rig.verbs.clock.now()).toISOString();
  return rig.setStatus(JOBS, job, { startTime: time, completionTime: time, conditions: [{ type, status: 'True' }] });
};

test('makes a job at its time, named for it, and remembers the last', async () => {
  await using rig = startControllers([cronJobController()]);
  const owner = await made(rig, {});
  const [job] = await pass(rig, 5 * MINUTE + 200, 1);
  assert.equal(job!.metadata.name, `tidy-${at('01-01T00:05:00') / MINUTE}`);
  assert.deepEqual(job!.metadata.labels, { part: 'cron' });
  assert.equal(job!.metadata.annotations!['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2020-01-01T00:05:00Z');
  assert.equal(job!.metadata.ownerReferences![0]!.uid, owner.metadata.uid);
  await eventually(async () => {
    const { active, lastScheduleTime } = await status(rig);
    assert.deepEqual([active?.map(({ uid }) => uid), lastScheduleTime], [[job!.metadata.uid], '2020-01-01T00:05:00Z']);
  });
  await finish(rig, job!, 'Complete');
  await eventually(async () => {
    const { active, lastSuccessfulTime } = await status(rig);
    assert.deepEqual(active, []);
    assert.ok(lastSuccessfulTime !== undefined);
  });
  const name = job!.metadata.name!;
  await eventually(async () =>
    assert.deepEqual(await rig.events(), [
      `SuccessfulCreate Created job ${name}`,
      `SawCompletedJob Saw completed job: ${name}, condition: Complete`,
    ]),
  );
});

test('keeps as many ended jobs as it is told, the newest', async () => {
  await using rig = startControllers([cronJobController()]);
  await made(rig, {});
  for (let n = 1; n <= 4; n++) {
    const found = await pass(rig, 5 * MINUTE + 200, Math.min(n, 3));
    await finish(rig, found.at(-1)!, 'Complete');
    await eventually(async () => assert.ok((await jobs(rig)).length <= 2));
  }
  assert.deepEqual(
    (await jobs(rig)).map(({ metadata }) => Number(metadata.name!.slice(5)) * MINUTE),
    [at('01-01T00:15:00'), at('01-01T00:20:00')],
  );
});

test('Forbid waits for the one that runs, Replace ends it, Allow has both', async () => {
  for (const [concurrencyPolicy, count] of [
    ['Forbid', 1],
    ['Replace', 1],
    ['Allow', 2],
  ] as const) {
    await using rig = startControllers([cronJobController()]);
    await made(rig, { concurrencyPolicy });
    const [first] = await pass(rig, 5 * MINUTE + 200, 1);
    await eventually(async () => assert.equal((await status(rig)).active?.length, 1));
    await rig.verbs.clock.advance(5 * MINUTE);
    await eventually(async () =>
      assert.ok(
        (await rig.events()).some((event) =>
          event.startsWith(
            concurrencyPolicy === 'Forbid'
              ? 'JobAlreadyActive'
              : `SuccessfulCreate Created job tidy-${at('01-01T00:10:00') / MINUTE}`,
          ),
        ),
      ),
    );
    const found = await jobs(rig);
    assert.equal(found.length, count, concurrencyPolicy);
    assert.equal(found[0]!.metadata.uid === first!.metadata.uid, concurrencyPolicy !== 'Replace');
    await eventually(async () => assert.equal((await status(rig)).active?.length, count));
  }
});

test('suspended it makes nothing; what was made but not told is not made again', async () => {
  await using rig = startControllers([cronJobController()]);
  const owner = await made(rig, { suspend: true });
  await rig.verbs.clock.advance(20 * MINUTE);
  assert.deepEqual(await jobs(rig), []);
  const name = `tidy-${at('01-01T00:20:00') / MINUTE}`;
  const controller = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'tidy', uid: owner.metadata.uid!, controller: true };
  await rig.create(JOBS, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'shop', ownerReferences: [controller] },
    spec: {},
  });
  await rig.verbs.patch({ ...CRON_JOBS, namespace: 'shop', name: 'tidy' }, 'application/merge-patch+json', {
    spec: { suspend: false },
  });
  await eventually(async () =>
    assert.deepEqual(
      (await status(rig)).active?.map((one) => one.name),
      [name],
    ),
  );
  assert.equal((await jobs(rig)).length, 1);
});
