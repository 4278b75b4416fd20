/**
 * What to do about one pod, as a pure function of its spec and what the engine has (kubelet: computePodActions in
 * kuberuntime_manager.go). The steps are carried out in order; several of one type in a row at the same time.
 */
import type { ContainerState } from '../../runtime/container-runtime.ts';
import { attemptOf, isHostNetwork, LABEL, sandboxIdOf } from './container-labels.ts';
import { latest, latestIn, type ObservedPod, runningContainers } from './observed-pod.ts';
import type { Container } from './types/container-types.ts';
import { isSidecar, roleOf, type ContainerRole } from './pod-containers.ts';
import { restartPolicyOf, type Pod } from './types/pod-types.ts';
import { judgeRunning, type KillReason, type RunningFacts } from './running-container.ts';

export type Step =
  /** Everything of the pod that runs, containers first, sandboxes last. */
  | { readonly type: 'kill-pod' }
  | { readonly type: 'create-sandbox'; readonly attempt: number }
  | { readonly type: 'kill-container'; readonly state: ContainerState; readonly reason: KillReason; readonly message: string }
  /** A running container is given other limits as it runs. */
  | { readonly type: 'resize-container'; readonly name: string; readonly state: ContainerState }
  /** A container that was created but never started, as after a crash of ours: it is made anew. */
  | { readonly type: 'remove-container'; readonly id: string }
  | { readonly type: 'start-container'; readonly name: string; readonly attempt: number; readonly role: ContainerRole }
  /** The container waits until `until` (ms since the epoch) before it is tried again. */
  | { readonly type: 'back-off'; readonly name: string; readonly until: number; readonly role: ContainerRole };

/** The steps of one type. */
export type StepOf<T extends Step['type']> = Extract<Step, { type: T }>;

export interface PlanInput extends RunningFacts {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  /** Whether a sandbox that should have an address has one. */
  readonly hasAddress: (sandboxId: string) => boolean;
  readonly now: number;
  /** ms since the epoch until which a container whose last run ended at `finishedAt` must wait; 0: no wait. */
  readonly backoffUntil: (container: Container, finishedAt: number) => number;
  /** Whether a running container has passed its startup probe. */
  readonly isStarted: (id: string) => boolean;
}

/** What is to be done now to bring the pod from what it is to what its spec says. Pure. */
export function planPod(input: PlanInput): readonly Step[] {
  return new Planner(input).plan();
}

/** kubelet: ShouldContainerBeRestarted. */
export function shouldRestart(pod: Pod, container: Container, state: ContainerState | undefined): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (state === undefined || state.status === 'created') return true;
  if (state.status === 'running' || roleOf(pod, container.name) === 'ephemeral') return false;
  if (isSidecar(container)) return true;
  const policy = restartPolicyOf(pod);
  return policy === 'Always' || (policy === 'OnFailure' && state.exitCode !== 0);
}

const succeeded = (state: ContainerState | undefined): boolean => state?.status === 'exited' && state.exitCode === 0;

class Planner {
  readonly #in: PlanInput;
  readonly #kills: Step[] = [];
  readonly #starts: Step[] = [];
  readonly #resizes: Step[] = [];

  constructor(input: PlanInput) {
    this.#in = input;
  }

  plan(): readonly Step[] {
    const { observed } = this.#in;
    const sandbox = this.#usableSandbox();
    if (sandbox === undefined) return this.#planSandbox();
    this.#killStrays(sandbox.id);
    this.#planEphemeral();
    const initialized = this.#planInit(sandbox.id);
    if (initialized === 'failed') return this.#killAll();
    let kept = 0;
    if (initialized === 'done') kept = this.#planContainers();
    if (initialized === 'done' && kept === 0 && this.#kills.length === 0 && !this.#starts.some(isForContainer)) {
      // Everything has ended for good: the sandbox, and the sidecars, have nothing left to live for.
      return observed.sandboxes.some(isRunning) || runningContainers(observed).length > 0 ? this.#killAll() : [];
    }
    return [...this.#kills, ...this.#resizes, ...this.#starts];
  }

  #killAll(): readonly Step[] {
    const { observed } = this.#in;
    const any = observed.sandboxes.some(isRunning) || runningContainers(observed).length > 0;
    return any ? [{ type: 'kill-pod' }] : [];
  }

