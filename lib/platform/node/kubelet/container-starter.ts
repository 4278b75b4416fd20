import { errorText } from '../../../common/errors.ts';
import { isRuntimeUnavailable, RuntimeError } from '../../runtime/runtime-error.ts';
import { containerConfig, needsPodIP } from './containers/container-config.ts';
import { ContainerConfigError } from './containers/environment.ts';
import type { Tell } from './container-killer.ts';
import { ImageError } from './images/image-puller.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { runHook } from './lifecycle-hooks.ts';
import type { PodSandbox } from './pod-sandbox.ts';
import type { Container } from './types/container-types.ts';
import type { Pod } from './types/pod-types.ts';
import type { WaitingReason } from './status/container-status.ts';
import type { ReadyVolume } from './volumes/pod-volumes.ts';

/** A container that could not be started: what its status says, and when to try again (ms since the epoch). */
export class StartFailure extends Error {
  readonly waiting: WaitingReason;
  readonly retryAt: number | undefined;
  constructor(reason: string, message: string, options: { retryAt?: number | undefined; cause?: unknown } = {}) {
    super(`${reason}: ${message}`, { cause: options.cause });
    this.name = 'StartFailure';
    this.waiting = { reason, message };
    this.retryAt = options.retryAt;
  }
}

export interface StartInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  /** The engine's id of a container of the pod, when it has been made. */
  readonly engineId: (name: string) => string | undefined;
  readonly sandbox: PodSandbox;
  readonly volumes: Promise<ReadonlyMap<string, ReadyVolume>>;
  readonly signal: AbortSignal;
}

/** Makes a container up to the point where it only has to be started. Rejects with a StartFailure. */
export async function createContainer(context: KubeletContext, input: StartInput, tell: Tell): Promise<string> {
  const { pod, container, attempt, sandbox, signal } = input;
  const fail = (error: unknown): never => {
    // While the engine is away nothing is wrong with the container.
    if (isRuntimeUnavailable(error) || signal.aborted) throw error;
    throw startFailure(container, error, tell);
  };
  const [image, volumes] = await Promise.all([
    context.puller.ensure(pod, container, (type, reason, message) => tell(container, type, reason, message), signal).catch(fail),
    input.volumes,
  ]);
  const podIPs = needsPodIP(container) ? await sandbox.ready : [];
  try {
    const config = await containerConfig(context, {
      pod,
      container,
      attempt,
      sandboxId: sandbox.id,
      image,
      volumes,
      podIPs,
      engineId: input.engineId,
      onInvalidKeys: (message) => tell(container, 'Warning', 'InvalidEnvironmentVariableNames', message),
    });
    return await context.runtime.createContainer(sandbox.id, config);
  } catch (error) {
    return fail(error);
  }
}

/** Every way to fail, told in an event, as the reason that the status shows. */
function startFailure(container: Container, error: unknown, tell: Tell): StartFailure {
  const text = errorText(error);
  if (error instanceof ImageError) {
    tell(container, 'Warning', 'Failed', `Error: ${error.reason}`);
    // The next look, soon, turns ErrImagePull into the back-off that users know; that one lasts until the next pull.
    const retryAt = error.reason === 'ImagePullBackOff' ? error.retryAt : undefined;
    return new StartFailure(error.reason, error.message, { retryAt, cause: error });
  }
  tell(container, 'Warning', 'Failed', `Error: ${text}`);
  const reason = error instanceof RuntimeError ? 'CreateContainerError' : 'CreateContainerConfigError';
  return new StartFailure(reason, error instanceof ContainerConfigError ? error.message : text, { cause: error });
}

/** Starts what createContainer made, and runs its postStart hook. Rejects with a StartFailure. */
export async function startContainer(context: KubeletContext, input: StartInput, id: string, tell: Tell): Promise<void> {
  const { pod, container, sandbox } = input;
  const podIPs = await sandbox.ready;
  tell(container, 'Normal', 'Created', `Created container: ${container.name}`);
  try {
    await context.starts.run(() => context.runtime.start(id), { urgent: true });
  } catch (error) {
    if (isRuntimeUnavailable(error)) throw error;
    const message = `failed to start container "${container.name}": ${errorText(error)}`;
    tell(container, 'Warning', 'Failed', `Error: ${message}`);
    throw new StartFailure('RunContainerError', `failed to start container "${id}": ${errorText(error)}`, { cause: error });
  }
  tell(container, 'Normal', 'Started', `Started container ${container.name}`);
  await postStart(context, pod, container, id, podIPs[0] ?? '', input.signal, tell);
}

/** A container whose postStart hook fails is killed: it is not what its author wanted to run. */
async function postStart(
  context: KubeletContext,
  pod: Pod,
  container: Container,
  id: string,
  podIP: string,
  signal: AbortSignal,
  tell: Tell,
): Promise<void> {
  const hook = container.lifecycle?.postStart;
  if (hook === undefined) return;
  const { runtime, clock } = context;
  const failure = await runHook(hook, { runtime, clock, container, id, podIP, timeout: POST_START_LIMIT_MS, signal }).catch(
    (error: Error) => error.message,
  );
  if (failure === undefined) return;
  tell(container, 'Warning', 'FailedPostStartHook', `PostStartHook failed: ${failure}`);
  tell(container, 'Normal', 'Killing', 'FailedPostStartHook');
  await runtime.stop(id, (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000);
  throw new StartFailure('PostStartHookError', failure);
}

/** A hook may take as long as it likes; a forgotten one must not hold its pod for ever. */
const POST_START_LIMIT_MS = 24 * 3600 * 1000;
