import { errorText } from '../../../../common/errors.ts';
import type { ContainerRuntime, ContainerState } from '../../../runtime/container-runtime.ts';
import { isRuntimeUnavailable } from '../../../runtime/runtime-error.ts';
import { cgroupLimits } from '../containers/resource-values.ts';
import type { Container } from '../types/container-types.ts';

/** A resize that could not be carried out: the message of the pod's PodResizeInProgress condition. */
export class ResizeError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ResizeError';
  }
}

/**
 * Gives a running container the limits of its spec. Rejects with a ResizeError, or as the engine does when it is away. A limit below
 * what is used is not tried: the kernel would refuse it, or kill the container (kubelet: validateMemoryResizeAction).
 */
export async function resizeContainer(runtime: ContainerRuntime, container: Container, state: ContainerState): Promise<void> {
  const limits = cgroupLimits(container);
  try {
    const { memoryBytes } = limits;
    if (memoryBytes !== undefined && (state.limits.memoryBytes === 0 || memoryBytes < state.limits.memoryBytes)) {
      const used = (await runtime.stats(state.id)).memoryBytes;
      if (used > memoryBytes)
        throw new ResizeError(
          `cannot decrease memory limits: attempting to set container ${JSON.stringify(container.name)} memory limit (${memoryBytes}) below current usage (${used})`,
        );
    }
    await runtime.update(state.id, limits);
  } catch (error) {
    if (error instanceof ResizeError || isRuntimeUnavailable(error)) throw error;
    throw new ResizeError(`failed to resize container ${JSON.stringify(container.name)}: ${errorText(error)}`, error);
  }
}
