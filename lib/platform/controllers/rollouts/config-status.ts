import type {
  DeploymentConfig,
  DeploymentConfigCondition,
  DeploymentConfigStatus,
} from '../../api/openshift-apps/deployment-config-types.ts';
import { deployerPodName, isCancelled, phaseOf, versionOf } from '../../api/openshift-apps/rollout-annotations.ts';
import { scaledValue } from '../int-or-percent.ts';
import type { ReplicationController } from './rollout-types.ts';

export type Wish = Pick<DeploymentConfigCondition, 'type' | 'status' | 'reason' | 'message'>;

const sum = (controllers: readonly ReplicationController[], field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
  controllers.reduce((total, { status }) => total + (status?.[field] ?? 0), 0);

/**
 * What a deployment config says of itself (openshift-controller-manager apps calculateStatus). `told`: conditions that something else has to
 * say; what replication controllers tell does not replace them.
 */
export function configStatus(
  config: DeploymentConfig,
  controllers: readonly ReplicationController[],
  told: readonly Wish[],
  now: string,
): DeploymentConfigStatus {
  const version = config.status?.latestVersion ?? 0;
  const latest = controllers.find((each) => versionOf(each) === version);
  const [replicas, available] = [sum(controllers, 'replicas'), sum(controllers, 'availableReplicas')];
  const { details } = config.status ?? {};
  const ready = sum(controllers, 'readyReplicas');
  const wishes = [availability(config, available), ...told];
  if (!told.some(({ type }) => type === 'Progressing') && latest !== undefined) wishes.push(progress(latest));
  return {
    latestVersion: version,
    observedGeneration: config.metadata.generation ?? 0,
    replicas,
    updatedReplicas: latest?.status?.replicas ?? 0,
    availableReplicas: available,
    unavailableReplicas: Math.max(0, replicas - available),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(details === undefined ? {} : { details }),
    conditions: wishes.reduce((known, wish) => withWish(known, wish, now), config.status?.conditions ?? []),
  };
}

function availability({ spec }: DeploymentConfig, available: number): Wish {
  const { type, rollingParams } = spec.strategy;
  const mayMiss = type === 'Rolling' ? scaledValue(rollingParams?.maxUnavailable, spec.replicas, 'down') : 0;
  const enough = available >= spec.replicas - mayMiss && (available > 0 || spec.replicas === 0);
  return {
    type: 'Available',
    status: enough ? 'True' : 'False',
    message: enough ? 'Deployment config has minimum availability.' : 'Deployment config does not have minimum availability.',
  };
}

function progress(latest: ReplicationController): Wish {
  const name = latest.metadata.name!;
  const told = (status: Wish['status'], reason: string, message: string): Wish => ({
    type: 'Progressing',
    status,
    ...(reason === '' ? {} : { reason }),
    message,
  });
  switch (phaseOf(latest)) {
    case 'Running':
      return told('True', 'ReplicationControllerUpdated', `replication controller "${name}" is progressing`);
    case 'Complete':
      return told('True', 'NewReplicationControllerAvailable', `replication controller "${name}" successfully rolled out`);
    case 'Failed':
      return isCancelled(latest)
        ? told('False', 'RolloutCancelled', `rollout of replication controller "${name}" was cancelled`)
        : told('False', 'ProgressDeadlineExceeded', `replication controller "${name}" has failed progressing`);
    default: {
      const pod = deployerPodName(name);
      return told('Unknown', '', `replication controller "${name}" is waiting for pod "${pod}" to run`);
    }
  }
}

/** The same list comes back where it says so already. */
function withWish(known: readonly DeploymentConfigCondition[], wish: Wish, now: string): DeploymentConfigCondition[] {
  const old = known.find(({ type }) => type === wish.type);
  if (
    old !== undefined &&
    old.status === wish.status &&
    (old.reason ?? '') === (wish.reason ?? '') &&
    old.message === wish.message
  )
    return [...known];
  const lastTransitionTime = old?.status === wish.status ? (old.lastTransitionTime ?? now) : now;
  return [...known.filter((each) => each !== old), { ...wish, lastUpdateTime: now, lastTransitionTime }];
}

/** A pause and its end, each told once. */
export function pauseWish({ spec, status }: DeploymentConfig): Wish | undefined {
  const reason = status?.conditions?.find(({ type }) => type === 'Progressing')?.reason;
  const told = (why: string, message: string): Wish => ({ type: 'Progressing', status: 'Unknown', reason: why, message });
  if (spec.paused === true) return told('DeploymentConfigPaused', 'Deployment config is paused');
  return reason === 'DeploymentConfigPaused' ? told('DeploymentConfigResumed', 'Deployment config is resumed') : undefined;
}
