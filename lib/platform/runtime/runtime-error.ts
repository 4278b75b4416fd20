/**
 * Why the engine did not do something.
 * - `unavailable`: the engine is stopped, restarting or not answering; the call may be tried again.
 * - `not-found`: no such container, exec or image.
 * - `conflict`: the name is taken, or the container is in the wrong state.
 * - `invalid`: the engine refuses the request as it is.
 * - `failed`: the engine tried and could not; the message is its own.
 */
export type RuntimeFailure = 'unavailable' | 'not-found' | 'conflict' | 'invalid' | 'failed';

/** What every method of ContainerRuntime rejects with. The message starts as the Docker client's own errors do. */
export class RuntimeError extends Error {
  readonly failure: RuntimeFailure;
  constructor(failure: RuntimeFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RuntimeError';
    this.failure = failure;
  }
}

/** Whether a call to the engine failed in that way. */
export const isRuntimeFailure = (error: unknown, failure: RuntimeFailure): error is RuntimeError =>
  error instanceof RuntimeError && error.failure === failure;

/** True when the engine is away, or that is what lies behind the error: try again, change nothing. */
export function isRuntimeUnavailable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (isRuntimeFailure(at, 'unavailable')) return true;
  return false;
}
