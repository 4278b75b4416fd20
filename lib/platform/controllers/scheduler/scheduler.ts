import { rfc3339 } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import { backoffDelay } from '../../../common/retry.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { Lister } from '../../client/lister.ts';
import { keyOf } from '../../client/object-store.ts';
import { isConflict, isNotFound, isUncertain } from '../api-errors.ts';
import { withCondition } from '../conditions.ts';
import { conditionOf, isFinished, type Node, type Pod } from '../core-types.ts';
import {
  type ControllerDefinition,
  defineController,
  type ReconcileContext,
  type ReconcileResult,
} from '../define-controller.ts';
import { NAMESPACES, NODES, PODS, refTo } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import { schedule } from './schedule.ts';

const NAME = 'default-scheduler';
/** A pod that no node can take is tried again when a node or a pod changes, but no sooner than this after its last try. */
const RETRY = { base: 50, cap: 10_000 };

/** Binds pods to nodes, in the order they were created. */
export function scheduler(): ControllerDefinition {
  const state = new SchedulerState();
  return defineController({
    name: 'scheduler',
    component: NAME,
    watches: [
      { of: PODS, map: (pod, { lister }) => state.affected(pod as Pod, lister<Pod>(PODS)) },
      { of: NODES, map: () => state.waiting(), changed: offersChanged },
      // Read only: affinity terms may choose namespaces by their labels.
      { of: NAMESPACES, map: () => [], changed: () => false },
    ],
    // Decisions are made one after the other (nothing waits between look and claim); only the bindings overlap.
    concurrency: 16,
    reconcile: (key, context) => reconcile(key, state, context),
  });
}

/** What the caches do not know yet: pods whose binding is on its way, and pods that wait for room. */
class SchedulerState {
  readonly #assumed = new Map<string, { key: string; pod: Pod; nodeName: string }>();
  readonly #parked = new Map<string, { attempts: number; notBefore: number }>();

  /** A pod without a node is looked at itself; one that leaves its node makes room for those that wait. */
  affected(pod: Pod, pods: Lister<Pod>): readonly string[] {
    const key = keyOf(pod);
    if (!pod.spec.nodeName) return isOurs(pod) ? [key] : [];
    if (this.#parked.size === 0) return [];
    const now = pods.byKey(key);
    if (now === undefined || now.metadata.uid !== pod.metadata.uid || isFinished(now)) return this.waiting();
    // A pod that was bound or labelled may be the company that another waits for.
    return pods
      .list()
      .filter((one) => this.#parked.has(keyOf(one)) && one.spec.affinity?.podAffinity !== undefined)
      .map(keyOf);
  }

  waiting(): readonly string[] {
    return [...this.#parked.keys()];
  }

  isAssumed(pod: Pod): boolean {
    return this.#assumed.has(pod.metadata.uid!);
  }

  assume(pod: Pod, nodeName: string): void {
    this.#parked.delete(keyOf(pod));
    this.#assumed.set(pod.metadata.uid!, { key: keyOf(pod), pod, nodeName });
  }

  forget(pod: Pod): void {
    this.#assumed.delete(pod.metadata.uid!);
  }

  /** Every pod that takes room: bound ones that still run, and assumed ones until the cache shows their binding. */
  *placed(pods: Lister<Pod>): Generator<{ pod: Pod; nodeName: string }> {
    for (const [uid, { key, pod, nodeName }] of this.#assumed) {
      const now = pods.byKey(key);
      if (now === undefined || now.metadata.uid !== uid || now.spec.nodeName) this.#assumed.delete(uid);
      else yield { pod, nodeName };
    }
    for (const pod of pods.list()) if (pod.spec.nodeName && !isFinished(pod)) yield { pod, nodeName: pod.spec.nodeName };
  }

  park(key: string, now: number): void {
    const attempts = this.#parked.get(key)?.attempts ?? 0;
    this.#parked.set(key, { attempts: attempts + 1, notBefore: now + backoffDelay(RETRY, attempts) });
  }

  unpark(key: string): void {
    this.#parked.delete(key);
  }

  /** How long a parked pod must still wait, in ms. */
  pause(key: string, now: number): number {
    return Math.max(0, (this.#parked.get(key)?.notBefore ?? 0) - now);
  }
}

const isOurs = (pod: Pod): boolean => (pod.spec.schedulerName ?? NAME) === NAME;

/** Whether a node's change can matter to a pod that found no place: heartbeats do not. */
function offersChanged(node: KubeObject, old: KubeObject): boolean {
  const offer = ({ metadata, spec, status }: Node): unknown => [metadata.labels, spec, status?.allocatable];
  return !sameJson(offer(node as Node), offer(old as Node));
}

async function reconcile(key: string, state: SchedulerState, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { lister, clock } = context;
  const pods = lister<Pod>(PODS);
  const pod = pods.byKey(key);
  if (pod === undefined || pod.spec.nodeName || !isOurs(pod) || pod.metadata.deletionTimestamp !== undefined || isFinished(pod)) {
    state.unpark(key);
    return;
  }
  if (state.isAssumed(pod) || (pod.spec.schedulingGates ?? []).length > 0) return;
  const pause = state.pause(key, clock.now());
  if (pause > 0) return { requeueAfter: pause };

  const namespaceLabels = (name: string): Record<string, string> => lister(NAMESPACES).byKey(name)?.metadata.labels ?? {};
  const decision = schedule(pod, lister<Node>(NODES).list(), state.placed(pods), namespaceLabels);
  if ('nodeName' in decision) {
    state.assume(pod, decision.nodeName);
    await bind(pod, decision.nodeName, state, context);
  } else {
    state.park(key, clock.now());
    await reportUnschedulable(pod, decision.message, context);
  }
}

async function bind(pod: Pod, nodeName: string, state: SchedulerState, { client, recorder }: ReconcileContext): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  try {
    await client.create(refTo(PODS, pod, 'binding'), {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: name!, namespace: namespace!, uid: uid! },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    });
  } catch (error) {
    state.forget(pod);
    // Deleted meanwhile, or bound by someone else: the cache will tell.
    if (isNotFound(error) || isConflict(error)) return;
    if (!isUncertain(error)) recorder.event(pod, 'Warning', 'FailedScheduling', `binding rejected: ${errorText(error)}`);
    throw error;
  }
  recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`);
}

/** Says so once per message: an event, and the condition that clients show. */
async function reportUnschedulable(pod: Pod, message: string, { client, clock, recorder }: ReconcileContext): Promise<void> {
  if (conditionOf(pod.status?.conditions, 'PodScheduled')?.message === message) return;
  recorder.event(pod, 'Warning', 'FailedScheduling', message);
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const;
  const conditions = withCondition(pod.status?.conditions, condition, rfc3339(clock.now()));
  await client.update(refTo(PODS, pod, 'status'), { ...pod, status: { ...pod.status, conditions } });
}
