import { type Build, type BuildStatus, isFinished, type SourceRevision, type StageInfo } from '../../api/build/build-types.ts';
import type { ContainerStatus } from '../../api/build/pod-containers.ts';
import type { KubeObject } from '../../api/meta.ts';
import { GIT_CLONE } from '../../builds/contract.ts';
import { readTermination } from './termination.ts';

/** What a reason means where nobody says more (openshift-controller-manager, build/buildutil). */
const MESSAGES: Readonly<Record<string, string>> = {
  AssembleFailed: 'Assemble script failed.',
  BuildPodDeleted: 'The pod for this build was deleted before the build completed.',
  BuildPodEvicted: 'The pod for this build was evicted from the node.',
  BuildPodExists: 'The pod for this build already exists and is older than the build.',
  CancelledBuild: 'The build was cancelled by the user.',
  DockerBuildFailed: 'Docker build strategy has failed.',
  FetchImageContentFailed: 'Failed to extract image content.',
  FetchSourceFailed: 'Failed to fetch the input source.',
  GenericBuildFailed: 'Generic Build failure - check logs for details.',
  InvalidContextDirectory: 'The supplied context directory does not exist.',
  InvalidOutputReference: 'Output image could not be resolved.',
  ManageDockerfileFailed: 'Failed to process the Dockerfile.',
  MissingPushSecret: 'Missing push secret.',
  OutOfMemoryKilled: 'The build pod was killed due to an out of memory condition.',
  PostCommitHookFailed: 'Build failed because of post commit hook.',
  PullBuilderImageFailed: 'Failed pulling builder image.',
  PushImageToRegistryFailed: 'Failed to push the image to the registry.',
};

/** A status with this reason, and what it means. */
export const because = (reason: string, message?: string): Pick<BuildStatus, 'reason' | 'message'> => ({
  reason,
  message: message === undefined || message === '' ? (Object.hasOwn(MESSAGES, reason) ? MESSAGES[reason]! : reason) : message,
});

/** What is known of a build once its pod has been looked at. */
export interface BuildView {
  readonly status: BuildStatus;
  readonly revision?: SourceRevision;
}

/** Pure. The build's status as its pod tells it. `now`: RFC 3339. A build that has ended stays as it is. */
export function viewPod(build: Build, pod: KubeObject, now: string): BuildView {
  const { status = {} } = build;
  if (isFinished(build)) return { status };
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])] as ContainerStatus[];
  const ends = statuses.map(({ name, state }) => ({ name, ...readTermination(state?.terminated?.message) }));
  const stages = ends.flatMap((end): readonly StageInfo[] => end.stages ?? []);
  const revision = ends.find(({ name }) => name === GIT_CLONE)?.revision;
  const known = revision?.commit === undefined ? {} : { revision: { type: 'Git', git: revision } };
  const { reason: _reason, message: _message, logSnippet: _snippet, ...kept } = status;
  const next: BuildStatus = { ...kept, ...(stages.length === 0 ? {} : { stages }) };
  switch (pod.status?.phase) {
    case 'Succeeded': {
      const digest = ends.findLast(({ imageDigest }) => imageDigest !== undefined)?.imageDigest;
      const output = digest === undefined ? {} : { output: { to: { imageDigest: digest } } };
      return { status: ended(build, { ...next, phase: 'Complete', ...output }, now), ...known };
    }
    case 'Failed':
      return { status: ended(build, { ...next, phase: 'Failed', ...failureOf(build, pod, statuses) }, now), ...known };
    case 'Running':
      return { status: { ...next, phase: 'Running', startTimestamp: status.startTimestamp ?? now }, ...known };
    default: {
      // The containers that come first already work for the build.
      const works = statuses.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined);
      if (!works && status.phase !== 'Running') return { status: { ...next, phase: 'Pending' } };
      return { status: { ...next, phase: 'Running', startTimestamp: status.startTimestamp ?? now }, ...known };
    }
  }
}

function failureOf({ spec }: Build, pod: KubeObject, statuses: readonly ContainerStatus[]): BuildStatus {
  if (pod.status?.reason === 'Evicted') return because('BuildPodEvicted', pod.status.message as string | undefined);
  if (pod.status?.reason === 'DeadlineExceeded')
    return because(
      'GenericBuildFailed',
      `The build took longer than its completionDeadlineSeconds of ${spec.completionDeadlineSeconds}.`,
    );
  const failed = statuses.find(({ state }) => state?.terminated !== undefined && state.terminated.exitCode !== 0)?.state
    ?.terminated;
  const said = readTermination(failed?.message);
  const snippet = said.logTail === undefined ? {} : { logSnippet: said.logTail };
  if (failed?.reason === 'OOMKilled') return { ...because('OutOfMemoryKilled'), ...snippet };
  return { ...because(said.reason ?? 'GenericBuildFailed', said.message), ...snippet };
}

/** A status that is the last one, with how long it took. */
export function ended(build: Build, status: BuildStatus, now: string): BuildStatus {
  const start = status.startTimestamp ?? build.metadata.creationTimestamp ?? now;
  const duration = Math.max(0, Date.parse(now) - Date.parse(start)) * 1e6;
  return { ...status, startTimestamp: start, completionTimestamp: now, duration };
}
