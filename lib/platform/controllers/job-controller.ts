import type { KubeObject } from '../api/meta.ts';
import { keyOf } from '../client/object-store.ts';
import { unlessGone } from './api-errors.ts';
import type { Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { indexedPod, jobPod } from './job/job-pods.ts';
import { planJob } from './job/job-plan.ts';
import { nextStatus } from './job/job-status.ts';
import { ended, type Job, type JobStatus, TRACKING } from './job/job-types.ts';
import { type Tally, tally } from './job/tally.ts';
import { deadlineAt, judgeJob } from './job/verdict.ts';
import { selects } from './label-selector.ts';
import { carryOutClaims, controllerOf, planClaims } from './ownership/claims.ts';
import { PodControl } from './replicas/pod-control.ts';
import { PodLedger } from './replicas/pod-ledger.ts';
import { JOBS, PODS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Jobs that name another controller are that one's. */
const CONTROLLER = 'kubernetes.io/job-controller';

/** Runs the pods of every job until as many as it wants have succeeded, or too many have failed. */
export function jobController(): ControllerDefinition {
  const ledger = new PodLedger();
  /** Uids of pods whose finalizer has been taken off, until the cache shows it. */
  const released = new Map<string, Set<string>>();
  return defineController({
    name: 'job-controller',
    for: JOBS,
    watches: [
      { of: PODS, map: (pod, { lister }) => jobKey(pod) ?? takersOf(pod, lister<Job>(JOBS).list(pod.metadata.namespace)) },
    ],
    concurrency: 5,
    async reconcile(key, context) {
      const marks = released.get(key) ?? new Set();
      released.set(key, marks);
      const result = await reconcile(key, { ledger, released: marks, context });
      if (marks.size === 0) released.delete(key);
      return result;
    },
  });
}

/** Also of a pod whose job is gone: its finalizer is still to go. */
function jobKey(pod: KubeObject): string[] | undefined {
  const owner = controllerOf(pod);
  return owner?.kind === 'Job' && owner.apiVersion.startsWith('batch/') ? [`${pod.metadata.namespace}/${owner.name}`] : undefined;
}

/** A pod without a controller may be one that a job takes in. */
const takersOf = (pod: KubeObject, jobs: readonly Job[]): string[] =>
  controllerOf(pod) === undefined ? jobs.filter((job) => selectsPod(job, pod)).map(keyOf) : [];

const selectsPod = ({ spec }: Job, { metadata }: KubeObject): boolean => selects(spec.selector, metadata.labels);

interface Work {
  readonly ledger: PodLedger;
  readonly released: Set<string>;
  readonly context: ReconcileContext;
}

async function reconcile(key: string, work: Work): Promise<ReconcileResult | void> {
  const { ledger, released, context } = work;
  const { lister, client, clock } = context;
  const job = lister<Job>(JOBS).byKey(key);
  const namespace = key.slice(0, key.indexOf('/'));
  const pods = await ledger.observe(key, namespace, lister<Pod>(PODS).list(namespace), client);
  const named = pods.filter((pod) => jobKey(pod)?.[0] === key);
  forgetShown(released, named);
  const mine = named.filter((pod) => controllerOf(pod)!.uid === job?.metadata.uid);
  await release(
    named.filter((pod) => controllerOf(pod)!.uid !== job?.metadata.uid),
    work,
  );
  if (job === undefined) ledger.forget(key);
  if (job === undefined || (job.spec.managedBy ?? CONTROLLER) !== CONTROLLER) return;
  if (job.metadata.deletionTimestamp !== undefined || ended(job) !== undefined) return release(mine, work);
  const claims = planClaims(job, (pod) => selectsPod(job, pod), pods);
  await carryOutClaims(job, JOBS, claims, PODS, context, TRACKING);
  // Their finalizers are in no cache yet: the event of the adoption brings the job back.
  if (claims.adopt.length > 0) return;
  const now = clock.now();
  const view = tally(job, claims.owned, released);
  const verdict = judgeJob(job, view, now);
  const { status, news } = nextStatus(job, view, verdict, now);
  await writeStatus(job, status, context);
  await release(view.counted, work);
  tell(job, news, verdict, context);
  if (verdict !== undefined) {
    const error = await new PodControl(job, key, ledger, context).remove(view.active);
    if (error !== undefined) throw error;
    return;
  }
  const waits = [deadlineAt({ ...job, status }) - now];
  waits.push((await managePods(key, { ...job, status }, view, claims.owned, ledger, context)) ?? Infinity);
  const wait = Math.min(...waits);
  return wait === Infinity ? {} : { requeueAfter: Math.max(0, wait) };
}

/** How long, in ms, until more pods may be made. */
async function managePods(
  key: string,
  job: Job,
  view: Tally,
  pods: readonly Pod[],
  ledger: PodLedger,
  context: ReconcileContext,
): Promise<number | undefined> {
  const plan = planJob(job, view, pods, context.clock.now());
  const control = new PodControl(job, key, ledger, context);
  const made = [
    ...Array.from({ length: plan.create }, () => jobPod(job)),
    ...plan.indexes.map((index) => indexedPod(job, index, pods)),
  ];
  const error = (await control.remove(plan.remove)) ?? (await control.create(made));
  if (error !== undefined) throw error;
  return plan.wait;
}

function forgetShown(released: Set<string>, pods: readonly Pod[]): void {
  const held = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid!));
  for (const uid of released) if (!held.has(uid)) released.delete(uid);
}

