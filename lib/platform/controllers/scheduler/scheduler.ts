import { rfc3339 } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import type { KubeObject } from '../../api/meta.ts';
import { LOCAL_VOLUMES_FOLDER } from '../../api/storage/local-volumes.ts';
import { isConflict, isNotFound, isUncertain } from '../api-errors.ts';
import { withCondition } from '../conditions.ts';
import { conditionOf, isFinished, type Node, type Pod } from '../core-types.ts';
import {
  type ControllerDefinition,
  defineController,
  type ReconcileContext,
  type ReconcileResult,
} from '../define-controller.ts';
import { NAMESPACES, NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, refTo, STORAGE_CLASSES } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import type { Claim, StorageClass, Volume } from '../volumes/volume-types.ts';
import { podVolumes, type VolumeChoice } from './pod-volumes.ts';
import { prepareVolumes, volumesOf } from './prepare-volumes.ts';
import { schedule } from './schedule.ts';
import { type Assumed, SchedulerState } from './scheduler-state.ts';

const NAME = 'default-scheduler';
/** How long volumes may take once a node is chosen (VolumeBindingArgs.BindTimeoutSeconds). */
const VOLUMES_TIMEOUT = 600_000;

/** Binds pods to nodes, in the order they were created. */
export function scheduler(): ControllerDefinition {
  const state = new SchedulerState();
  return defineController({
    name: 'scheduler',
    component: NAME,
    watches: [
      { of: PODS, map: (pod, { lister }) => state.affected(pod as Pod, lister<Pod>(PODS)) },
      { of: NODES, map: () => state.waiting(), changed: offersChanged },
      {
        of: PERSISTENT_VOLUME_CLAIMS,
        map: ({ metadata: { namespace, name } }, { lister }) =>
          state.waitingForVolumes(lister<Pod>(PODS), { namespace: namespace!, name: name! }),
      },
      { of: PERSISTENT_VOLUMES, map: (_, { lister }) => state.waitingForVolumes(lister<Pod>(PODS)) },
      { of: STORAGE_CLASSES, map: (_, { lister }) => state.waitingForVolumes(lister<Pod>(PODS)) },
      // Read only: affinity terms may choose namespaces by their labels.
      { of: NAMESPACES, map: () => [], changed: () => false },
    ],
    // Decisions are made one after the other (nothing waits between look and claim); only the bindings overlap.
    concurrency: 16,
    reconcile: (key, context) => reconcile(key, state, context),
  });
}

const isOurs = (pod: Pod): boolean => (pod.spec.schedulerName ?? NAME) === NAME;

/** Whether a node's change can matter to a pod that found no place: heartbeats do not. */
function offersChanged(node: KubeObject, old: KubeObject): boolean {
  const offer = ({ metadata, spec, status }: Node): unknown => [
    metadata.labels,
    metadata.annotations?.[LOCAL_VOLUMES_FOLDER],
    spec,
    status?.allocatable,
  ];
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
  const assumed = state.assumed(pod);
  if (assumed !== undefined) return assumed.volumes === undefined ? undefined : bindWithVolumes(pod, assumed, state, context);
  if ((pod.spec.schedulingGates ?? []).length > 0) return;
  const pause = state.pause(key, clock.monotonic());
  if (pause > 0) return { requeueAfter: pause };

  const namespaceLabels = (name: string): Record<string, string> => lister(NAMESPACES).byKey(name)?.metadata.labels ?? {};
  const volumes = podVolumes(pod, {
    claims: lister<Claim>(PERSISTENT_VOLUME_CLAIMS),
    volumes: lister<Volume>(PERSISTENT_VOLUMES),
    classes: lister<StorageClass>(STORAGE_CLASSES),
    taken: state.takenVolumes(),
    placed: () => state.placed(pods),
  });
  const decision = schedule(pod, lister<Node>(NODES).list(), state.placed(pods), namespaceLabels, volumes);
  if ('nodeName' in decision) {
    const node = lister<Node>(NODES).byKey(decision.nodeName)!;
    const choices = volumes !== undefined && 'choices' in volumes ? volumes.choices(node) : [];
    if (choices.length > 0) return chooseVolumes(pod, decision.nodeName, choices, state, context);
    state.assume(pod, decision.nodeName);
    await bind(pod, decision.nodeName, state, context);
  } else {
    state.park(pod, clock.monotonic());
    await reportUnschedulable(pod, decision.message, context);
  }
}

/** The node is kept for the pod while its volumes are bound or made; their changes bring the pod back. */
async function chooseVolumes(
  pod: Pod,
  nodeName: string,
  choices: readonly VolumeChoice[],
  state: SchedulerState,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const chosen = new Set(choices.flatMap(({ volume }) => volume?.metadata.name ?? []));
  state.assume(pod, nodeName, { until: context.clock.monotonic() + VOLUMES_TIMEOUT, chosen, seen: new Set() });
  try {
    await prepareVolumes(choices, nodeName, context);
  } catch (error) {
    state.forget(pod);
    throw error;
  }
  return { requeueAfter: VOLUMES_TIMEOUT };
}

async function bindWithVolumes(
  pod: Pod,
  assumed: Assumed,
  state: SchedulerState,
  context: ReconcileContext,
): Promise<ReconcileResult | void> {
  const { clock } = context;
  const answer = volumesOf(pod, assumed, context);
  const left = assumed.volumes!.until - clock.monotonic();
  if (answer === 'pending' && left > 0) return { requeueAfter: left };
  if (answer === 'bound') {
    state.assume(pod, assumed.nodeName);
    return bind(pod, assumed.nodeName, state, context);
  }
  const key = assumed.key;
  state.forget(pod);
  state.park(pod, clock.monotonic());
  if (answer === 'pending') await reportUnschedulable(pod, 'binding volumes: context deadline exceeded', context);
  return { requeueAfter: state.pause(key, clock.monotonic()) };
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
