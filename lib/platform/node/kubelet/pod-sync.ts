import { ResizeError, resizeContainer } from './allocation/resize-container.ts';
import { crashKey, goDuration } from './container-backoff.ts';
import type { ContainerKiller, Tell, TellPod } from './container-killer.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { runningContainers, runningSandbox } from './observed-pod.ts';
import type { PodMemory } from './pod-memory.ts';
import { closeSandboxes } from './pod-sandbox.ts';
import { allContainers } from './pod-containers.ts';
import { podText, type Pod } from './types/pod-types.ts';
import { planPod, type Step, type StepOf } from './plan.ts';
import { PodStart } from './pod-start.ts';
import type { ReadyVolume } from './volumes/pod-volumes.ts';

/** Brings one pod from what it is to what its spec says: plan, carry out, report how long until the next look. */
export class PodSync {
  readonly #context: KubeletContext;
  readonly #memory: PodMemory;
  readonly #killer: ContainerKiller;
  readonly #tell: Tell;
  readonly #starter: PodStart;
  /** The back-off that was last told in an event, by container. */
  readonly #toldBackoff = new Map<string, number>();

  constructor(context: KubeletContext, memory: PodMemory, killer: ContainerKiller, tell: Tell, tellPod: TellPod) {
    this.#context = context;
    this.#memory = memory;
    this.#killer = killer;
    this.#tell = tell;
    this.#starter = new PodStart(context, memory, tell, tellPod);
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
    if (create !== undefined || starts.length > 0) waits.push(...(await this.#starter.start(pod, create, starts, signal)));
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

  /** Also brings written volumes up to date while the pod runs. */
  setUpVolumes(pod: Pod): Promise<Map<string, ReadyVolume>> {
    return this.#starter.setUpVolumes(pod);
  }
}

/** How soon a limit that was below what is used is tried again. */
const RETRY_RESIZE_MS = 10_000;