const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(TRACKING) === true;

/** Finalizers that are taken off at a look: each brings the job back for more, after those of others. */
const RELEASED_AT_A_LOOK = 100;

/** Takes the finalizer off; the pods stay for their readers, or go if they were to go. */
async function release(pods: readonly Pod[], { ledger, released, context }: Work): Promise<void> {
  const { client, clock, signal } = context;
  const tracked = pods.filter((pod) => isTracked(pod) && !released.has(pod.metadata.uid!));
  // Those that wait for nothing else first.
  const [leaving = [], staying = []] = [true, false].map((is) =>
    tracked.filter(({ metadata }) => (metadata.deletionTimestamp !== undefined) === is),
  );
  const held = [...leaving, ...staying].slice(0, RELEASED_AT_A_LOOK);
  await Promise.all(
    held.map(async (pod) => {
      await ledger.pace.turn(clock, signal);
      const { uid, resourceVersion } = pod.metadata;
      const finalizers = pod.metadata.finalizers!.filter((name) => name !== TRACKING);
      const body = { metadata: { uid, resourceVersion, finalizers } };
      await unlessGone(client.patch(refTo(PODS, pod), 'application/merge-patch+json', body));
      released.add(uid!);
    }),
  );
}

async function writeStatus(job: Job, status: JobStatus, { client }: ReconcileContext): Promise<void> {
  if (sameStatus(job.status, status)) return;
  await client.update(refTo(JOBS, job, 'status'), { ...job, status });
}

/** What is not there is nothing or none (Go leaves zeroes out). */
function sameStatus(known: JobStatus | undefined, next: JobStatus): boolean {
  const { uncountedTerminatedPods: uncounted, ...rest } = known ?? {};
  const zeroes = { active: 0, ready: 0, terminating: 0, succeeded: 0, failed: 0 };
  const indexes = 'completedIndexes' in next ? { completedIndexes: '' } : {};
  const failed = 'failedIndexes' in next ? { failedIndexes: '' } : {};
  const lists = { succeeded: uncounted?.succeeded ?? [], failed: uncounted?.failed ?? [] };
  return sameJson({ ...zeroes, ...indexes, ...failed, ...rest, uncountedTerminatedPods: lists }, next);
}

function tell(
  job: Job,
  news: ReturnType<typeof nextStatus>['news'],
  verdict: ReturnType<typeof judgeJob>,
  { recorder }: ReconcileContext,
): void {
  if (news === undefined) return;
  if (news === 'Failed') recorder.event(job, 'Warning', verdict!.reason, verdict!.message);
  else recorder.event(job, 'Normal', news, `Job ${news.toLowerCase()}`);
}
