import type { KubeObject } from '../api/meta.ts';
import { keyOf } from '../client/object-store.ts';
import { isNotFound, unlessGone } from './api-errors.ts';
import { isFinished, type Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { ensureCurrentSet } from './deployment/current-set.ts';
import {
  countStatus,
  isComplete,
  pauseCondition,
  progressDeadline,
  rolloutStatus,
  setCondition,
  untilDeadline,
} from './deployment/deployment-status.ts';
import { type Deployment, type DeploymentStatus, replicasOf } from './deployment/deployment-types.ts';
import { type Sets, splitSets } from './deployment/replica-sets.ts';
import { hasBlankImage } from './image-triggers/blank-image.ts';
import { revisionOf, sizeAnnotations } from './deployment/revision-annotations.ts';
import { planRecreateDown, planRolling, type ScaleStep } from './deployment/rolling-plan.ts';
import { isRolling } from './deployment/rollout-limits.ts';
import { isScaled, planScale } from './deployment/scale-plan.ts';
import { selects } from './label-selector.ts';
import { carryOutClaims, controllerOf, planClaims } from './ownership/claims.ts';
import type { ReplicaSet } from './replica-set-controller.ts';
import { DEPLOYMENTS, PODS, refTo, REPLICA_SETS } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Brings the pods of every deployment to its template by way of replica sets, one for each revision. */
export function deploymentController(): ControllerDefinition {
  return defineController({
    name: 'deployment-controller',
    for: DEPLOYMENTS,
    owns: [REPLICA_SETS],
    watches: [
      { of: REPLICA_SETS, map: selectingDeployments },
      // Only who recreates waits for the end of pods.
      { of: PODS, map: recreatingDeployment, changed: (pod, old) => isFinished(pod as Pod) !== isFinished(old as Pod) },
    ],
    concurrency: 5,
    reconcile,
  });
}

type Listers = Pick<ReconcileContext, 'lister'>;

/** A replica set without a controller may be one that a selector takes in. */
const selectingDeployments = (set: KubeObject, { lister }: Listers): readonly string[] =>
  controllerOf(set) !== undefined
    ? []
    : lister<Deployment>(DEPLOYMENTS)
        .list(set.metadata.namespace)
        .filter(({ spec }) => selects(spec.selector, set.metadata.labels))
        .map(keyOf);

function recreatingDeployment(pod: KubeObject, { lister }: Listers): readonly string[] {
  const { namespace } = pod.metadata;
  const set = lister<ReplicaSet>(REPLICA_SETS).get(namespace, controllerOf(pod)?.name ?? '');
  const deployment = set && lister<Deployment>(DEPLOYMENTS).get(namespace, controllerOf(set)?.name ?? '');
  return deployment === undefined || isRolling(deployment) ? [] : [keyOf(deployment)];
}

async function reconcile(key: string, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { lister, recorder } = context;
  const deployment = lister<Deployment>(DEPLOYMENTS).byKey(key);
  if (deployment === undefined) return;
  if (
    Object.keys(deployment.spec.selector.matchLabels ?? {}).length === 0 &&
    !deployment.spec.selector.matchExpressions?.length
  ) {
    recorder.event(
      deployment,
      'Warning',
      'SelectingAll',
      'This deployment is selecting all pods. A non-empty selector is required.',
    );
    return;
  }
  const sets = await claimSets(deployment, context);
  if (sets === undefined) return;
  if (deployment.metadata.deletionTimestamp !== undefined) return writeStatus(deployment, countStatus, sets, context);
  // A trigger on an image stream's tag fills it in; until then there is nothing that could run.
  if (hasBlankImage(deployment.spec.template)) return writeStatus(deployment, countStatus, sets, context);
  if (await tellPause(deployment, context)) return;
  if (deployment.spec.paused === true || isScaled(deployment, sets)) return resize(deployment, sets, context);
  return isRolling(deployment) ? roll(deployment, sets, context) : recreate(deployment, sets, context);
}

/** Undefined where some were just taken in: their change brings the deployment back, and only then is it known what is there. */
async function claimSets(deployment: Deployment, context: ReconcileContext): Promise<Sets | undefined> {
  const candidates = context.lister<ReplicaSet>(REPLICA_SETS).list(deployment.metadata.namespace);
  const claims = planClaims(deployment, ({ metadata }) => selects(deployment.spec.selector, metadata.labels), candidates);
  await carryOutClaims(deployment, DEPLOYMENTS, claims, REPLICA_SETS, context);
  return claims.adopt.length > 0 ? undefined : splitSets(deployment, claims.owned);
}

/** True when it has been written: the deployment comes back with that. */
async function tellPause(deployment: Deployment, { client, clock }: ReconcileContext): Promise<boolean> {
  const condition = progressDeadline(deployment) === undefined ? undefined : pauseCondition(deployment);
  if (condition === undefined) return false;
  const conditions = setCondition(deployment.status?.conditions ?? [], condition, clock.now());
  const status = { ...deployment.status, conditions };
  await unlessGone(client.update(refTo(DEPLOYMENTS, deployment, 'status'), { ...deployment, status }));
  return true;
}

/** A change of size, or a pause: no new revision begins. */
async function resize(deployment: Deployment, known: Sets, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { sets, told } = await ensureCurrentSet(deployment, known, false, context);
  await scaleAll(deployment, planScale(deployment, sets), context);
  if (told) return;
  if (deployment.spec.paused === true) await removeHistory(deployment, sets, context);
  return writeStatus(deployment, countStatus, sets, context);
}

async function roll(deployment: Deployment, known: Sets, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { sets, told } = await ensureCurrentSet(deployment, known, true, context);
  if (told) return;
  return finish(deployment, sets, planRolling(deployment, sets), context);
}

async function recreate(deployment: Deployment, known: Sets, context: ReconcileContext): Promise<ReconcileResult | void> {
  const down = planRecreateDown(known);
  if (down.length > 0 || oldPodsRun(deployment, known, context)) return finish(deployment, known, down, context);
  const { sets, told } = await ensureCurrentSet(deployment, known, true, context);
  if (told || sets.current === undefined) return;
  const replicas = replicasOf(deployment);
  return finish(deployment, sets, replicasOf(sets.current) === replicas ? [] : [{ set: sets.current, replicas }], context);
}

/** Also those that are on their way out: they may still hold what only one can have. */
function oldPodsRun({ metadata }: Deployment, { old }: Sets, { lister }: Listers): boolean {
  if (old.some(({ status }) => (status?.replicas ?? 0) > 0)) return true;
  const uids = new Set(old.map((set) => set.metadata.uid));
  return lister<Pod>(PODS)
    .list(metadata.namespace)
    .some((pod) => uids.has(controllerOf(pod)?.uid) && !isFinished(pod));
}

async function finish(
  deployment: Deployment,
  sets: Sets,
  steps: readonly ScaleStep[],
  context: ReconcileContext,
): Promise<ReconcileResult | void> {
  await scaleAll(deployment, steps, context);
  if (steps.length === 0 && isComplete(deployment, deployment.status)) await removeHistory(deployment, sets, context);
  return writeStatus(deployment, rolloutStatus, sets, context);
}

async function scaleAll(
  deployment: Deployment,
  steps: readonly ScaleStep[],
  { client, recorder }: ReconcileContext,
): Promise<void> {
  for (const { set, replicas } of steps) {
    const before = replicasOf(set);
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
    if (before === replicas && sameJson(annotations, set.metadata.annotations)) continue;
    const next = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
    await client.update(refTo(REPLICA_SETS, set), next);
    if (before === replicas) continue;
    const text = `Scaled ${before < replicas ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${replicas}`;
    recorder.event(deployment, 'Normal', 'ScalingReplicaSet', text);
  }
}

/** Deletes the replica sets of revisions that are older than the history goes back, once they are empty. */
async function removeHistory({ spec }: Deployment, { old }: Sets, { client }: ReconcileContext): Promise<void> {
  if (spec.revisionHistoryLimit === undefined) return;
  const living = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const surplus = living.length - spec.revisionHistoryLimit;
  if (surplus <= 0) return;
  for (const set of living.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, surplus)) {
    const settled = (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0);
    if (replicasOf(set) > 0 || (set.status?.replicas ?? 0) > 0 || !settled) continue;
    const { uid, resourceVersion } = set.metadata;
    await client
      .delete(refTo(REPLICA_SETS, set), { preconditions: { uid: uid!, resourceVersion: resourceVersion! } })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }
}

async function writeStatus(
  deployment: Deployment,
  compute: (deployment: Deployment, sets: Sets, now: number) => DeploymentStatus,
  sets: Sets,
  { client, clock }: ReconcileContext,
): Promise<ReconcileResult | void> {
  const status = compute(deployment, sets, clock.now());
  if (!sameStatus(deployment.status, status))
    await unlessGone(client.update(refTo(DEPLOYMENTS, deployment, 'status'), { ...deployment, status }));
  const requeueAfter = untilDeadline(deployment, status, clock.now());
  return requeueAfter === undefined ? {} : { requeueAfter };
}

/** A count that is not there is 0 (Go leaves zeroes out). */
function sameStatus(known: DeploymentStatus | undefined, next: DeploymentStatus): boolean {
  const zeroes = { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0, unavailableReplicas: 0 };
  return sameJson({ ...zeroes, ...known }, next);
}
