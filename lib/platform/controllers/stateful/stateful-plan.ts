import { isFinished, isReady, type Pod } from '../core-types.ts';
import { scaledValue } from '../int-or-percent.ts';
import { availableAt } from '../replicas/replica-status.ts';
import { REVISION_HASH } from '../revisions/revision-history.ts';
import { ordinalOf } from './stateful-pods.ts';
import { ordinalsOf, type StatefulSet, type StatefulSetStatus } from './stateful-types.ts';

/** What a stateful set's controller sees. `pods`: its own. Revisions are named by their objects. */
export interface StatefulView {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly now: number;
}

export interface StatefulPlan {
  /** Ordinals that are to get a pod, and of which revision. */
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  readonly remove: readonly Pod[];
}

const NOTHING: StatefulPlan = { create: [], remove: [] };

const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;
const revisionOf = ({ metadata }: Pod): string => metadata.labels?.[REVISION_HASH] ?? '';
const isParallel = ({ spec }: StatefulSet): boolean => spec.podManagementPolicy === 'Parallel';

const isAvailable = ({ set, now }: StatefulView, pod: Pod): boolean =>
  !isLeaving(pod) && (availableAt(pod, set.spec.minReadySeconds ?? 0) ?? Infinity) <= now;

/**
 * Pure. One step at a time, in order, and each only when all before it are well; of a parallel set as many as there are to be
 * made or deleted (kubernetes stateful_set_control.go updateStatefulSet).
 */
export function planStateful(view: StatefulView): StatefulPlan {
  const { set, pods } = view;
  if (set.metadata.deletionTimestamp !== undefined) return NOTHING;
  const { start, end } = ordinalsOf(set);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod)!, pod]));
  const condemned = pods
    .filter((pod) => ordinalOf(set, pod)! < start || ordinalOf(set, pod)! >= end)
    .toSorted((a, b) => ordinalOf(set, b)! - ordinalOf(set, a)!);
  const create: { ordinal: number; revision: string }[] = [];
  const remove: Pod[] = [];
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) create.push({ ordinal, revision: revisionFor(view, ordinal) });
    // What has ended is made again, under the name that it holds until it is gone.
    else if (isFinished(pod) && !isLeaving(pod)) remove.push(pod);
    else if (isAvailable(view, pod)) continue;
    if (!isParallel(set)) return { create, remove };
  }
  for (const pod of condemned) {
    if (isLeaving(pod)) {
      if (!isParallel(set)) return { create, remove };
      continue;
    }
    remove.push(pod);
    if (!isParallel(set)) return { create, remove };
  }
  if (create.length + remove.length > 0) return { create, remove };
  return { create, remove: outdated(view, byOrdinal) };
}

/** Below the partition, and where only deletions by hand bring the new template, a pod comes back as it was. */
function revisionFor({ set, currentRevision, updateRevision }: StatefulView, ordinal: number): string {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  const { start } = ordinalsOf(set);
  if (type === 'OnDelete') return updateRevision;
  return ordinal < start + (rollingUpdate?.partition ?? 0) ? currentRevision : updateRevision;
}

/** Pods of an earlier template, the highest first; nothing while one of the new ones is not well. */
function outdated(view: StatefulView, byOrdinal: ReadonlyMap<number, Pod>): Pod[] {
  const { set, updateRevision } = view;
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return [];
  const { start, end } = ordinalsOf(set);
  const atOnce = Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, end - start, 'up'));
  let left = atOnce - [...byOrdinal.values()].filter((pod) => !isAvailable(view, pod)).length;
  const found: Pod[] = [];
  for (let ordinal = end - 1; ordinal >= start + (rollingUpdate?.partition ?? 0); ordinal--) {
    const pod = byOrdinal.get(ordinal)!;
    if (revisionOf(pod) === updateRevision) {
      if (!isAvailable(view, pod)) return found;
      continue;
    }
    if (left-- <= 0 && isAvailable(view, pod)) return found;
    if (!isLeaving(pod)) found.push(pod);
    if (found.length >= atOnce) return found;
  }
  return found;
}

/** The current revision becomes the updated one when no pod is of another (completeRollingUpdate). */
export function statefulStatus(view: StatefulView): StatefulSetStatus {
  const { set, pods, currentRevision, updateRevision } = view;
  const made = pods.filter((pod) => !isFinished(pod));
  const count = (test: (pod: Pod) => boolean): number => made.filter((pod) => !isLeaving(pod) && test(pod)).length;
  const { start, end } = ordinalsOf(set);
  const updated = count((pod) => revisionOf(pod) === updateRevision);
  const ready = count((pod) => isReady(pod));
  const whole = updated === made.length && made.length === end - start && ready === made.length;
  const complete = whole && set.spec.updateStrategy?.type !== 'OnDelete';
  const { collisionCount, conditions } = set.status ?? {};
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: made.length,
    readyReplicas: ready,
    availableReplicas: count((pod) => isAvailable(view, pod)),
    currentReplicas: complete ? updated : count((pod) => revisionOf(pod) === currentRevision),
    updatedReplicas: updated,
    currentRevision: complete ? updateRevision : currentRevision,
    updateRevision,
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}