  /** kubelet: PodSandboxChanged. */
  #usableSandbox(): ContainerState | undefined {
    const { observed, pod, hasAddress } = this.#in;
    const newest = observed.sandboxes[0];
    if (newest?.status !== 'running') return undefined;
    if (observed.sandboxes.filter(isRunning).length > 1) return undefined;
    const hostNetwork = pod.spec.hostNetwork === true;
    if (isHostNetwork(newest) !== hostNetwork) return undefined;
    return hostNetwork || hasAddress(newest.id) ? newest : undefined;
  }

  #planSandbox(): readonly Step[] {
    const { pod, observed } = this.#in;
    const newest = observed.sandboxes[0];
    const attempt = newest === undefined ? 0 : attemptOf(newest) + 1;
    const killed = this.#killAll();
    if (restartPolicyOf(pod) === 'Never' && attempt !== 0 && hasEverRun(observed)) return killed;
    const candidates = pod.spec.containers.filter(
      (container) => !(restartPolicyOf(pod) === 'OnFailure' && succeeded(latest(observed, container.name))),
    );
    if (candidates.length === 0) return killed;
    const steps: Step[] = [...killed, { type: 'create-sandbox', attempt }];
    const [firstInit] = pod.spec.initContainers ?? [];
    const next = firstInit === undefined ? candidates : [firstInit];
    for (const container of next) this.#start(container, firstInit === undefined ? 'main' : 'init');
    return [...steps, ...this.#kills, ...this.#starts];
  }

  /** Containers of a sandbox that is no more: they cannot reach the pod's address, and nothing will count on them. */
  #killStrays(sandboxId: string): void {
    for (const state of runningContainers(this.#in.observed)) {
      if (sandboxIdOf(state) === sandboxId) continue;
      const message = `Stopping container ${state.labels[LABEL.containerName]}`;
      this.#kills.push({ type: 'kill-container', state, reason: 'orphan', message });
    }
  }

  /** Before all others: whoever looks why a pod does not come up is not kept waiting by its init containers. */
  #planEphemeral(): void {
    const { pod, observed } = this.#in;
    for (const container of pod.spec.ephemeralContainers ?? []) {
      const state = latest(observed, container.name);
      if (shouldRestart(pod, container, state) && !this.#hasEnded(container)) this.#start(container, 'ephemeral', state);
    }
  }

  /** What the engine has forgotten has been here all the same. */
  #hasEnded({ name }: Container): boolean {
    return (
      this.#in.pod.status?.ephemeralContainerStatuses?.find((status) => status.name === name)?.state.terminated !== undefined
    );
  }

  /** Goes through the init containers in order up to the first that is not through. */
  #planInit(sandboxId: string): 'done' | 'pending' | 'failed' {
    const { pod, observed } = this.#in;
    const mainSeen = pod.spec.containers.some((container) => latestIn(observed, container.name, sandboxId) !== undefined);
    for (const container of pod.spec.initContainers ?? []) {
      const state = latestIn(observed, container.name, sandboxId);
      if (isSidecar(container)) {
        if (!this.#planSidecar(container, state) && !mainSeen) return 'pending';
        continue;
      }
      if (mainSeen || succeeded(state)) continue;
      if (state?.status === 'running') return 'pending';
      if (state?.status === 'exited' && restartPolicyOf(pod) === 'Never') return 'failed';
      this.#start(container, 'init', state);
      return 'pending';
    }
    return 'done';
  }

  /** Whether the next init container may start. */
  #planSidecar(container: Container, state: ContainerState | undefined): boolean {
    if (state?.status !== 'running') {
      this.#start(container, 'init', state);
      return false;
    }
    if (this.#planRunning(container, state, 'init')) return false;
    return this.#in.isStarted(state.id);
  }

  /** How many containers go on running. */
  #planContainers(): number {
    const { pod, observed } = this.#in;
    let kept = 0;
    for (const container of pod.spec.containers) {
      const state = latest(observed, container.name);
      if (state?.status === 'running') {
        if (!this.#planRunning(container, state, 'main')) kept++;
      } else if (shouldRestart(pod, container, state)) {
        this.#start(container, 'main', state);
      }
    }
    return kept;
  }

  /** True when the running container is to be stopped. */
  #planRunning(container: Container, state: ContainerState, role: ContainerRole): boolean {
    const verdict = judgeRunning(container, state, this.#in);
    if (verdict === 'other-limits') this.#resizes.push({ type: 'resize-container', name: container.name, state });
    if (typeof verdict === 'string') return false;
    const { kill: reason, why } = verdict;
    const asked = reason === 'definition-changed' || reason === 'resize';
    const restart = asked || isSidecar(container) || restartPolicyOf(this.#in.pod) !== 'Never';
    const message = `Container ${container.name} ${why}${restart && reason !== 'resize' ? ', will be restarted' : ''}`;
    this.#kills.push({ type: 'kill-container', state, reason, message });
    if (restart) this.#starts.push(startStep(container, attemptOf(state) + 1, role));
    return true;
  }

  /** `state`: the container that this one replaces. Restart counts go on over sandboxes. */
  #start(container: Container, role: ContainerRole, state?: ContainerState): void {
    const { observed, backoffUntil, now } = this.#in;
    const before = state ?? latest(observed, container.name);
    if (before?.status === 'created') {
      this.#kills.push({ type: 'remove-container', id: before.id });
      this.#starts.push(startStep(container, attemptOf(before), role));
      return;
    }
    const until = before?.status === 'exited' ? backoffUntil(container, before.finishedAt ?? before.createdAt) : 0;
    if (until > now) this.#starts.push({ type: 'back-off', name: container.name, until, role });
    else this.#starts.push(startStep(container, before === undefined ? 0 : attemptOf(before) + 1, role));
  }
}

const startStep = (container: Container, attempt: number, role: ContainerRole): Step => ({
  type: 'start-container',
  name: container.name,
  attempt,
  role,
});

/** Containers that wait to be started in a sandbox, as after a crash of ours, have not. */
const hasEverRun = (observed: ObservedPod): boolean =>
  [...observed.containers.values()].flat().some((state) => state.status !== 'created');

const isRunning = (state: ContainerState): boolean => state.status === 'running';
const isForContainer = (step: Step): boolean =>
  (step.type === 'start-container' || step.type === 'back-off') && step.role === 'main';
