import { isNotFound } from '../api/status-error.ts';
import { unlessGone } from './api-errors.ts';
import { isFinished, type Node, type Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { NODES, PODS, refTo } from './resources.ts';

const SWEEP = 20_000;
/** Finished pods that are kept; the oldest beyond that go (Kubernetes' terminated-pod-gc-threshold). */
const FINISHED_KEPT = 12_500;
/** A node must have been missing for that long, in ms: one that registers again in between keeps its pods. */
const QUARANTINE = 40_000;

/** Removes pods that no kubelet will ever remove: those of vanished nodes, those deleted before they got one, and too many finished ones. */
export function podGarbageController(): ControllerDefinition {
  const missingSince = new Map<string, number>();
  return defineController({
    name: 'pod-garbage-controller',
    component: 'pod-garbage-collector-controller',
    watches: [
      { of: PODS, map: () => [], changed: () => false },
      { of: NODES, map: () => ['pods'], changed: () => false },
    ],
    seeds: ['pods'],
    async reconcile(_key, context) {
      const pods = context.lister<Pod>(PODS).list();
      for (const pod of surplus(pods)) await remove(pod, context);
      for (const pod of pods) if (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName) await remove(pod, context);
      for (const pod of await orphans(pods, missingSince, context)) await failAndRemove(pod, context);
      return { requeueAfter: SWEEP };
    },
  });
}

function surplus(pods: readonly Pod[]): Pod[] {
  const finished = pods.filter((pod) => isFinished(pod));
  if (finished.length <= FINISHED_KEPT) return [];
  const age = (pod: Pod): string => pod.metadata.creationTimestamp ?? '';
  return finished.toSorted((a, b) => (age(a) < age(b) ? -1 : 1)).slice(0, finished.length - FINISHED_KEPT);
}

/** Pods bound to nodes that are not there: by the cache for the whole quarantine, and by the server now. */
async function orphans(pods: readonly Pod[], missingSince: Map<string, number>, context: ReconcileContext): Promise<Pod[]> {
  const { client, clock, lister } = context;
  const nodes = lister<Node>(NODES);
  const missing = new Set(
    pods.flatMap(({ spec }) => (spec.nodeName && nodes.byKey(spec.nodeName) === undefined ? [spec.nodeName] : [])),
  );
  for (const name of missingSince.keys()) if (!missing.has(name)) missingSince.delete(name);
  const gone = new Set<string>();
  for (const name of missing) {
    const since = missingSince.get(name) ?? clock.monotonic();
    missingSince.set(name, since);
    if (clock.monotonic() - since < QUARANTINE) continue;
    if ((await unlessGone(client.get({ ...NODES, name }))) === undefined) gone.add(name);
  }
  return pods.filter(({ spec }) => spec.nodeName !== undefined && gone.has(spec.nodeName));
}

async function failAndRemove(pod: Pod, context: ReconcileContext): Promise<void> {
  if (!isFinished(pod)) {
    const status = { ...pod.status, phase: 'Failed', reason: 'NodeLost', message: 'PodGC: node no longer exists' };
    try {
      await context.client.update(refTo(PODS, pod, 'status'), { ...pod, status });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  context.log.info(
    { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, node: pod.spec.nodeName },
    'removing the pod of a node that is gone',
  );
  await remove(pod, context);
}

async function remove(pod: Pod, { client }: ReconcileContext): Promise<void> {
  await unlessGone(client.delete(refTo(PODS, pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid! } }));
}
