import { errorText } from '../../../common/errors.ts';
import type { KubeObject } from '../../api/meta.ts';
import { isAlreadyExists, isForbiddenByTermination } from '../api-errors.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { controllerOf, ownerReference } from '../ownership/claims.ts';
import type { ReplicaSet } from '../replica-set-controller.ts';
import { DEPLOYMENTS, REPLICA_SETS, refTo } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import { templateHash } from '../template-hash.ts';
import { progressDeadline, setCondition } from './deployment-status.ts';
import type { Deployment, DeploymentCondition } from './deployment-types.ts';
import { HASH_LABEL, sameTemplate, type Sets } from './replica-sets.ts';
import { currentSetAnnotations, REVISION, revisionOf, sizeAnnotations } from './revision-annotations.ts';
import { currentSetSize } from './rolling-plan.ts';

/** What came of looking for the current set. `told`: the deployment has been written, and will come back with that. */
export interface CurrentSet {
  readonly sets: Sets;
  readonly told: boolean;
}

/** Gives the set of today's template its revision and the deployment's annotations; makes it where it is not there and is to be. */
export async function ensureCurrentSet(
  deployment: Deployment,
  sets: Sets,
  create: boolean,
  context: ReconcileContext,
): Promise<CurrentSet> {
  const revision = Math.max(0, ...sets.old.map(revisionOf)) + 1;
  if (sets.current !== undefined) return adjust(deployment, sets, sets.current, revision, context);
  if (!create) return { sets, told: false };
  const wanted = newSet(deployment, sets, revision);
  const { client, recorder } = context;
  const namespace = deployment.metadata.namespace!;
  try {
    const made = await client.create<ReplicaSet>({ ...REPLICA_SETS, namespace }, wanted);
    if ((made.spec.replicas ?? 0) > 0)
      recorder.event(
        deployment,
        'Normal',
        'ScalingReplicaSet',
        `Scaled up replica set ${made.metadata.name} from 0 to ${made.spec.replicas}`,
      );
    const told = await tell(deployment, made, 'NewReplicaSetCreated', `Created new replica set "${made.metadata.name}"`, context);
    return { sets: { ...sets, current: made }, told };
  } catch (error) {
    if (isForbiddenByTermination(error)) return { sets, told: true };
    if (isAlreadyExists(error)) return taken(deployment, sets, wanted, error, context);
    const message = `Failed to create new replica set "${wanted.metadata.name}": ${errorText(error)}`;
    recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
    if (progressDeadline(deployment) !== undefined)
      await write(
        deployment,
        { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message },
        undefined,
        context,
      );
    throw error;
  }
}

function newSet(deployment: Deployment, sets: Sets, revision: number): ReplicaSet & KubeObject {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace!,
      labels,
      annotations: { ...currentSetAnnotations(deployment, undefined, revision), ...sizeAnnotations(deployment) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas: currentSetSize(deployment, sets),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** The name is there: ours, which the cache has not shown yet, or that of another template with the same hash. */
async function taken(
  deployment: Deployment,
  sets: Sets,
  wanted: ReplicaSet,
  error: unknown,
  context: ReconcileContext,
): Promise<CurrentSet> {
  const { client } = context;
  const live = await client.get<ReplicaSet>(refTo(REPLICA_SETS, wanted));
  const ours = controllerOf(live)?.uid === deployment.metadata.uid;
  if (ours && sameTemplate(live.spec.template, wanted.spec.template)) return { sets: { ...sets, current: live }, told: false };
  // Counted once for each deployment as it really is: a stale one must not raise it again.
  const now = await client.get<Deployment>(refTo(DEPLOYMENTS, deployment));
  const collisionCount = (now.status?.collisionCount ?? 0) + 1;
  if (now.metadata.resourceVersion === deployment.metadata.resourceVersion)
    await client.update(refTo(DEPLOYMENTS, now, 'status'), { ...now, status: { ...now.status, collisionCount } });
  throw error;
}

async function adjust(
  deployment: Deployment,
  sets: Sets,
  current: ReplicaSet,
  revision: number,
  context: ReconcileContext,
): Promise<CurrentSet> {
  const annotations = currentSetAnnotations(deployment, current, revision);
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  let set = current;
  if (!sameJson(annotations, current.metadata.annotations ?? {}) || minReadySeconds !== (current.spec.minReadySeconds ?? 0))
    set = await context.client.update<ReplicaSet>(refTo(REPLICA_SETS, current), {
      ...current,
      metadata: { ...current.metadata, annotations },
      spec: { ...current.spec, minReadySeconds },
    });
  const told = await tell(deployment, set, 'FoundNewReplicaSet', `Found new replica set "${set.metadata.name}"`, context);
  return { sets: { ...sets, current: set }, told };
}

/** The deployment carries the revision of its current set; its progress begins with that. True when that had to be written. */
async function tell(
  deployment: Deployment,
  set: ReplicaSet,
  reason: string,
  message: string,
  context: ReconcileContext,
): Promise<boolean> {
  const revision = set.metadata.annotations?.[REVISION];
  const progress = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
  const begins = progressDeadline(deployment) !== undefined && (progress === undefined || reason === 'NewReplicaSetCreated');
  const renamed = revision !== undefined && deployment.metadata.annotations?.[REVISION] !== revision;
  if (!begins && !renamed) return false;
  await write(deployment, begins ? { type: 'Progressing', status: 'True', reason, message } : undefined, revision, context);
  return true;
}

/** Through the status, which leaves the generation alone: the annotation is no wish of the user's. */
async function write(
  deployment: Deployment,
  condition: DeploymentCondition | undefined,
  revision: string | undefined,
  { client, clock }: ReconcileContext,
): Promise<void> {
  const known = deployment.status?.conditions ?? [];
  const conditions = condition === undefined ? known : setCondition(known, condition, clock.now());
  const annotations = { ...deployment.metadata.annotations, ...(revision === undefined ? {} : { [REVISION]: revision }) };
  // A write that changes nothing would bring the key back at once, without a back-off.
  if (sameJson(conditions, known) && sameJson(annotations, deployment.metadata.annotations ?? {})) return;
  await client.update(refTo(DEPLOYMENTS, deployment, 'status'), {
    ...deployment,
    metadata: { ...deployment.metadata, annotations },
    status: { ...deployment.status, conditions },
  });
}
