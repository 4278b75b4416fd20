import { dockerImageRuntime } from '../../runtime/docker-image-runtime.ts';
import type { BuildLimits, ImageRuntime } from '../../runtime/image-runtime.ts';
import { BuildError } from '../engine/build-error.ts';
import type { BuildFlags } from './build-flags.ts';
import { containerPrefix } from './own-images.ts';

/** The socket behind Docker's URL. */
export function runtimeAt(url: string): ImageRuntime {
  const socketPath = /^(?:unix:\/\/)?(\/.+)$/.exec(url)?.[1];
  if (socketPath === undefined)
    throw new BuildError('GenericBuildFailed', `Docker at ${JSON.stringify(url)} is not reached: only unix:///PATH is`);
  return dockerImageRuntime({ socketPath });
}

/** Where a build's containers run, and what they may use. */
export function surroundings(runtime: ImageRuntime, { memory, cpus, network }: BuildFlags) {
  const limits: BuildLimits = {
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(cpus === undefined ? {} : { cpus }),
  };
  return { runtime, containerPrefix: containerPrefix(), network, mounts: [], limits };
}
