import { errorText } from '../../common/errors.ts';
import { PAUSED } from '../api/build/generate-build.ts';
import { type Build, type BuildConfig, type BuildRequest, isFinished } from '../api/build/build-types.ts';
import { isReason } from '../api/status-error.ts';
import { isConflict, isForbiddenByTermination, isNotFound, unlessGone } from './api-errors.ts';
import { numberOf } from './builds/run-policy.ts';
import { AGAIN, imageWatches } from './builds/waiting-builds.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { BUILD_CONFIGS, BUILDS, refTo } from './resources.ts';

/** Starts the first build of configs that ask for it, and deletes ended builds beyond those that a config keeps. */
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
      await removeHistory(config, context);
      return startFirst(config, context);
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

/** The oldest go first; good and bad ones have limits of their own. */
async function removeHistory(config: BuildConfig, { client, lister }: ReconcileContext): Promise<void> {
  const { successfulBuildsHistoryLimit: good, failedBuildsHistoryLimit: bad } = config.spec;
  const done = lister<Build>(BUILDS)
    .controlledBy(config.metadata.uid!)
    .filter((build) => isFinished(build) && build.metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => numberOf(a) - numberOf(b));
  const succeeded = done.filter(({ status }) => status?.phase === 'Complete');
  const failed = done.filter(({ status }) => status?.phase !== 'Complete');
  for (const [builds, kept] of [
    [succeeded, good],
    [failed, bad],
  ] as const) {
    if (kept === undefined) continue;
    for (const build of builds.slice(0, Math.max(0, builds.length - kept)))
      await unlessGone(
        client.delete(refTo(BUILDS, build), { preconditions: { uid: build.metadata.uid! }, propagationPolicy: 'Background' }),
      );
  }
}
