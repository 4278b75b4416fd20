import { conditionOf, isFinished, type Pod } from '../core-types.ts';
import { inDeletionOrder } from '../replicas/pod-ranking.ts';
import { hasFailed, indexOf, isIndexed, type Job } from './job-types.ts';
import type { Tally } from './tally.ts';

/** What is to be done about a job's pods. */
export interface JobPlan {
  readonly remove: readonly Pod[];
  /** How many to make, of a job without indexes. */
  readonly create: number;
  /** The index of each pod to make, of one with indexes. */
  readonly indexes: readonly number[];
  /** Pods are missing, but not before that many ms. */
  readonly wait?: number;
}

/** As many as Kubernetes makes in one go. */
const BURST = 500;
const BACKOFF = 10_000;
const MAX_BACKOFF = 600_000;
const NOTHING: JobPlan = { remove: [], create: 0, indexes: [] };

/** Pure (kubernetes job controller manageJob). `pods`: all of the job's. */
export function planJob(job: Job, view: Tally, pods: readonly Pod[], now: number): JobPlan {
  const { spec } = job;
  if (spec.suspend === true) return { ...NOTHING, remove: view.active };
  const stray = isIndexed(job) ? strayPods(job, view) : [];
  const active = view.active.filter((pod) => !stray.includes(pod));
  const wanted = wantedActive(job, view, active.length);
  if (active.length > wanted)
    return { ...NOTHING, remove: [...stray, ...inDeletionOrder(active).slice(0, active.length - wanted)] };
  const leaving = spec.podReplacementPolicy === 'Failed' ? view.terminating : [];
  const missing = Math.min(BURST, wanted - active.length - leaving.length);
  if (missing <= 0) return { ...NOTHING, remove: stray };
  const wait = backoff(job, pods, now);
  if (wait > 0) return { ...NOTHING, remove: stray, wait };
  if (!isIndexed(job)) return { ...NOTHING, create: missing };
  return { ...NOTHING, remove: stray, indexes: freeIndexes(job, view, [...active, ...leaving], missing) };
}

function wantedActive({ spec }: Job, view: Tally, active: number): number {
  const parallelism = spec.parallelism ?? 1;
  // A work queue: once one pod has said that it is empty, nobody new is needed.
  if (spec.completions === undefined) return view.succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, spec.completions - view.succeeded - view.failedIndexes.size));
}

/** Pods whose index another one has, or is done with, or is none. */
function strayPods(job: Job, { active, completedIndexes, failedIndexes }: Tally): Pod[] {
  const seen = new Set([...completedIndexes, ...failedIndexes]);
  return active.toReversed().filter((pod) => {
    const index = indexOf(job, pod);
    if (index === undefined || seen.has(index)) return true;
    seen.add(index);
    return false;
  });
}

function freeIndexes(job: Job, view: Tally, taken: readonly Pod[], count: number): number[] {
  const used = new Set([...view.completedIndexes, ...view.failedIndexes, ...taken.map((pod) => indexOf(job, pod))]);
  const free: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < count; index++) if (!used.has(index)) free.push(index);
  return free;
}

/** 10 s after a failure, doubled with each further one since the last success, 10 minutes at most. */
export function backoff(job: Job, pods: readonly Pod[], now: number): number {
  const since = Math.max(0, ...pods.filter((pod) => pod.status?.phase === 'Succeeded').map(endedAt));
  const failures = pods
    .filter((pod) => hasFailed(job, pod))
    .map(endedAt)
    .filter((at) => at > since);
  if (failures.length === 0) return 0;
  const delay = Math.min(MAX_BACKOFF, BACKOFF * 2 ** (failures.length - 1));
  return Math.max(0, Math.max(...failures) + delay - now);
}

/** When a pod ended, in ms since the epoch, by whoever tells. */
function endedAt(pod: Pod): number {
  const { metadata, status } = pod;
  const ends = (status?.containerStatuses ?? []).flatMap(({ state }) => Date.parse(state?.terminated?.finishedAt ?? '') || []);
  if (isFinished(pod) && ends.length > 0) return Math.max(...ends);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp = '' } = metadata;
  if (deletionTimestamp !== undefined) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  const ready = conditionOf(status?.conditions, 'Ready');
  return Date.parse((ready?.status === 'False' ? ready.lastTransitionTime : undefined) ?? creationTimestamp) || 0;
}
