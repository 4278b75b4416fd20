import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notNegative, required } from '../validation/causes.ts';

const TERMINAL = ['Failed', 'Complete', 'FailureTarget'];

/** Whether a job says of itself that this is so. */
export const jobCondition = (job: KubeObject, type: string): boolean =>
  ((job.status?.conditions ?? []) as { type: string; status: string }[]).some(
    (each) => each.type === type && each.status === 'True',
  );

/** What a job's controller may report: counters that only grow, an end that is whole and stays one. */
export function validateJobStatus(job: KubeObject, old: KubeObject): StatusCause[] {
  const { status = {} } = job;
  const [complete, failed] = [jobCondition(job, 'Complete'), jobCondition(job, 'Failed')];
  const finished = complete || failed;
  const causes = ['active', 'succeeded', 'failed', 'ready', 'terminating'].flatMap((field) =>
    notNegative(`status.${field}`, status[field]),
  );
  const add = (applies: boolean, cause: () => StatusCause): void => void (applies && causes.push(cause()));
  add(complete && failed, () => conditions('cannot set Complete=True and Failed=true conditions'));
  add(complete && jobCondition(job, 'FailureTarget'), () =>
    conditions('cannot set Complete=True and FailureTarget=true conditions'),
  );
  add(status.completionTime !== undefined && !complete, () =>
    invalid('status.completionTime', status.completionTime, 'cannot set completionTime when there is no Complete=True condition'),
  );
  add(status.completionTime === undefined && complete, () =>
    required('status.completionTime', 'completionTime is required for Complete jobs'),
  );
  add(finished && status.startTime === undefined, () => required('status.startTime', 'startTime is required for finished job'));
  add(finished && status.active > 0, () => invalid('status.active', status.active, 'active>0 is invalid for finished job'));
  add(Date.parse(status.completionTime) < Date.parse(status.startTime), () =>
    invalid('status.completionTime', status.completionTime, 'must be equal to or after `startTime`'),
  );
  for (const type of TERMINAL)
    add(jobCondition(old, type) && !jobCondition(job, type), () =>
      conditions(`cannot disable the terminal ${type}=True condition`),
    );
  for (const field of ['failed', 'succeeded'])
    add((status[field] ?? 0) < (old.status?.[field] ?? 0), () =>
      invalid(`status.${field}`, status[field] ?? 0, `cannot decrease the ${field} counter`),
    );
  return causes;
}

const conditions = (detail: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  field: 'status.conditions',
  message: `Invalid value: ${detail}`,
});
