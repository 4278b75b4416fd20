import { OoError } from '../../../common/errors.ts';

/** Why a build fails: the words of build/v1 StatusReason that an engine can say. */
export type BuildReason =
  | 'FetchSourceFailed'
  | 'InvalidContextDirectory'
  | 'ManageDockerfileFailed'
  | 'FetchImageContentFailed'
  | 'PullBuilderImageFailed'
  | 'AssembleFailed'
  | 'DockerBuildFailed'
  | 'PostCommitHookFailed'
  | 'PushImageToRegistryFailed'
  | 'OutOfMemoryKilled'
  | 'GenericBuildFailed';

/** A build that has failed, as its author is told. The code is the reason. */
export class BuildError extends OoError {
  readonly reason: BuildReason;
  constructor(reason: BuildReason, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(reason, 'platform', message, options);
    this.name = 'BuildError';
    this.reason = reason;
  }
}

/** Anything thrown, as a BuildError; what is one already stays. */
export function asBuildError(reason: BuildReason, about: string, cause: unknown): BuildError {
  return cause instanceof BuildError ? cause : new BuildError(reason, about, { cause });
}
