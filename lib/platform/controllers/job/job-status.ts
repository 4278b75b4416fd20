import { rfc3339 } from '../../../common/clock.ts';
import { withCondition } from '../conditions.ts';
import type { Condition } from '../core-types.ts';
import type { Job, JobStatus } from './job-types.ts';
import type { Tally } from './tally.ts';
import type { Verdict } from './verdict.ts';

/** A change that is worth an event. */
export type JobNews = 'Suspended' | 'Resumed' | 'Completed' | 'Failed';

export interface NextStatus {
  readonly status: JobStatus;
  readonly news?: JobNews;
}

/** Pure. The verdict becomes final once no pod of the job is left running and all are in the counters. */
export function nextStatus(job: Job, view: Tally, verdict: Verdict | undefined, now: number): NextStatus {
  const stamp = rfc3339(now);
  const { status: known = {}, spec } = job;
  const { uncountedTerminatedPods: uncounted = {} } = view.counters;
  let conditions: readonly Condition[] = known.conditions ?? [];
  let news: JobNews | undefined;
  let { startTime, completionTime } = known;
  const say = (type: string, status: 'True' | 'False', reason: string, message: string): void => {
    const next = withCondition(conditions, { type, status, reason, message }, stamp);
    conditions = next.map((one) =>
      one.type === type && one.lastProbeTime === undefined ? { ...one, lastProbeTime: stamp } : one,
    );
  };
  const isSaid = (type: string): string | undefined => conditions.find((one) => one.type === type)?.status;
  if (spec.suspend !== true) startTime ??= stamp;
  if (verdict !== undefined) {
    const { succeeded, reason, message } = verdict;
    const target = succeeded ? 'SuccessCriteriaMet' : 'FailureTarget';
    if (isSaid(target) !== 'True') say(target, 'True', reason, message);
    startTime ??= stamp;
    const pending =
      view.active.length + view.terminating.length + (uncounted.failed?.length ?? 0) + (uncounted.succeeded?.length ?? 0);
    if (pending === 0) {
      say(succeeded ? 'Complete' : 'Failed', 'True', reason, message);
      if (succeeded) completionTime = stamp;
      news = succeeded ? 'Completed' : 'Failed';
    }
  } else if (spec.suspend === true && isSaid('Suspended') !== 'True') {
    say('Suspended', 'True', 'JobSuspended', 'Job suspended');
    news = 'Suspended';
  } else if (spec.suspend !== true && isSaid('Suspended') === 'True') {
    say('Suspended', 'False', 'JobResumed', 'Job resumed');
    // Its time limit starts anew.
    startTime = stamp;
    news = 'Resumed';
  }
  const status: JobStatus = {
    ...view.counters,
    active: view.active.length,
    ready: view.ready,
    terminating: view.terminating.length,
    ...(conditions.length === 0 ? {} : { conditions: [...conditions] }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
  };
  return news === undefined ? { status } : { status, news };
}
