import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import { isAlreadyExists, isForbiddenByTermination, isNotFound, unlessGone } from './api-errors.ts';
import type { CronJob, CronJobStatus, ObjectReference } from './cron/cron-job-types.ts';
import { type ScheduleView, viewSchedule } from './cron/missed-runs.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { ended, type Job } from './job/job-types.ts';
import { controllerOf, ownerReference } from './ownership/claims.ts';
import { CRON_JOBS, JOBS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** After the minute has begun, so that a clock that is a little early does not look in vain. */
const AFTER = 100;

/** Makes a job of every cron job's template whenever its schedule says so. */
export function cronJobController(): ControllerDefinition {
  return defineController({
    name: 'cron-job-controller',
    component: 'cronjob-controller',
    for: CRON_JOBS,
    owns: [JOBS],
    concurrency: 5,
    reconcile,
  });
}

async function reconcile(key: string, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { lister, clock } = context;
  const cronJob = lister<CronJob>(CRON_JOBS).byKey(key);
  if (cronJob === undefined) return;
  const jobs = lister<Job>(JOBS).controlledBy(cronJob.metadata.uid!);
  const status = await followJobs(cronJob, jobs, context);
  await removeHistory(cronJob, jobs, context);
  const start = cronJob.metadata.deletionTimestamp === undefined && cronJob.spec.suspend !== true;
  const view = start ? scheduleOf(cronJob, context) : undefined;
  const next = view?.due === undefined ? status : await startJob(cronJob, view.due, status, context);
  if (!sameJson({ active: [], ...cronJob.status }, { active: [], ...next }))
    await unlessGone(context.client.update(refTo(CRON_JOBS, cronJob, 'status'), { ...cronJob, status: next }));
  if (view?.next === undefined) return;
  return { requeueAfter: Math.max(0, view.next - clock.now()) + AFTER };
}

function scheduleOf(cronJob: CronJob, { clock, recorder }: ReconcileContext): ScheduleView | undefined {
  try {
    const view = viewSchedule(cronJob, clock.now());
    if (view.tooMany)
      recorder.event(
        cronJob,
        'Warning',
        'TooManyMissedTimes',
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      );
    return view;
  } catch (error) {
    // Validation has let it in once; a change of its schedule brings it back.
    const message = `unparseable schedule: ${JSON.stringify(cronJob.spec.schedule)} : ${errorText(error)}`;
    recorder.event(cronJob, 'Warning', 'UnparseableSchedule', message);
    return undefined;
  }
}

/** The jobs that run, as the status lists them, and what became of those that no longer do. */
async function followJobs(cronJob: CronJob, jobs: readonly Job[], context: ReconcileContext): Promise<CronJobStatus> {
  const { client, recorder } = context;
  let { lastSuccessfulTime } = cronJob.status ?? {};
  const active: ObjectReference[] = [];
  for (const reference of cronJob.status?.active ?? []) {
    // The cache may not show yet what was just made.
    const cached = jobs.find(({ metadata }) => metadata.uid === reference.uid);
    const job =
      cached ?? (await unlessGone(client.get<Job>({ ...JOBS, namespace: cronJob.metadata.namespace!, name: reference.name })));
    if (job === undefined || job.metadata.uid !== reference.uid) {
      recorder.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${reference.name}`);
      continue;
    }
    const end = ended(job);
    if (end === undefined) active.push(reference);
    else recorder.event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${reference.name}, condition: ${end.type}`);
  }
  for (const { status } of jobs)
    if (status?.completionTime !== undefined && status.completionTime > (lastSuccessfulTime ?? ''))
      lastSuccessfulTime = status.completionTime;
  return { ...cronJob.status, active, ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }) };
}

/** Deletes the oldest ended jobs beyond those that are kept. */
async function removeHistory(cronJob: CronJob, jobs: readonly Job[], context: ReconcileContext): Promise<void> {
  const { successfulJobsHistoryLimit: good, failedJobsHistoryLimit: bad } = cronJob.spec;
  for (const [type, kept] of [
    ['Complete', good],
    ['Failed', bad],
  ] as const) {
    if (kept === undefined) continue;
    const done = jobs.filter((job) => ended(job)?.type === type && job.metadata.deletionTimestamp === undefined);
    const surplus = done.toSorted((a, b) => startOf(a) - startOf(b)).slice(0, Math.max(0, done.length - kept));
    for (const { metadata } of surplus) await removeJob(cronJob, { name: metadata.name!, uid: metadata.uid! }, context);
  }
}

const startOf = ({ status, metadata }: Job): number => Date.parse(status?.startTime ?? metadata.creationTimestamp ?? '') || 0;

async function removeJob(
  cronJob: CronJob,
  { name, uid }: Pick<ObjectReference, 'name' | 'uid'>,
  { client, recorder }: ReconcileContext,
): Promise<void> {
  const ref = { ...JOBS, namespace: cronJob.metadata.namespace!, name };
  try {
    await client.delete(ref, { preconditions: { uid }, propagationPolicy: 'Background' });
    recorder.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function startJob(cronJob: CronJob, due: number, status: CronJobStatus, context: ReconcileContext): Promise<CronJobStatus> {
  const { client, clock, recorder } = context;
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  const active = status.active ?? [];
  if (startingDeadlineSeconds !== undefined && due + startingDeadlineSeconds * 1000 < clock.now()) {
    recorder.event(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${new Date(due).toUTCString()}`);
    return status;
  }
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    recorder.event(cronJob, 'Normal', 'JobAlreadyActive', message);
    return status;
  }
  const replaced = concurrencyPolicy === 'Replace' ? active : [];
  for (const { uid, name } of replaced) await removeJob(cronJob, { uid, name }, context);
  const made = jobOf(cronJob, due);
  const lastScheduleTime = rfc3339(due);
  const still = replaced.length > 0 ? [] : active;
  let job: Job;
  try {
    job = await client.create<Job>({ ...JOBS, namespace: cronJob.metadata.namespace! }, made);
    recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
  } catch (error) {
    if (isForbiddenByTermination(error)) return status;
    if (!isAlreadyExists(error)) {
      recorder.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${errorText(error)}`);
      throw error;
    }
    // Made before, by someone who was stopped before it was told in the status.
    job = await client.get<Job>(refTo(JOBS, made));
    if (controllerOf(job)?.uid !== cronJob.metadata.uid) throw error;
  }
  const { uid, resourceVersion, name, namespace } = job.metadata;
  const reference = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    namespace: namespace!,
    name: name!,
    uid: uid!,
    resourceVersion: resourceVersion!,
  };
  const runs = ended(job) === undefined && !still.some((one) => one.uid === uid) ? [...still, reference] : still;
  return { ...status, active: runs, lastScheduleTime };
}

/** Its name is the minute that it was due: a second one cannot be made for the same. */
function jobOf(cronJob: CronJob, due: number): Job {
  const { metadata = {}, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${cronJob.metadata.name}-${Math.floor(due / 60_000)}`,
      namespace: cronJob.metadata.namespace!,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': rfc3339(due) },
      ownerReferences: [ownerReference(cronJob)],
    },
    spec,
  };
}
