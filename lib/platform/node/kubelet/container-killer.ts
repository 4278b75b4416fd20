import type { ContainerState } from '../../runtime/container-runtime.ts';
import { containerNameOf } from './container-labels.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { runHook } from './lifecycle-hooks.ts';
import { allContainers, isSidecar } from './pod-containers.ts';
import type { Container } from './types/container-types.ts';
import type { Pod } from './types/pod-types.ts';

/** kubelet: minimumGracePeriodInSeconds, what is left after a preStop hook that took all. */
const MINIMUM_GRACE_MS = 2000;

export type Tell = (container: Container, type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** The same of the pod as a whole. */
export type TellPod = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** Stops containers with their hooks and grace; a grace that is shortened meanwhile reaches those that are being stopped. */
export class ContainerKiller {
  readonly #context: KubeletContext;
  readonly #tell: Tell;
  /** Containers being stopped, each with what cuts its hook short. */
  readonly #stopping = new Map<string, AbortController>();

  constructor(context: KubeletContext, tell: Tell) {
    this.#context = context;
    this.#tell = tell;
  }

  /** `grace` in ms. Resolves when it has ended. */
  async kill(pod: Pod, state: ContainerState, message: string, grace: number, podIP: string): Promise<void> {
    const name = containerNameOf(state);
    const container = allContainers(pod).find((one) => one.name === name);
    if (container !== undefined && !this.#stopping.has(state.id)) this.#tell(container, 'Normal', 'Killing', message);
    const cut = new AbortController();
    this.#stopping.set(state.id, cut);
    try {
      const left = container === undefined ? grace : await this.#preStop(container, state.id, podIP, grace, cut.signal);
      await this.#context.runtime.stop(state.id, left);
    } finally {
      this.#stopping.delete(state.id);
    }
  }

  /** All of a pod: sidecars serve the others to the end, and go in reverse order. */
  async killAll(pod: Pod, states: readonly ContainerState[], graceMs: number, podIP: string): Promise<void> {
    const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
    const end = this.#context.clock.monotonic() + graceMs;
    const killNow = (state: ContainerState): Promise<void> => {
      const left = Math.max(0, end - this.#context.clock.monotonic());
      return this.kill(pod, state, `Stopping container ${containerNameOf(state)}`, left, podIP);
    };
    await settle(states.filter((state) => !sidecars.includes(containerNameOf(state))).map(killNow));
    for (const name of sidecars.reverse()) await settle(states.filter((state) => containerNameOf(state) === name).map(killNow));
  }

  /** Whoever is being stopped has only that many ms left. */
  async shorten(states: readonly ContainerState[], grace: number): Promise<void> {
    for (const cut of this.#stopping.values()) cut.abort();
    await settle(states.map((state) => this.#context.runtime.stop(state.id, grace)));
  }

  async #preStop(container: Container, id: string, podIP: string, grace: number, signal: AbortSignal): Promise<number> {
    const hook = container.lifecycle?.preStop;
    if (hook === undefined || grace <= 0) return grace;
    const { runtime, clock } = this.#context;
    const started = clock.monotonic();
    const failure = await Promise.race([
      runHook(hook, { runtime, clock, container, id, podIP, timeout: grace, signal }).catch((error: Error) => error.message),
      new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true })),
    ]);
    if (failure !== undefined) this.#tell(container, 'Warning', 'FailedPreStopHook', `PreStopHook failed: ${failure}`);
    return Math.max(MINIMUM_GRACE_MS, grace - (clock.monotonic() - started));
  }
}

/** Waits for all, then throws the first error: none of them may be left half done unseen. */
async function settle(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
