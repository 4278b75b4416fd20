import { OoError } from '../../../common/errors.ts';
import type { BuildFailure } from '../contract.ts';

/** A build that has failed, as its author is told. The code is the reason. */
export class BuildError extends OoError {
  readonly reason: BuildFailure;
  constructor(reason: BuildFailure, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(reason, 'platform', message, options);
    this.name = 'BuildError';
    this.reason = reason;
  }
}

/** Anything thrown, as a BuildError; what is one already stays. */
export function asBuildError(reason: BuildFailure, about: string, cause: unknown): BuildError {
  return cause instanceof BuildError ? cause : new BuildError(reason, about, { cause });
}
