import type { ContainerKiller } from './container-killer.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { allStates, runningContainers } from './observed-pod.ts';
import { finalizeDeletion } from './pod-finalization.ts';
import type { PodMemory } from './pod-memory.ts';
import { closeSandboxes } from './pod-sandbox.ts';
import type { Pod } from './types/pod-types.ts';
import { tearDownPod } from './volumes/pod-volumes.ts';

const MIN_GRACE_S = 1;

/** A pod that is to go, as it is known now: it may change while it ends. */
export interface LeavingPod {
  readonly pod: Pod;
  /** The API no longer has it, and is told nothing more. */
  readonly gone: boolean;
  /** Writes its status; `ended`: the last one. */
  publish(ended: boolean): Promise<boolean>;
}

/** The end of one pod: its containers get their grace, and only when nothing of it is left may the API forget it. */
export class PodTermination {
  readonly #context: KubeletContext;
  readonly #memory: PodMemory;
  readonly #killer: ContainerKiller;
  readonly #leaving: LeavingPod;
  /** Seconds that the containers were given; undefined: none was told to end yet. */
  #graceAsked: number | undefined;

  constructor(context: KubeletContext, memory: PodMemory, killer: ContainerKiller, leaving: LeavingPod) {
    this.#context = context;
    this.#memory = memory;
    this.#killer = killer;
    this.#leaving = leaving;
  }

  /** Stops everything, reports it, cleans up, and tells the API that the pod may go. May be tried again after it has rejected. */
  async carryOut(): Promise<void> {
    const memory = this.#memory;
    const leaving = this.#leaving;
    const { runtime, builds, dirs, client } = this.#context;
    const { uid } = leaving.pod.metadata;
    await memory.observe(leaving.pod);
    this.#graceAsked ??= graceOf(leaving);
    if (!leaving.gone) void leaving.publish(false);
    const podIP = memory.podIPs(leaving.pod)[0] ?? '';
    await this.#killer.killAll(leaving.pod, runningContainers(memory.observed), this.#graceAsked * 1000, podIP);
    memory.stopProbes();
    await builds?.end(uid);
    await Promise.all([memory.observe(leaving.pod), closeSandboxes(this.#context, memory.observed)]);
    const reported = leaving.gone ? Promise.resolve(false) : leaving.publish(true);
    await Promise.all(allStates(memory.observed).map((state) => runtime.remove(state.id)));
    await tearDownPod(dirs, uid);
    await reported;
    if (!leaving.gone) await finalizeDeletion(client, leaving.pod);
    forget(this.#context, uid);
  }

  /** A second deletion may shorten the grace of the first. */
  async shorten(): Promise<void> {
    const grace = graceOf(this.#leaving);
    if (this.#graceAsked === undefined || grace >= this.#graceAsked) return;
    this.#graceAsked = grace;
    await this.#killer.shorten(runningContainers(this.#memory.observed), grace * 1000);
  }
}

/** Seconds that the pod's containers have from now on. */
function graceOf({ pod, gone }: LeavingPod): number {
  const { deletionGracePeriodSeconds } = pod.metadata;
  const { terminationGracePeriodSeconds = 30 } = pod.spec;
  if (gone && deletionGracePeriodSeconds === undefined) return terminationGracePeriodSeconds;
  return Math.max(MIN_GRACE_S, deletionGracePeriodSeconds ?? terminationGracePeriodSeconds);
}

function forget(context: KubeletContext, uid: string): void {
  const { statuses, allocations, puller, crashes, tokens, claims } = context;
  for (const each of [statuses, allocations, puller, tokens, claims]) each.forget(uid);
  crashes.resetAll(`${uid}_`);
}
