import type { DeploymentConfig } from '../api/openshift-apps/deployment-config-types.ts';
import {
  CANCELLED,
  configNameOf,
  decodeConfig,
  DESIRED_REPLICAS,
  hasBlankImage,
  isCancelled,
  isTerminated,
  phaseOf,
  STATUS_REASON,
  versionOf,
} from '../api/openshift-apps/rollout-annotations.ts';
import { causesText, changeCauses } from '../api/openshift-apps/rollout-causes.ts';
import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import { isAlreadyExists, isForbiddenByTermination, isNotFound, unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { carryOutClaims, controllerOf, planClaims } from './ownership/claims.ts';
import { DEPLOYMENT_CONFIGS, refTo, REPLICATION_CONTROLLERS } from './resources.ts';
import { configStatus, pauseWish, type Wish } from './rollouts/config-status.ts';
import { activeOf, byVersion, type ReplicationController, sizeOf } from './rollouts/rollout-types.ts';
import { versionController } from './rollouts/version-controller.ts';
import { sameJson } from './same-json.ts';

const NEWER_VERSION = 'newer deployment was found running';

/** Begins the versions of deployment configs when something has changed, and keeps the pods of the one that came out well. */
export const deploymentConfigController = (): ControllerDefinition =>
  defineController({
    name: 'deployment-config-controller',
    component: 'deploymentconfig-controller',
    for: DEPLOYMENT_CONFIGS,
    owns: [REPLICATION_CONTROLLERS],
    watches: [
      {
        of: REPLICATION_CONTROLLERS,
        // One without a controller may be of a config that was deleted without it, and is there again.
        map: (object) =>
          controllerOf(object) === undefined && configNameOf(object) !== ''
            ? [`${object.metadata.namespace}/${configNameOf(object)}`]
            : [],
      },
    ],
    concurrency: 5,
    reconcile,
  });

async function reconcile(key: string, context: ReconcileContext): Promise<void> {
  const config = context.lister<DeploymentConfig>(DEPLOYMENT_CONFIGS).byKey(key);
  if (config === undefined) return;
  const candidates = context.lister<ReplicationController>(REPLICATION_CONTROLLERS).list(config.metadata.namespace);
  const claims = planClaims(config, (each) => configNameOf(each) === config.metadata.name, candidates);
  await carryOutClaims(config, DEPLOYMENT_CONFIGS, { adopt: claims.adopt, release: [] }, REPLICATION_CONTROLLERS, context);
  // What was taken in comes back with its change.
  if (claims.adopt.length > 0) return;
  const controllers = byVersion(claims.owned);
  if (config.metadata.deletionTimestamp !== undefined) return writeStatus(config, controllers, [], context);
  const told = pauseWish(config);
  const version = config.status?.latestVersion ?? 0;
  const latest = controllers.find((each) => versionOf(each) === version);
  if (config.spec.paused !== true && (await beginVersion(config, latest, context))) return;
  if (version > 0 && latest === undefined) return makeVersion(config, controllers, told, context);
  if (latest !== undefined && isTerminated(latest)) {
    await resize(config, controllers, latest, context);
    await removeHistory(config, controllers, latest, context);
  }
  return writeStatus(config, controllers, told === undefined ? [] : [told], context);
}

/** True when there is a reason for a new version and it has been written: the config comes back with that. */
async function beginVersion(
  config: DeploymentConfig,
  latest: ReplicationController | undefined,
  { client }: ReconcileContext,
): Promise<boolean> {
  const version = config.status?.latestVersion ?? 0;
  const before = latest === undefined ? undefined : decodeConfig(latest);
  // While the latest version is to be made, or tells nothing of what it was made from, there is nothing to compare with.
  if (version > 0 && before === undefined) return false;
  const causes = changeCauses(config, before);
  if (causes.length === 0) return false;
  const details = { message: causesText(causes), causes };
  const status = { ...config.status, latestVersion: version + 1, details };
  await unlessGone(client.update(refTo(DEPLOYMENT_CONFIGS, config, 'status'), { ...config, status }));
  return true;
}

/** The replication controller of a version that has none. What still runs is cancelled first. */
async function makeVersion(
  config: DeploymentConfig,
  controllers: readonly ReplicationController[],
  told: Wish | undefined,
  context: ReconcileContext,
): Promise<void> {
  const running = controllers.filter((each) => !isTerminated(each));
  await cancel(config, running, context);
  const wishes = told === undefined ? [] : [told];
  if (running.length > 0 || config.spec.paused === true || hasBlankImage(config))
    return writeStatus(config, controllers, wishes, context);
  const { client, recorder } = context;
  const wanted = versionController(config);
  const name = wanted.metadata.name!;
  const version = config.status!.latestVersion;
  try {
    const made = await create(config, wanted, context);
    const message = `Created new replication controller "${name}" for version ${version}`;
    if (made !== undefined) recorder.event(config, 'Normal', 'DeploymentCreated', message);
    const created: Wish = {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicationControllerCreated',
      message: `created new replication controller "${name}"`,
    };
    return await writeStatus(config, made === undefined ? controllers : [made, ...controllers], [created], context);
  } catch (error) {
    if (isForbiddenByTermination(error)) return;
    const why = errorText(error);
    recorder.event(config, 'Warning', 'DeploymentCreationFailed', `Couldn't deploy version ${version}: ${why}`);
    const failed: Wish = {
      type: 'Progressing',
      status: 'False',
      reason: 'ReplicationControllerCreateError',
      message: `couldn't create replication controller "${name}": ${why}`,
    };
    await unlessGone(client.get(refTo(DEPLOYMENT_CONFIGS, config))).then(
      async (live) => live && writeStatus(live as DeploymentConfig, controllers, [failed], context),
    );
    throw error;
  }
}

/** Undefined where an earlier attempt had made it. */
async function create(
  config: DeploymentConfig,
  wanted: ReplicationController,
  { client }: ReconcileContext,
): Promise<ReplicationController | undefined> {
  try {
    return await client.create<ReplicationController>(
      { ...REPLICATION_CONTROLLERS, namespace: config.metadata.namespace! },
      wanted,
    );
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const there = await unlessGone(client.get(refTo(REPLICATION_CONTROLLERS, wanted)));
    if (there === undefined || controllerOf(there)?.uid === config.metadata.uid) return undefined;
    throw new Error(
      `replication controller ${wanted.metadata.name} already exists and deployment config is not allowed to claim it`,
      { cause: error },
    );
  }
}

async function cancel(
  config: DeploymentConfig,
  running: readonly ReplicationController[],
  { client, recorder }: ReconcileContext,
): Promise<void> {
  for (const controller of running) {
    if (isCancelled(controller)) continue;
    await unlessGone(
      client.update(
        refTo(REPLICATION_CONTROLLERS, controller),
        annotated(controller, {
          [CANCELLED]: 'true',
          [STATUS_REASON]: NEWER_VERSION,
        }),
      ),
    );
    const { name } = controller.metadata;
    const text = `Cancelled deployment "${name}" superceded by version ${config.status!.latestVersion}`;
    recorder.event(config, 'Normal', 'DeploymentCancelled', text);
  }
}

const annotated = (controller: ReplicationController, more: Record<string, string>): ReplicationController => ({
  ...controller,
  metadata: { ...controller.metadata, annotations: { ...controller.metadata.annotations, ...more } },
});

/** Between rollouts: all pods are those of the version that came out well last, as many as the config says. */
async function resize(
  config: DeploymentConfig,
  controllers: readonly ReplicationController[],
  latest: ReplicationController,
  { client, recorder }: ReconcileContext,
): Promise<void> {
  const active = phaseOf(latest) === 'Complete' ? latest : activeOf(controllers);
  for (const controller of controllers) {
    const replicas = controller === active && !config.spec.test ? config.spec.replicas : 0;
    const before = sizeOf(controller);
    const desired = controller === active ? { [DESIRED_REPLICAS]: String(config.spec.replicas) } : {};
    const next = annotated({ ...controller, spec: { ...controller.spec, replicas } }, desired);
    if (before === replicas && sameJson(next.metadata.annotations, controller.metadata.annotations)) continue;
    await unlessGone(client.update(refTo(REPLICATION_CONTROLLERS, controller), next));
    if (before === replicas) continue;
    const text = `Scaled replication controller "${controller.metadata.name}" from ${before} to ${replicas}`;
    recorder.event(config, 'Normal', 'ReplicationControllerScaled', text);
  }
}

/** Versions that are over and empty go when there are more of them than the history is to hold, the oldest first. */
async function removeHistory(
  config: DeploymentConfig,
  controllers: readonly ReplicationController[],
  latest: ReplicationController,
  { client, recorder }: ReconcileContext,
): Promise<void> {
  const limit = config.spec.revisionHistoryLimit;
  if (limit === undefined) return;
  const active = activeOf(controllers);
  const old = controllers.filter((each) => each !== latest && each !== active && isTerminated(each) && isEmpty(each));
  for (const controller of old.slice(limit)) {
    const { uid, resourceVersion, name } = controller.metadata;
    try {
      const preconditions = { uid: uid!, resourceVersion: resourceVersion! };
      await client.delete(refTo(REPLICATION_CONTROLLERS, controller), { preconditions, propagationPolicy: 'Background' });
    } catch (error) {
      if (isNotFound(error)) continue;
      recorder.event(config, 'Warning', 'ReplicationControllerCleanupFailed', `Couldn't delete "${name}": ${errorText(error)}`);
      throw error;
    }
  }
}

const isEmpty = (controller: ReplicationController): boolean =>
  sizeOf(controller) === 0 && (controller.status?.replicas ?? 0) === 0 && controller.metadata.deletionTimestamp === undefined;

async function writeStatus(
  config: DeploymentConfig,
  controllers: readonly ReplicationController[],
  told: readonly Wish[],
  { client, clock }: ReconcileContext,
): Promise<void> {
  const status = configStatus(config, controllers, told, rfc3339(clock.now()));
  if (sameJson(config.status, status)) return;
  await unlessGone(client.update(refTo(DEPLOYMENT_CONFIGS, config, 'status'), { ...config, status }));
}
