import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import { BUILD_CONFIG_LABEL, BUILD_POD_NAME } from '../api/build/build-labels.ts';
import { buildPodName } from '../api/build/build-names.ts';
import { type Build, type BuildStatus, isFinished } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import type { BuildDefaults } from '../builds/contract.ts';
import { isAlreadyExists, isForbiddenByTermination, unlessGone } from './api-errors.ts';
import { because, type BuildView, ended, viewPod } from './builds/build-phase.ts';
import { publishTrustedCa } from './builds/build-defaults.ts';
import { podOf } from './builds/build-pod.ts';
import { findInputs } from './builds/pod-inputs.ts';
import { turnOf } from './builds/run-policy.ts';
import { AGAIN, inputWatches } from './builds/waiting-builds.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { controllerOf } from './ownership/claims.ts';
import { BUILDS, PODS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** When a pod that could not be created is tried again, in ms. */
const POD_AGAIN = 5_000;

/** Runs each build in a pod, in its turn, and tells in its status what became of it. */
export const buildController = (defaults: BuildDefaults = {}): ControllerDefinition =>
  defineController({
    name: 'build-controller',
    for: BUILDS,
    owns: [PODS],
    // The end of one is the beginning of the next.
    watches: [
      {
        of: BUILDS,
        map: (build, { lister }) => siblingsOf(build as Build, lister(BUILDS).list(build.metadata.namespace)).map(keyOf),
      },
      ...inputWatches,
    ],
    concurrency: 4,
    reconcile: (key, context) => reconcile(key, context, defaults),
  });

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

/** The builds of the same config that have not ended, itself among them. */
function siblingsOf(build: Build, all: readonly KubeObject[]): Build[] {
  const owner = controllerOf(build)?.uid;
  if (owner === undefined || build.metadata.annotations?.[BUILD_CONFIG_LABEL] === undefined) return [];
  return (all as Build[]).filter((each) => controllerOf(each)?.uid === owner && !isFinished(each));
}

async function reconcile(key: string, context: ReconcileContext, defaults: BuildDefaults): Promise<ReconcileResult | void> {
  const { lister, client, clock } = context;
  const build = lister<Build>(BUILDS).byKey(key);
  if (build === undefined || build.metadata.deletionTimestamp !== undefined || isFinished(build)) return;
  const { namespace = '', name = '' } = build.metadata;
  const now = rfc3339(clock.now());
  const podName = buildPodName(name);
  const cached = lister(PODS).get(namespace, podName);
  // The cache may not show yet what was just made, or show what is just gone.
  const pod = cached ?? (await unlessGone(client.get({ ...PODS, namespace, name: podName })));
  if (build.status?.cancelled === true) return cancel(build, pod, context);
  if (pod === undefined) {
    const phase = build.status?.phase ?? 'New';
    if (phase === 'New') return begin(build, context, defaults);
    const status = { ...build.status, phase: 'Error', ...because('BuildPodDeleted') } satisfies BuildStatus;
    return write(build, { status: ended(build, status, now) }, context);
  }
  if (controllerOf(pod)?.uid !== build.metadata.uid) {
    const status = { ...build.status, phase: 'Error', ...because('BuildPodExists') } satisfies BuildStatus;
    return write(build, { status: ended(build, status, now) }, context);
  }
  return write(build, viewPod(build, pod, now), context);
}

async function begin(build: Build, context: ReconcileContext, defaults: BuildDefaults): Promise<ReconcileResult | void> {
  const { lister, client, clock, recorder } = context;
  const turn = turnOf(build, siblingsOf(build, lister(BUILDS).list(build.metadata.namespace)));
  if (turn === 'wait') return;
  if (turn === 'cancel') {
    const status: BuildStatus = {
      ...build.status,
      phase: 'Cancelled',
      ...because('CancelledBuild', 'A later build has taken its place.'),
    };
    return write(build, { status: ended(build, status, rfc3339(clock.now())) }, context);
  }
  const inputs = await findInputs(build, context);
  if ('reason' in inputs) {
    await write(build, { status: { ...build.status, phase: 'New', ...because(inputs.reason, inputs.message) } }, context);
    return { requeueAfter: AGAIN };
  }
  let pod: KubeObject;
  try {
    pod = podOf(build, inputs, defaults);
  } catch (error) {
    const status: BuildStatus = { ...build.status, phase: 'Error', ...because('CannotCreateBuildPodSpec', errorText(error)) };
    return write(build, { status: ended(build, status, rfc3339(clock.now())) }, context);
  }
  const namespace = build.metadata.namespace!;
  try {
    if (defaults.trustedCa !== undefined) await publishTrustedCa(client, namespace, defaults.trustedCa);
    await client.create({ ...PODS, namespace }, pod);
  } catch (error) {
    if (isForbiddenByTermination(error)) return;
    if (!isAlreadyExists(error)) {
      recorder.event(build, 'Warning', 'FailedCreate', `Error creating: ${errorText(error)}`);
      const status = { ...build.status, ...because('CannotCreateBuildPod', `Failed creating build pod: ${errorText(error)}`) };
      await write(build, { status }, context);
      return { requeueAfter: POD_AGAIN };
    }
    // Made before, by someone who was stopped before it was told; or somebody else's, which the next look tells.
    return { requeueAfter: 1 };
  }
  const { reason: _reason, message: _message, ...kept } = build.status ?? {};
  const reference = inputs.output === undefined ? {} : { outputDockerImageReference: inputs.output };
  await write(build, { status: { ...kept, phase: 'Pending', ...reference } }, context);
}

/** The pod goes, and with it everything that the node has made for it. */
async function cancel(build: Build, pod: KubeObject | undefined, context: ReconcileContext): Promise<void> {
  if (pod !== undefined && controllerOf(pod)?.uid === build.metadata.uid)
    await unlessGone(
      context.client.delete(refTo(PODS, pod), { preconditions: { uid: pod.metadata.uid! }, gracePeriodSeconds: 1 }),
    );
  const status: BuildStatus = { ...build.status, phase: 'Cancelled', ...because('CancelledBuild') };
  await write(build, { status: ended(build, status, rfc3339(context.clock.now())) }, context);
}

/** Writes what differs, and tells of transitions. */
async function write(build: Build, { status, revision }: BuildView, { client, recorder }: ReconcileContext): Promise<void> {
  const known = build.spec.revision?.git?.commit;
  const tellsRevision = revision !== undefined && known === undefined;
  const podName = buildPodName(build.metadata.name!);
  const { annotations = {} } = build.metadata;
  const named = status.phase === 'New' || annotations[BUILD_POD_NAME] === podName;
  if (sameJson(status, build.status) && !tellsRevision && named) return;
  const next: Build = {
    ...build,
    metadata: { ...build.metadata, annotations: named ? annotations : { ...annotations, [BUILD_POD_NAME]: podName } },
    spec: tellsRevision ? { ...build.spec, revision } : build.spec,
    status,
  };
  if ((await unlessGone(client.update(refTo(BUILDS, build, 'details'), next))) === undefined) return;
  if (status.phase === build.status?.phase) return;
  const told = EVENTS[status.phase ?? 'New'];
  if (told !== undefined) recorder.event(build, told.type, told.reason, `Build ${keyOf(build)} ${told.text}`);
}

const EVENTS: Readonly<Record<string, { type: 'Normal' | 'Warning'; reason: string; text: string }>> = {
  Running: { type: 'Normal', reason: 'BuildStarted', text: 'is now running' },
  Complete: { type: 'Normal', reason: 'BuildCompleted', text: 'completed successfully' },
  Failed: { type: 'Normal', reason: 'BuildFailed', text: 'failed' },
  Error: { type: 'Warning', reason: 'BuildFailed', text: 'failed' },
  Cancelled: { type: 'Normal', reason: 'BuildCancelled', text: 'has been cancelled' },
};
