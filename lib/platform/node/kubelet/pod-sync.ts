import { errorText } from '../../../common/errors.ts';
import { isRuntimeUnavailable } from '../../runtime/runtime-error.ts';
import { ResizeError, resizeContainer } from './allocation/resize-container.ts';
import { goDuration } from './container-backoff.ts';
import type { ContainerKiller, Tell } from './container-killer.ts';
import { createContainer, startContainer, type StartInput, StartFailure } from './container-starter.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { latest, runningContainers, runningSandbox } from './observed-pod.ts';
import type { PodMemory } from './pod-memory.ts';
import { closeSandboxes, openSandbox, prepareNetworkFiles, type PodSandbox, SandboxError } from './pod-sandbox.ts';
import { allContainers } from './pod-containers.ts';
import type { Container } from './types/container-types.ts';
import { podText, type Pod } from './types/pod-types.ts';
import { planPod, type Step } from './plan.ts';
import { type ReadyVolume, setUpVolumes, VolumeError } from './volumes/pod-volumes.ts';
import { finishGrowth } from './volumes/volume-growth.ts';

type StepOf<T extends Step['type']> = Extract<Step, { type: T }>;

/** Brings one pod from what it is to what its spec says: plan, carry out, report how long until the next look. */
export class PodSync {
  readonly #context: KubeletContext;
  readonly #memory: PodMemory;
  readonly #killer: ContainerKiller;
  readonly #tell: Tell;
  readonly #tellPod: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** The back-off that was last told in an event, by container. */
  readonly #toldBackoff = new Map<string, number>();

  constructor(
    context: KubeletContext,
    memory: PodMemory,
    killer: ContainerKiller,
    tell: Tell,
    tellPod: (type: 'Normal' | 'Warning', reason: string, message: string) => void,
  ) {
    this.#context = context;
    this.#memory = memory;
    this.#killer = killer;
    this.#tell = tell;
    this.#tellPod = tellPod;
  }

  /**
   * Resolves with the time (ms since the epoch) at which to look again, undefined: when something changes, and whether
   * anything was done. Rejects when the engine is away or a sandbox or a volume could not be set up: try again.
   */
  async sync(pod: Pod, signal: AbortSignal): Promise<{ at: number | undefined; changed: boolean }> {
    if (this.#memory.failure !== undefined) {
      const any = runningContainers(this.#memory.observed).length > 0 || runningSandbox(this.#memory.observed) !== undefined;
      if (any) await this.#killPod(pod);
      return { at: undefined, changed: any };
    }
    const steps = this.#plan(pod);
    const at = await this.#carryOut(pod, steps, signal);
    return { at, changed: steps.some((step) => step.type !== 'back-off') };
  }

  #plan(pod: Pod): readonly Step[] {
    const { clock, crashes } = this.#context;
    const memory = this.#memory;
    const now = clock.now();
    return planPod({
      pod,
      observed: memory.observed,
      hasAddress: (id) => memory.addresses.has(id),
      now,
      backoffUntil: (container, finishedAt) => now + crashes.remaining(crashKey(pod, container), finishedAt, now),
      failedProbe: (id) => memory.probers.get(id)?.state.failed,
      isResized: (id, container) => memory.isResized(id, container),
      isStarted: (id) => memory.isStarted(id),
    });
  }

  async #carryOut(pod: Pod, steps: readonly Step[], signal: AbortSignal): Promise<number | undefined> {
    const of = <T extends Step['type']>(type: T): StepOf<T>[] => steps.filter((step): step is StepOf<T> => step.type === type);
    if (of('kill-pod').length > 0) await this.#killPod(pod);
    await Promise.all([
      ...of('kill-container').map((step) => this.#killContainer(pod, step)),
      ...of('remove-container').map((step) => this.#context.runtime.remove(step.id)),
    ]);
    const waits = of('back-off').map((step) => this.#backOff(pod, step));
    const resizes = await Promise.all(of('resize-container').map((step) => this.#resize(pod, step)));
    waits.push(...resizes.filter((at) => at !== undefined));
    const starts = of('start-container');
    const [create] = of('create-sandbox');
    if (create !== undefined || starts.length > 0) waits.push(...(await this.#start(pod, create, starts, signal)));
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  async #killPod(pod: Pod): Promise<void> {
    const { observed } = this.#memory;
    this.#memory.stopProbes();
    const grace = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    await this.#killer.killAll(pod, runningContainers(observed), grace, this.#memory.podIPs(pod)[0] ?? '');
    await closeSandboxes(this.#context, observed);
  }

  async #killContainer(pod: Pod, step: StepOf<'kill-container'>): Promise<void> {
    const container = allContainers(pod).find(({ name }) => name === step.state.labels['io.kubernetes.container.name']);
    const probe =
      step.reason === 'liveness' ? container?.livenessProbe : step.reason === 'startup' ? container?.startupProbe : undefined;
    const seconds = probe?.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    this.#memory.stopProbes(step.state.id);
    await this.#killer.kill(pod, step.state, step.message, seconds * 1000, this.#memory.podIPs(pod)[0] ?? '');
  }

  /** Resolves to when to try again what could not be done. */
  async #resize(pod: Pod, { name, state }: StepOf<'resize-container'>): Promise<number | undefined> {
    const memory = this.#memory;
    const container = allContainers(pod).find((one) => one.name === name)!;
    try {
      await resizeContainer(this.#context.runtime, container, state);
      memory.noteResized(state.id, container);
      return undefined;
    } catch (error) {
      if (!(error instanceof ResizeError)) throw error;
      memory.resizeErrors.set(name, error.message);
      return this.#context.clock.now() + RETRY_RESIZE_MS;
    }
  }

  #backOff(pod: Pod, step: StepOf<'back-off'>): number {
    const container = allContainers(pod).find(({ name }) => name === step.name)!;
    const delay = goDuration(this.#context.crashes.delay(crashKey(pod, container)));
    const message = `back-off ${delay} restarting failed container=${step.name} pod=${podText(pod)}`;
    this.#memory.waiting.set(step.name, { reason: 'CrashLoopBackOff', message });
    if (this.#toldBackoff.get(step.name) !== step.until) {
      this.#toldBackoff.set(step.name, step.until);
      this.#tell(container, 'Warning', 'BackOff', `Back-off restarting failed container ${step.name} in pod ${podText(pod)}`);
    }
    return step.until;
  }

  /**
   * Everything that does not depend on another is done at once: while the sandbox starts and gets its network, images are
   * looked up, volumes written and containers created in it. They are started in the order of the spec, each after the
   * postStart hook of the one before.
   */
  async #start(
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

  #setUpVolumes(pod: Pod): Promise<Map<string, ReadyVolume>> {
    const volumes = this.setUpVolumes(pod);
    volumes.catch((error: unknown) => {
      if (error instanceof VolumeError) this.#tellPod('Warning', 'FailedMount', error.message);
    });
    return volumes;
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

/** How soon what the spec names is looked for again: a missing secret is often only late. */
const RETRY_CONFIG_MS = 3000;
/** How soon a limit that was below what is used is tried again. */
const RETRY_RESIZE_MS = 10_000;

const crashKey = (pod: Pod, container: Container): string => `${pod.metadata.uid}_${container.name}_${container.image}`;
