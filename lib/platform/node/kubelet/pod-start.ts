import { errorText } from '../../../common/errors.ts';
import { isRuntimeUnavailable } from '../../runtime/runtime-error.ts';
import { crashKey } from './container-backoff.ts';
import type { Tell, TellPod } from './container-killer.ts';
import { createContainer, startContainer, type StartInput, StartFailure } from './container-starter.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { latest, runningSandbox } from './observed-pod.ts';
import { allContainers } from './pod-containers.ts';
import type { PodMemory } from './pod-memory.ts';
import { openSandbox, prepareNetworkFiles, type PodSandbox, SandboxError } from './pod-sandbox.ts';
import type { StepOf } from './plan.ts';
import type { Container } from './types/container-types.ts';
import type { Pod } from './types/pod-types.ts';
import { type ReadyVolume, setUpVolumes, VolumeError } from './volumes/pod-volumes.ts';
import { finishGrowth } from './volumes/volume-growth.ts';

/** How soon what the spec names is looked for again: a missing secret is often only late. */
const RETRY_CONFIG_MS = 3000;

/** Starts what a plan wants started: the pod's sandbox, its volumes, its containers. */
export class PodStart {
  readonly #context: KubeletContext;
  readonly #memory: PodMemory;
  readonly #tell: Tell;
  readonly #tellPod: TellPod;

  constructor(context: KubeletContext, memory: PodMemory, tell: Tell, tellPod: TellPod) {
    this.#context = context;
    this.#memory = memory;
    this.#tell = tell;
    this.#tellPod = tellPod;
  }

  /**
   * Everything that does not depend on another is done at once: while the sandbox starts and gets its network, images are
   * looked up, volumes written and containers created in it. They are started in the order of the spec, each after the
   * postStart hook of the one before. Resolves with the times (ms since the epoch) at which to look again.
   */
  async start(
    pod: Pod,
    create: StepOf<'create-sandbox'> | undefined,
    starts: readonly StepOf<'start-container'>[],
    signal: AbortSignal,
  ): Promise<number[]> {
    const sandbox = create === undefined ? this.#presentSandbox(pod) : await this.#openSandbox(pod, create.attempt);
    const volumes = this.#setUpVolumes(pod);
    const inputs = starts.map((step): StartInput => {
      const container = allContainers(pod).find(({ name }) => name === step.name)!;
      const engineId = (name: string): string | undefined => latest(this.#memory.observed, name)?.id;
      return { pod, container, attempt: step.attempt, engineId, sandbox, volumes, signal };
    });
    const created = inputs.map((input) => createContainer(this.#context, input, this.#tell));
    // All of them are awaited below, but the first to fail may do so long before its turn.
    for (const one of created) one.catch(() => undefined);
    try {
      await Promise.all([sandbox.ready, volumes]);
    } catch (error) {
      await this.#removeCreated(created);
      throw error;
    }
    return this.#startInOrder(inputs, created);
  }

  async #startInOrder(inputs: readonly StartInput[], created: readonly Promise<string>[]): Promise<number[]> {
    const waits: number[] = [];
    for (const [index, input] of inputs.entries()) {
      const { container } = input;
      try {
        const id = await created[index]!;
        this.#countStart(input.pod, container);
        this.#memory.waiting.delete(container.name);
        await startContainer(this.#context, input, id, this.#tell);
      } catch (error) {
        if (!(error instanceof StartFailure)) {
          await this.#removeCreated(created.slice(index));
          throw error;
        }
        this.#memory.waiting.set(container.name, error.waiting);
        if (error.waiting.reason !== 'RunContainerError')
          waits.push(error.retryAt ?? this.#context.clock.now() + RETRY_CONFIG_MS);
      }
    }
    return waits;
  }

  /** A replacement counts for CrashLoopBackOff; a first start does not. */
  #countStart(pod: Pod, container: Container): void {
    const before = latest(this.#memory.observed, container.name);
    if (before?.status !== 'exited') return;
    this.#context.crashes.next(crashKey(pod, container), before.finishedAt ?? before.createdAt, this.#context.clock.now());
  }

  #presentSandbox(pod: Pod): PodSandbox {
    const id = runningSandbox(this.#memory.observed)!.id;
    return { id, ready: Promise.resolve(this.#memory.podIPs(pod)) };
  }

  async #openSandbox(pod: Pod, attempt: number): Promise<PodSandbox> {
    try {
      await prepareNetworkFiles(this.#context, pod);
      const sandbox = await openSandbox(this.#context, pod, attempt, this.#memory.observed);
      sandbox.ready.catch((error: unknown) => this.#tellSandboxFailure(error));
      return sandbox;
    } catch (error) {
      this.#tellSandboxFailure(error);
      throw error;
    }
  }

  #tellSandboxFailure(error: unknown): void {
    if (error instanceof SandboxError && !isRuntimeUnavailable(error.cause))
      this.#tellPod('Warning', 'FailedCreatePodSandBox', error.message);
  }

  /** Also brings written volumes up to date while the pod runs. */
  setUpVolumes(pod: Pod): Promise<Map<string, ReadyVolume>> {
    const { dirs, source, tokens, capacity, hostIPs, claims, folders, client } = this.#context;
    return setUpVolumes(dirs, {
      persistent: {
        claims,
        folders,
        onReady: async (found) => {
          if (!(await finishGrowth(found, client))) return;
          const { name } = found.volume.metadata;
          const message = `MountVolume.NodeExpandVolume succeeded for volume "${name}"`;
          this.#tellPod('Normal', 'FileSystemResizeSuccessful', message);
        },
      },
      pod,
      source,
      addresses: { podIPs: this.#memory.podIPs(pod), hostIPs },
      node: capacity,
      token: (of, request) => tokens.token(of, request),
    });
  }

  #setUpVolumes(pod: Pod): Promise<Map<string, ReadyVolume>> {
    const volumes = this.setUpVolumes(pod);
    volumes.catch((error: unknown) => {
      if (error instanceof VolumeError) this.#tellPod('Warning', 'FailedMount', error.message);
    });
    return volumes;
  }

  /** Containers that will not be started now would be in the way of the next attempt. */
  async #removeCreated(created: readonly Promise<string>[]): Promise<void> {
    for (const result of await Promise.allSettled(created)) {
      if (result.status === 'rejected') continue;
      await this.#context.runtime
        .remove(result.value)
        .catch((error: unknown) =>
          this.#context.log.debug({ container: result.value, error: errorText(error) }, 'container not removed'),
        );
    }
  }
}
