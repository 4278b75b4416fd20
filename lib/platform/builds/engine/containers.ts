import { randomBytes } from 'node:crypto';
import type { BuildContainer, BuildLimits, BuildNetwork, ContainerEnd, ImageRuntime } from '../../runtime/image-runtime.ts';
import type { Mount } from '../../runtime/container-runtime.ts';
import type { LineSink } from './build-engine.ts';
import { BuildError } from './build-error.ts';
import { eachLine } from './lines.ts';

/** Where a build's containers run, and within which limits. */
export interface Surroundings {
  readonly runtime: ImageRuntime;
  /** What their names begin with: by it they are found when whoever made them is gone. */
  readonly containerPrefix: string;
  readonly network: BuildNetwork;
  readonly mounts: readonly Mount[];
  readonly limits: BuildLimits;
  /** The cgroup that the containers of a Dockerfile's steps are in. @default the engine's for all containers */
  readonly cgroupParent?: string;
}

/** Makes a container, lends it, and takes it away, whatever happens; with the signal at once, which ends what waits for it. */
export async function withContainer<T>(
  { runtime, containerPrefix, network, mounts, limits }: Surroundings,
  config: Pick<BuildContainer, 'image' | 'entrypoint' | 'command' | 'env' | 'user' | 'stdin'>,
  signal: AbortSignal,
  use: (id: string) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const name = `${containerPrefix}${randomBytes(6).toString('hex')}`;
  const id = await runtime.create({ name, network, mounts, limits, ...config });
  let removal: Promise<boolean> | undefined;
  const abort = (): void => {
    removal ??= runtime.remove(id).then(
      () => true,
      () => false,
    );
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    return await use(id);
  } catch (error) {
    throw signal.aborted ? new BuildError('GenericBuildFailed', 'the build was cancelled') : error;
  } finally {
    signal.removeEventListener('abort', abort);
    // A removal that is under way is waited for: who was told that nothing is left may look.
    if ((await removal) !== true) await runtime.remove(id);
  }
}

/** Starts a container that has no input and waits for its end; both its outputs go to `log`. */
export async function runToEnd(runtime: ImageRuntime, id: string, log: LineSink): Promise<ContainerEnd> {
  const session = await runtime.attach(id);
  try {
    session.stdin?.end();
    const lines = Promise.all([eachLine(session.stdout, log), eachLine(session.stderr!, log)]);
    await runtime.start(id);
    const end = await runtime.wait(id);
    await lines;
    return end;
  } finally {
    session.close();
  }
}
