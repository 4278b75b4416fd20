import { errorText } from '../../common/errors.ts';
import type { KubeObject } from '../api/meta.ts';
import {
  CANCELLED,
  decodeConfig,
  DEPLOYER_POD_FOR,
  DEPLOYER_POD_NAME,
  deployerPodName,
  isCancelled,
  isTerminated,
  PHASE,
  phaseOf,
  type RolloutPhase,
  STATUS_REASON,
} from '../api/openshift-apps/rollout-annotations.ts';
import { StatusError } from '../api/status-error.ts';
import { isAlreadyExists, isForbiddenByTermination, isNotFound, unlessGone } from './api-errors.ts';
import { isFinished, type Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { controllerOf } from './ownership/claims.ts';
import { PODS, refTo, REPLICATION_CONTROLLERS } from './resources.ts';
import { deployerPod } from './rollouts/deployer-pod.ts';
import type { ReplicationController } from './rollouts/rollout-types.ts';

const CANCELLED_BY_USER = 'cancelled by the user';
const POD_GONE = 'deployer pod no longer exists';
const UNRELATED = 'unrelated pod with the same name as this deployment is already running';

/** Has a pod bring each version about, and writes down how far that is (openshift-controller-manager apps deployer). */
export const deployerController = (): ControllerDefinition =>
  defineController({
    name: 'deployer-controller',
    for: REPLICATION_CONTROLLERS,
    watches: [
      {
        of: PODS,
        map: ({ metadata }) => {
          const name = metadata.labels?.[DEPLOYER_POD_FOR];
          return name === undefined ? [] : [`${metadata.namespace}/${name}`];
        },
        changed: (pod, old) =>
          (pod as Pod).status?.phase !== (old as Pod).status?.phase ||
          pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp,
      },
    ],
    concurrency: 5,
    reconcile,
  });

async function reconcile(key: string, context: ReconcileContext): Promise<void> {
  const controller = context.lister<ReplicationController>(REPLICATION_CONTROLLERS).byKey(key);
  if (controller === undefined || controller.metadata.deletionTimestamp !== undefined) return;
  // Others that carry the annotations are somebody's own.
  if (controllerOf(controller)?.kind !== 'DeploymentConfig') return;
  const phase = phaseOf(controller);
  if (phase === 'New') return begin(controller, context);
  const pod = context.lister<Pod>(PODS).get(controller.metadata.namespace, deployerPodName(controller.metadata.name!));
  if (!isTerminated(controller)) return follow(controller, pod, context);
  // The logs of what failed stay for those who look for the reason.
  if (phase === 'Complete') await removePods(podsOf(controller, context), context);
}

/** All pods of a version's rollout: the deployer and those of hooks. */
const podsOf = ({ metadata }: ReplicationController, { lister }: ReconcileContext): Pod[] =>
  lister<Pod>(PODS)
    .list(metadata.namespace)
    .filter((pod) => isOf(pod, metadata));

const isOf = (pod: KubeObject, { name, uid }: KubeObject['metadata']): boolean =>
  pod.metadata.labels?.[DEPLOYER_POD_FOR] === name && (pod.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);

/** New: what an earlier attempt has left goes, then the pod is made. */
async function begin(controller: ReplicationController, context: ReconcileContext): Promise<void> {
  const { recorder, client } = context;
  const name = deployerPodName(controller.metadata.name!);
  const left = podsOf(controller, context);
  const running = left.find((pod) => pod.metadata.name === name && !isFinished(pod));
  if (isCancelled(controller)) {
    await removePods(left, context);
    return setPhase(controller, 'Failed', CANCELLED_BY_USER, context);
  }
  // It was made, and the phase was not written any more.
  if (running !== undefined && running.metadata.deletionTimestamp === undefined)
    return setPhase(controller, 'Pending', undefined, context);
  if (left.length > 0) return removePods(left, context);
  const config = decodeConfig(controller);
  if (config === undefined)
    return setPhase(controller, 'Failed', 'the deployment config of this version cannot be read', context);
  try {
    const namespace = controller.metadata.namespace!;
    const pod = await client.create<Pod>({ ...PODS, namespace }, deployerPod(controller, config));
    recorder.event(controller, 'Normal', 'DeployerPodCreated', `Created deployer pod "${pod.metadata.name}"`);
  } catch (error) {
    if (isForbiddenByTermination(error)) return;
    if (isAlreadyExists(error)) return whoseIsIt(controller, name, context);
    recorder.event(controller, 'Warning', 'FailedCreate', `Error creating deployer pod: ${errorText(error)}`);
    // What is wrong with the pod itself will not mend.
    if (error instanceof StatusError && error.code === 422)
      return setPhase(controller, 'Failed', `cannot create deployer pod: ${error.message}`, context);
    throw error;
  }
  return setPhase(controller, 'Pending', undefined, context);
}

/** A pod of that name that the cache does not show as ours. */
async function whoseIsIt(controller: ReplicationController, name: string, context: ReconcileContext): Promise<void> {
  const pod = await unlessGone(context.client.get<Pod>({ ...PODS, namespace: controller.metadata.namespace!, name }));
  if (pod === undefined) throw new Error(`pod ${name} was in the way and is gone`);
  // The cache will show it.
  if (isOf(pod, controller.metadata)) throw new Error(`pod ${name} of an earlier attempt is not seen yet`);
  context.recorder.event(controller, 'Warning', 'FailedCreate', `Error creating deployer pod: ${UNRELATED}`);
  return setPhase(controller, 'Failed', UNRELATED, context);
}

/** Pending and Running: the phase is the pod's. */
async function follow(controller: ReplicationController, pod: Pod | undefined, context: ReconcileContext): Promise<void> {
  const { client } = context;
  if (pod === undefined || !isOf(pod, controller.metadata)) {
    const name = deployerPodName(controller.metadata.name!);
    const live = await unlessGone(client.get({ ...PODS, namespace: controller.metadata.namespace!, name }));
    if (live !== undefined && isOf(live, controller.metadata)) return;
    await removePods(podsOf(controller, context), context);
    return setPhase(controller, 'Failed', isCancelled(controller) ? CANCELLED_BY_USER : POD_GONE, context);
  }
  const phase = PHASES[pod.status?.phase ?? ''] ?? 'Pending';
  if (isCancelled(controller) && !isFinished(pod)) await stop(controller, podsOf(controller, context), context);
  if (phase === 'Failed') {
    await stop(controller, podsOf(controller, context), context);
    return setPhase(controller, phase, isCancelled(controller) ? undefined : whyFailed(pod), context);
  }
  return setPhase(controller, phase, undefined, context);
}

const PHASES: Readonly<Record<string, RolloutPhase>> = {
  Pending: 'Pending',
  Running: 'Running',
  Succeeded: 'Complete',
  Failed: 'Failed',
};

const whyFailed = ({ metadata, status }: Pod): string => {
  const { reason, message } = (status ?? {}) as { reason?: string; message?: string };
  return [`pod ${metadata.name} failed`, reason, message].filter((part) => part !== undefined && part !== '').join(': ');
};

/** Ends what runs by its deadline: the pods and their logs stay. */
async function stop(
  controller: ReplicationController,
  pods: readonly Pod[],
  { client, recorder }: ReconcileContext,
): Promise<void> {
  for (const pod of pods) {
    if (isFinished(pod) || pod.metadata.deletionTimestamp !== undefined || pod.spec['activeDeadlineSeconds'] === 1) continue;
    const body = { metadata: { uid: pod.metadata.uid }, spec: { activeDeadlineSeconds: 1 } };
    await unlessGone(client.patch(refTo(PODS, pod), 'application/merge-patch+json', body));
    if (isCancelled(controller)) {
      const { namespace, name } = controller.metadata;
      recorder.event(controller, 'Normal', 'RolloutCancelled', `Rollout for "${namespace}/${name}" cancelled`);
    }
  }
}

async function removePods(pods: readonly Pod[], { client }: ReconcileContext): Promise<void> {
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    try {
      await client.delete(refTo(PODS, pod), { preconditions: { uid: pod.metadata.uid! } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

async function setPhase(
  controller: ReplicationController,
  phase: RolloutPhase,
  reason: string | undefined,
  { client }: ReconcileContext,
): Promise<void> {
  const { name, annotations = {} } = controller.metadata;
  if (annotations[PHASE] === phase) return;
  const { [CANCELLED]: cancelled, ...others } = annotations;
  const next = {
    ...others,
    // It was done before the wish came.
    ...(cancelled === undefined || phase === 'Complete' ? {} : { [CANCELLED]: cancelled }),
    [PHASE]: phase,
    [DEPLOYER_POD_NAME]: deployerPodName(name!),
    ...(reason === undefined ? {} : { [STATUS_REASON]: reason }),
  };
  const changed = { ...controller, metadata: { ...controller.metadata, annotations: next } };
  await unlessGone(client.update(refTo(REPLICATION_CONTROLLERS, controller), changed));
}
