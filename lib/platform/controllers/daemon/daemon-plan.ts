import { isFinished, isReady, type Node, type Pod } from '../core-types.ts';
import { scaledValue } from '../int-or-percent.ts';
import { availableAt } from '../replicas/replica-status.ts';
import { REVISION_HASH } from '../revisions/revision-history.ts';
import { fits, nodeOf } from './daemon-pods.ts';
import type { DaemonSet, DaemonSetStatus } from './daemon-types.ts';

/** What a daemon set's controller sees. `pods`: its own. `hash`: of today's template. */
export interface DaemonView {
  readonly daemonSet: DaemonSet;
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly hash: string;
  readonly now: number;
}

export interface DaemonPlan {
  /** Nodes that are to get a pod. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  /** Those to be removed that had ended by themselves: told of, and replaced with a back-off. */
  readonly ended: readonly Pod[];
}

interface Place {
  readonly name: string;
  readonly run: boolean;
  readonly stay: boolean;
  readonly pods: readonly Pod[];
}

const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;
const olderFirst = (a: Pod, b: Pod): number =>
  (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1;

function places({ daemonSet, nodes, pods }: DaemonView): Place[] {
  const byNode = Map.groupBy(pods, (pod) => nodeOf(pod, nodes));
  return nodes.map((node) => ({
    name: node.metadata.name!,
    ...fits(daemonSet, node),
    pods: byNode.get(node.metadata.name) ?? [],
  }));
}

/** Pure. One pod on each node that is to have one, none on others, and no more old ones replaced at once than may be missing. */
export function planDaemons(view: DaemonView): DaemonPlan {
  const { daemonSet } = view;
  if (daemonSet.metadata.deletionTimestamp !== undefined) return { create: [], remove: [], ended: [] };
  const isNew = ({ metadata }: Pod): boolean => metadata.labels?.[REVISION_HASH] === view.hash;
  const isAvailable = (pod: Pod): boolean =>
    !isLeaving(pod) && (availableAt(pod, daemonSet.spec.minReadySeconds ?? 0) ?? Infinity) <= view.now;
  const all = places(view);
  const { surge, unavailable } = limits(daemonSet, all.filter(({ run }) => run).length);
  const create: string[] = [];
  const remove: Pod[] = [];
  const ended: Pod[] = [];
  const candidates: Pod[] = [];
  let [missing, surging] = [0, 0];
  for (const { name, run, stay, pods } of all) {
    const here = pods.filter((pod) => !isLeaving(pod));
    const over = here.filter((pod) => isFinished(pod));
    const living = here.filter((pod) => !isFinished(pod)).toSorted(olderFirst);
    if (!stay) remove.push(...here);
    else ended.push(...over);
    if (!stay) continue;
    const [newest, ...doubled] = living.filter(isNew);
    const [old, ...older] = living.filter((pod) => !isNew(pod));
    remove.push(...doubled, ...older);
    if (!run) continue;
    // A pod on its way out may hold what the next one needs: only one that surges comes beside it.
    if (living.length === 0) {
      missing++;
      if (pods.every((pod) => isFinished(pod)) && over.length === 0) create.push(name);
    } else if (old === undefined) missing += isAvailable(newest!) ? 0 : 1;
    else if (newest !== undefined) {
      if (surge > 0 && !isAvailable(newest)) surging++;
      else remove.push(old);
    } else if (rolls(daemonSet)) {
      if (!isAvailable(old)) {
        missing++;
        if (surge > 0) create.push(name);
        else remove.push(old);
      } else candidates.push(old);
    }
  }
  if (surge > 0) create.push(...candidates.slice(0, Math.max(0, surge - surging)).map((pod) => nodeOf(pod, view.nodes)!));
  else remove.push(...candidates.slice(0, Math.max(0, unavailable - missing)));
  return { create, remove, ended };
}

const rolls = ({ spec }: DaemonSet): boolean => spec.updateStrategy?.type !== 'OnDelete';

function limits({ spec }: DaemonSet, wanted: number): { surge: number; unavailable: number } {
  const { maxSurge = 0, maxUnavailable = 1 } = spec.updateStrategy?.rollingUpdate ?? {};
  return { surge: scaledValue(maxSurge, wanted, 'up'), unavailable: scaledValue(maxUnavailable, wanted, 'up') };
}

/** What the set's status is to say, by its pods and nodes. */
export function daemonStatus(view: DaemonView): DaemonSetStatus {
  const { daemonSet, hash, now } = view;
  const count = { desired: 0, current: 0, misscheduled: 0, updated: 0, ready: 0, available: 0 };
  for (const { run, pods } of places(view)) {
    const living = pods.filter((pod) => !isFinished(pod) && !isLeaving(pod)).toSorted(olderFirst);
    if (run) count.desired++;
    if (living.length === 0) continue;
    if (!run) {
      count.misscheduled++;
      continue;
    }
    count.current++;
    const best = living.find((pod) => isReady(pod)) ?? living[0]!;
    if (living.some(({ metadata }) => metadata.labels?.[REVISION_HASH] === hash)) count.updated++;
    if (isReady(best)) count.ready++;
    if ((availableAt(best, daemonSet.spec.minReadySeconds ?? 0) ?? Infinity) <= now) count.available++;
  }
  const { collisionCount, conditions } = daemonSet.status ?? {};
  return {
    observedGeneration: daemonSet.metadata.generation ?? 0,
    desiredNumberScheduled: count.desired,
    currentNumberScheduled: count.current,
    numberMisscheduled: count.misscheduled,
    updatedNumberScheduled: count.updated,
    numberReady: count.ready,
    numberAvailable: count.available,
    numberUnavailable: count.desired - count.available,
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}
