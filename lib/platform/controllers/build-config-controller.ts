import { errorText } from '../../common/errors.ts';
import { PAUSED } from '../api/build/generate-build.ts';
import { type Build, type BuildConfig, type BuildRequest } from '../api/build/build-types.ts';
import { isReason } from '../api/status-error.ts';
import { isConflict, isForbiddenByTermination, isNotFound, unlessGone } from './api-errors.ts';
import { planHistory } from './builds/build-history.ts';
import { AGAIN, imageWatches } from './builds/waiting-builds.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { BUILD_CONFIGS, BUILDS, refTo } from './resources.ts';

/** Starts the first build of configs that ask for it, and deletes ended builds beyond those that a config keeps, once what they built has started. */
export const buildConfigController = (): ControllerDefinition =>
  defineController({
    name: 'build-config-controller',
    component: 'buildconfig-controller',
    for: BUILD_CONFIGS,
    owns: [BUILDS],
    // What a first build is from may come after the config.
    watches: imageWatches((lister) => (lister(BUILD_CONFIGS).list() as BuildConfig[]).filter(waitsForFirst)),
    concurrency: 2,
    async reconcile(key, context): Promise<ReconcileResult | void> {
      const config = context.lister<BuildConfig>(BUILD_CONFIGS).byKey(key);
      if (config === undefined || config.metadata.deletionTimestamp !== undefined) return;
      const again = await removeHistory(config, context);
      const started = await startFirst(config, context);
      return started ?? (again === undefined ? undefined : { requeueAfter: again });
    },
  });

function waitsForFirst({ metadata, spec, status }: BuildConfig): boolean {
  const paused = metadata.annotations?.[PAUSED]?.toLowerCase() === 'true';
  return !paused && (status?.lastVersion ?? 0) === 0 && (spec.triggers ?? []).some(({ type }) => type === 'ConfigChange');
}

async function startFirst(config: BuildConfig, { client, recorder }: ReconcileContext): Promise<ReconcileResult | void> {
  if (!waitsForFirst(config)) return;
  const request: BuildRequest = {
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildRequest',
    metadata: { name: config.metadata.name!, namespace: config.metadata.namespace! },
    lastVersion: 0,
    triggeredBy: [{ message: 'Build configuration change' }],
  };
  try {
    await client.create(refTo(BUILD_CONFIGS, config, 'instantiate'), request);
  } catch (error) {
    // Somebody else has started it; the cache will show it.
    if (isConflict(error) || isNotFound(error) || isForbiddenByTermination(error)) return;
    const message = `error instantiating Build from BuildConfig ${config.metadata.namespace}/${config.metadata.name} (0): ${errorText(error)}`;
    recorder.event(config, 'Warning', 'BuildConfigInstantiateFailed', message);
    if (!isReason(error, 'BadRequest') && !isReason(error, 'Forbidden')) throw error;
    return { requeueAfter: AGAIN };
  }
}

/** Gives when to look again, in ms. */
async function removeHistory(config: BuildConfig, { client, lister, clock }: ReconcileContext): Promise<number | undefined> {
  const { remove, again } = planHistory(config, lister<Build>(BUILDS).controlledBy(config.metadata.uid!), clock.now());
  for (const build of remove)
    await unlessGone(
      client.delete(refTo(BUILDS, build), { preconditions: { uid: build.metadata.uid! }, propagationPolicy: 'Background' }),
    );
  return again;
}
