import { isNotFound, unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController } from './define-controller.ts';
import { ended, type Job } from './job/job-types.ts';
import { JOBS, refTo } from './resources.ts';

/** Deletes jobs `spec.ttlSecondsAfterFinished` seconds after their end, and their pods with them. */
export function ttlAfterFinishedController(): ControllerDefinition {
  return defineController({
    name: 'ttl-after-finished-controller',
    for: JOBS,
    concurrency: 5,
    async reconcile(key, { client, clock, lister }) {
      const job = lister<Job>(JOBS).byKey(key);
      const wait = job && untilExpiry(job, clock.now());
      if (wait === undefined) return {};
      if (wait > 0) return { requeueAfter: wait };
      // The cache may not have seen yet that the job is to live longer.
      const live = await unlessGone(client.get<Job>(refTo(JOBS, job!)));
      if (live === undefined || !((untilExpiry(live, clock.now()) ?? 1) <= 0)) return {};
      const { uid, resourceVersion } = live.metadata;
      const preconditions = { uid: uid!, resourceVersion: resourceVersion! };
      try {
        await client.delete(refTo(JOBS, live), { preconditions, propagationPolicy: 'Foreground' });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      return {};
    },
  });
}

/** ms; undefined for a job that is not over, that is kept, or that goes already. */
function untilExpiry(job: Job, now: number): number | undefined {
  const end = ended(job)?.lastTransitionTime;
  const seconds = job.spec.ttlSecondsAfterFinished;
  if (end === undefined || seconds === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  return Date.parse(end) + seconds * 1000 - now;
}
