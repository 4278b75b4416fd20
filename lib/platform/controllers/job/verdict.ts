import { parseIndexes } from './index-set.ts';
import { isIndexed, type Job, trueCondition } from './job-types.ts';
import type { Tally } from './tally.ts';

/** How a job ends, as the reason and message of its condition. */
export interface Verdict {
  readonly succeeded: boolean;
  readonly reason: string;
  readonly message: string;
}

const failed = (reason: string, message: string): Verdict => ({ succeeded: false, reason, message });

/** Whether the job is at its end, although pods of it may still run. What was said once stays said. */
export function judgeJob(job: Job, view: Tally, now: number): Verdict | undefined {
  const said = trueCondition(job, 'FailureTarget', 'SuccessCriteriaMet');
  if (said !== undefined)
    return { succeeded: said.type === 'SuccessCriteriaMet', reason: said.reason ?? '', message: said.message ?? '' };
  return failure(job, view, now) ?? success(job, view);
}

function failure(job: Job, view: Tally, now: number): Verdict | undefined {
  const { spec } = job;
  if (view.policyFailure !== undefined) return failed('PodFailurePolicy', view.policyFailure);
  if (view.failed > (spec.backoffLimit ?? 6) || restartsExceeded(job, view))
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (deadlineAt(job) <= now) return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (!isIndexed(job) || spec.backoffLimitPerIndex === undefined) return undefined;
  if (spec.maxFailedIndexes !== undefined && view.failedIndexes.size > spec.maxFailedIndexes)
    return failed('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  const done = view.failedIndexes.size + view.completedIndexes.size >= (spec.completions ?? 0);
  return done && view.failedIndexes.size > 0 && view.active.length === 0
    ? failed('FailedIndexes', 'Job has failed indexes')
    : undefined;
}

/** When the job runs out of time, in ms since the epoch; Infinity without a deadline and while it is suspended. */
export function deadlineAt({ spec, status }: Job): number {
  if (spec.activeDeadlineSeconds === undefined || status?.startTime === undefined || spec.suspend === true) return Infinity;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000;
}

/** Containers that are started again in their pod fail no pod: their restarts count instead. */
function restartsExceeded({ spec }: Job, { active }: Tally): boolean {
  if (spec.template.spec['restartPolicy'] !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of active)
    for (const { restartCount = 0 } of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
      restarts += restartCount;
  const limit = spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function success(job: Job, view: Tally): Verdict | undefined {
  const { completions, successPolicy } = job.spec;
  const rule = (successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const among = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, completions ?? 0);
    const met = [...view.completedIndexes].filter((index) => among?.has(index) !== false).length;
    return met >= (succeededCount ?? among?.size ?? Infinity);
  });
  if (rule !== -1) return { succeeded: true, reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` };
  const done = completions === undefined ? view.succeeded > 0 : view.succeeded >= completions;
  return done && view.active.length === 0
    ? { succeeded: true, reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
    : undefined;
}
