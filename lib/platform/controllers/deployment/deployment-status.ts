import { rfc3339 } from '../../../common/clock.ts';
import { conditionOf } from '../core-types.ts';
import type { ReplicaSet } from '../replica-set-controller.ts';
import { type Deployment, type DeploymentCondition, type DeploymentStatus, replicasOf, sum } from './deployment-types.ts';
import { allSets, type Sets } from './replica-sets.ts';
import { maxUnavailable } from './rollout-limits.ts';

type Wish = Omit<DeploymentCondition, 'lastTransitionTime' | 'lastUpdateTime'>;

const MAX_INT32 = 2_147_483_647;

/** ms; undefined where a deployment may take forever. */
export function progressDeadline({ spec }: Deployment): number | undefined {
  const seconds = spec.progressDeadlineSeconds;
  return seconds === undefined || seconds === MAX_INT32 ? undefined : seconds * 1000;
}

/** With the condition in place; nothing moves while status and reason stay (kubernetes deployment/util SetDeploymentCondition). */
export function setCondition(conditions: readonly DeploymentCondition[], next: Wish, now: number): DeploymentCondition[] {
  const old = conditions.find(({ type }) => type === next.type);
  if (old !== undefined && old.status === next.status && old.reason === next.reason) return [...conditions];
  return renewCondition(conditions, next, now);
}

/** As setCondition, but told anew: its lastUpdateTime is what the progress deadline counts from. */
function renewCondition(conditions: readonly DeploymentCondition[], next: Wish, now: number): DeploymentCondition[] {
  const old = conditions.find(({ type }) => type === next.type);
  const stamp = rfc3339(now);
  const lastTransitionTime = old?.status === next.status ? (old.lastTransitionTime ?? stamp) : stamp;
  return [...without(conditions, next.type), { ...next, lastUpdateTime: stamp, lastTransitionTime }];
}

const without = (conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] =>
  conditions.filter((condition) => condition.type !== type);

/** What the replica sets say together, and whether that is enough. Progress is told apart (withProgress). */
export function countStatus(deployment: Deployment, sets: Sets, now: number): DeploymentStatus {
  const all = allSets(sets);
  const count = (field: 'replicas' | 'readyReplicas' | 'availableReplicas', of: readonly ReplicaSet[] = all): number =>
    sum(of, ({ status }) => status?.[field] ?? 0);
  const [replicas, available] = [count('replicas'), count('availableReplicas')];
  const enough = available >= replicasOf(deployment) - maxUnavailable(deployment);
  const { collisionCount, conditions = [] } = deployment.status ?? {};
  const availability: Wish = enough
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas,
    updatedReplicas: sets.current === undefined ? 0 : count('replicas', [sets.current]),
    readyReplicas: count('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, replicas - available),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: setCondition(conditions, availability, now),
  };
}

/** Whether the rollout is over and well (pkg/controller/deployment/util DeploymentComplete). */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const wanted = replicasOf(deployment);
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status ?? {};
  const settled = observedGeneration >= (deployment.metadata.generation ?? 0);
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted && settled;
}

function isProgressing(next: DeploymentStatus, old: DeploymentStatus): boolean {
  const grown = (field: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'): boolean =>
    (next[field] ?? 0) > (old[field] ?? 0);
  const outdated = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas;
  return grown('updatedReplicas') || grown('readyReplicas') || grown('availableReplicas') || outdated(next) < outdated(old);
}

/** The status of a rollout that is under way or done, with Kubernetes' conditions (syncRolloutStatus). */
export function rolloutStatus(deployment: Deployment, sets: Sets, now: number): DeploymentStatus {
  const status = countStatus(deployment, sets, now);
  const conditions = withFailure(withProgress(deployment, sets, status, now), sets);
  return { ...status, conditions };
}

function withProgress(deployment: Deployment, sets: Sets, status: DeploymentStatus, now: number): DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  if (progressDeadline(deployment) === undefined) return without(conditions, 'Progressing');
  const known = conditionOf(deployment.status?.conditions, 'Progressing');
  const settled = status.replicas === status.updatedReplicas && known?.reason === 'NewReplicaSetAvailable';
  if (settled) return [...conditions];
  const what =
    sets.current === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${sets.current.metadata.name}"`;
  const told = (condition: 'True' | 'False', reason: string, message: string): Wish => ({
    type: 'Progressing',
    status: condition,
    reason,
    message: `${what} ${message}`,
  });
  if (isComplete(deployment, status))
    return setCondition(conditions, told('True', 'NewReplicaSetAvailable', 'has successfully progressed.'), now);
  if (isProgressing(status, deployment.status ?? {}))
    return renewCondition(conditions, told('True', 'ReplicaSetUpdated', 'is progressing.'), now);
  if (isLate(deployment, now))
    return setCondition(conditions, told('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'), now);
  return [...conditions];
}

function isLate(deployment: Deployment, now: number): boolean {
  const known = conditionOf(deployment.status?.conditions, 'Progressing');
  if (known === undefined || known.reason === 'NewReplicaSetAvailable') return false;
  return known.reason === 'ProgressDeadlineExceeded' || deadlineAt(deployment) < now;
}

/** When progress will be late, in ms since the epoch; Infinity when it cannot be. */
function deadlineAt(deployment: Deployment): number {
  const deadline = progressDeadline(deployment);
  const since = (conditionOf(deployment.status?.conditions, 'Progressing') as DeploymentCondition | undefined)?.lastUpdateTime;
  return deadline === undefined || since === undefined ? Infinity : Date.parse(since) + deadline;
}

/** How long, in ms, until the deadline must be looked at; undefined when there is nothing to wait for. */
export function untilDeadline(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const reason = conditionOf(status.conditions, 'Progressing')?.reason;
  if (isComplete(deployment, status) || reason === 'ProgressDeadlineExceeded' || deployment.spec.paused === true)
    return undefined;
  const at = deadlineAt(deployment);
  // A second more: times are kept in whole seconds.
  return at === Infinity ? undefined : Math.max(0, at - now) + 1000;
}

function withFailure(conditions: readonly DeploymentCondition[], { current, old }: Sets): DeploymentCondition[] {
  const sets = current === undefined ? old : [current, ...old];
  const failures = sets.flatMap(({ status }) => conditionOf(status?.conditions, 'ReplicaFailure') ?? []);
  const { lastTransitionTime = '', reason = '', message = '', status = 'True' } = failures[0] ?? {};
  const others = without(conditions, 'ReplicaFailure');
  if (failures.length === 0) return others;
  const condition = { type: 'ReplicaFailure', status, reason, message, lastTransitionTime, lastUpdateTime: lastTransitionTime };
  return [...others, condition];
}

/** A pause stops the clock of the deadline, its end starts it anew. Undefined when nothing is to be told. */
export function pauseCondition({ spec, status }: Deployment): Wish | undefined {
  const reason = conditionOf(status?.conditions, 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return undefined;
  const told = (why: string, message: string): Wish => ({ type: 'Progressing', status: 'Unknown', reason: why, message });
  if (spec.paused === true && reason !== 'DeploymentPaused') return told('DeploymentPaused', 'Deployment is paused');
  if (spec.paused !== true && reason === 'DeploymentPaused') return told('DeploymentResumed', 'Deployment is resumed');
  return undefined;
}
