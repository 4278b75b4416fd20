import { isActive, isFinished, isReady, type Pod } from '../core-types.ts';
import { judgeFailure } from './failure-policy.ts';
import { formatIndexes, parseIndexes } from './index-set.ts';
import { hasFailed, INDEX_FAILURES, indexOf, isIndexed, type Job, type JobStatus, TRACKING } from './job-types.ts';

/** What a job's pods say, each counted once. */
export interface Tally {
  readonly active: readonly Pod[];
  /** On their way out, and not ended. */
  readonly terminating: readonly Pod[];
  readonly ready: number;
  /** Pods that have ended, those that are not in the status' counters yet too. */
  readonly succeeded: number;
  readonly failed: number;
  readonly completedIndexes: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** Why the failure policy ends the job. */
  readonly policyFailure?: string;
  /** The counters as they are to be written before the finalizers of `counted` go. */
  readonly counters: Pick<JobStatus, 'succeeded' | 'failed' | 'completedIndexes' | 'failedIndexes' | 'uncountedTerminatedPods'>;
  /** Pods that are, or need not be, in the counters. */
  readonly counted: readonly Pod[];
}

/** Pods on the status' list of uncounted ones, at most (kubernetes job controller MaxUncountedPods): the others come after them. */
const MAX_UNCOUNTED = 500;

/** How often an index has failed, by the pod that tells most of it. */
export const failuresOf = (pod: Pod): number => {
  const text = pod.metadata.annotations?.[INDEX_FAILURES] ?? '0';
  return /^\d{1,9}$/.test(text) ? Number(text) + 1 : 1;
};

/**
 * Pure. A pod that has ended is first put on the status' list of uncounted ones, then loses its finalizer, and only then moves into a
 * counter: whatever is interrupted, it is neither lost nor counted twice (kubernetes job controller
 * trackJobStatusAndRemoveFinalizers). `released`: uids whose finalizer is gone although the cache may not show it.
 */
export function tally(job: Job, pods: readonly Pod[], released: ReadonlySet<string>): Tally {
  const limit = job.spec.completions ?? 0;
  const indexed = isIndexed(job);
  const { status = {} } = job;
  const held = pods.filter(({ metadata }) => metadata.finalizers?.includes(TRACKING) === true && !released.has(metadata.uid!));
  const heldIds = new Set(held.map(({ metadata }) => metadata.uid!));
  const listed = {
    succeeded: status.uncountedTerminatedPods?.succeeded ?? [],
    failed: status.uncountedTerminatedPods?.failed ?? [],
  };
  const waiting = {
    succeeded: listed.succeeded.filter((uid) => heldIds.has(uid)),
    failed: listed.failed.filter((uid) => heldIds.has(uid)),
  };
  const settled = {
    succeeded: listed.succeeded.length - waiting.succeeded.length,
    failed: listed.failed.length - waiting.failed.length,
  };
  const completed = parseIndexes(indexed ? status.completedIndexes : '', limit);
  const failedIndexes = parseIndexes(indexed ? status.failedIndexes : '', limit);
  const known = new Set([...listed.succeeded, ...listed.failed]);
  const counted = held.filter(({ metadata }) => known.has(metadata.uid!));
  /** Ended, and not on the list for want of room. */
  const beyond = { succeeded: 0, failed: 0 };
  const hasRoom = (): boolean => waiting.succeeded.length + waiting.failed.length < MAX_UNCOUNTED;
  let policyFailure: string | undefined;
  for (const pod of held) {
    const uid = pod.metadata.uid!;
    if (known.has(uid)) continue;
    const index = indexed ? indexOf(job, pod) : undefined;
    if (pod.status?.phase === 'Succeeded') {
      if (!indexed && !hasRoom()) {
        beyond.succeeded++;
        continue;
      }
      counted.push(pod);
      if (!indexed) waiting.succeeded.push(uid);
      else if (index !== undefined) completed.add(index);
    } else if (hasFailed(job, pod)) {
      const { action, message } = judgeFailure(job, pod);
      policyFailure ??= message;
      if (action !== 'Ignore' && !hasRoom()) {
        beyond.failed++;
        continue;
      }
      counted.push(pod);
      if (action === 'Ignore') continue;
      waiting.failed.push(uid);
      const perIndex = job.spec.backoffLimitPerIndex;
      if (index !== undefined && perIndex !== undefined && (action === 'FailIndex' || failuresOf(pod) > perIndex))
        failedIndexes.add(index);
    }
  }
  for (const index of completed) failedIndexes.delete(index);
  const active = pods.filter((pod) => isActive(pod));
  const counters = {
    succeeded: indexed ? completed.size : (status.succeeded ?? 0) + settled.succeeded,
    failed: (status.failed ?? 0) + settled.failed,
    ...(indexed ? { completedIndexes: formatIndexes(completed) } : {}),
    ...(indexed && job.spec.backoffLimitPerIndex !== undefined ? { failedIndexes: formatIndexes(failedIndexes) } : {}),
    uncountedTerminatedPods: waiting,
  };
  return {
    active,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isFinished(pod)),
    ready: active.filter((pod) => isReady(pod)).length,
    succeeded: counters.succeeded + waiting.succeeded.length + beyond.succeeded,
    failed: counters.failed + waiting.failed.length + beyond.failed,
    completedIndexes: completed,
    failedIndexes,
    ...(policyFailure === undefined ? {} : { policyFailure }),
    counters,
    counted,
  };
}
