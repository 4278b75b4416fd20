import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { type Backoff, backoffDelay } from '../../../common/retry.ts';
import { isRuntimeUnavailable } from '../../runtime/runtime-error.ts';
import { PodResize } from './allocation/pod-resize.ts';
import { ContainerKiller, type Tell } from './container-killer.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { buildContainer, isBuildPod } from '../builds/build-scope.ts';
import { latest, runningContainers } from './observed-pod.ts';
import { PodMemory } from './pod-memory.ts';
import { checkDeadline, refuseForbidden } from './pod-failure.ts';
import { PodSync } from './pod-sync.ts';
import { podEssence } from './pod-essence.ts';
import { containerFieldPath } from './pod-containers.ts';
import type { Pod } from './types/pod-types.ts';
import { podStatus } from './status/pod-status.ts';
import { type LeavingPod, PodTermination } from './pod-termination.ts';
import { WakeSignal } from './wake-signal.ts';

const RETRY: Backoff = { base: 500, cap: 30_000, jitter: 0.2 };
/** Written volumes are brought up to date that often; kubelet's syncFrequency. */
const RESYNC_MS = 60_000;
const RESYNC_JITTER_MS = 20_000;

/** One pod on this node, from its first sight to its last trace. Its work is never done twice at once. */
export class PodWorker implements LeavingPod {
  readonly uid: string;
  readonly memory: PodMemory;
  readonly #context: KubeletContext;
  readonly #log: Log;
  readonly #sync: PodSync;
  readonly #resize: PodResize;
  readonly #termination: PodTermination;
  readonly #news: WakeSignal;
  readonly #signal: AbortSignal;
  #pod: Pod;
  #gone = false;
  /** Ends what a deletion must not wait for: pulls, postStart hooks. */
  #current = new AbortController();
  #nextVolumes = 0;
  #failures = 0;
  #failing = false;
  #busy = false;

  constructor(context: KubeletContext, pod: Pod, signal: AbortSignal) {
    this.#context = context;
    this.#pod = pod;
    this.uid = pod.metadata.uid;
    this.#signal = signal;
    this.#news = new WakeSignal(context.clock, signal);
    this.#log = context.log.child({ pod: `${pod.metadata.namespace}/${pod.metadata.name}` });
    const tell: Tell = (container, type, reason, message) =>
      context.recorder.event(this.#pod, type, reason, message, containerFieldPath(this.#pod, container.name));
    this.memory = new PodMemory(context, this.uid, () => this.wake(), tell);
    this.#resize = new PodResize(context, this.memory, pod, () => this.wake());
    const killer = new ContainerKiller(context, tell);
    this.#termination = new PodTermination(context, this.memory, killer, this);
    this.#sync = new PodSync(context, this.memory, killer, tell, (type, reason, message) =>
      context.recorder.event(this.#pod, type, reason, message),
    );
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The pod with the status that this node has come to. */
  get current(): Pod {
    return { ...this.#pod, status: this.#context.statuses.latest(this.#pod) };
  }

  get gone(): boolean {
    return this.#gone;
  }

  get terminating(): boolean {
    return this.#gone || this.#pod.metadata.deletionTimestamp !== undefined;
  }

  /** In the middle of changing the pod: what the engine shows now will be looked at when that is done. */
  get busy(): boolean {
    return this.#busy;
  }

  update(pod: Pod): void {
    const was = this.terminating;
    const before = this.#pod;
    this.#pod = pod;
    if (this.terminating) this.#hurry(was);
    // Most updates are echoes of the statuses that we write.
    if (podEssence(before) !== podEssence(pod)) this.wake();
  }

  /** The API has no such pod any more. */
  remove(last: Pod): void {
    const was = this.terminating;
    this.#pod = last;
    this.#gone = true;
    this.#hurry(was);
    this.wake();
  }

  wake(): void {
    this.#news.raise();
  }

  /** The engine has something new to see. Where the last attempt failed, it has waited long enough when its wait is over. */
  nudge(): void {
    if (this.#failing) return;
    this.wake();
  }

  /** Resolves when nothing of the pod is left on this machine, or the kubelet ends. Never rejects. */
  async run(): Promise<void> {
    const { clock } = this.#context;
    for (;;) {
      this.#news.lower();
      this.#busy = true;
      const next = await this.#step();
      this.#busy = false;
      if (next === 'done' || this.#signal.aborted) return;
      await this.#news.sleepUntil(next ?? clock.now() + RESYNC_MS + Math.random() * RESYNC_JITTER_MS);
      if (this.#signal.aborted) return;
    }
  }

  /** What is to be done now; resolves with when to look again (ms since the epoch). */
  async #step(): Promise<number | undefined | 'done'> {
    try {
      if (this.terminating) {
        await this.#termination.carryOut();
        return 'done';
      }
      this.#failing = false;
      const next = await this.#syncOnce();
      this.#failures = 0;
      return next;
    } catch (error) {
      if (this.#signal.aborted || (this.terminating && this.#current.signal.aborted)) return this.#context.clock.now();
      this.#failing = true;
      // Changes of our own making, seen in between, are no reason to try again at once.
      this.#news.lower();
      const wait = isRuntimeUnavailable(error) ? RETRY.base : backoffDelay(RETRY, this.#failures++);
      this.#log.warn({ error: errorText(error), retryMs: Math.round(wait) }, 'pod not synced');
      // A step that failed half-way has changed what the status should say.
      await this.memory.observe(this.#pod).then(
        () => this.publish(false),
        () => undefined,
      );
      return this.#context.clock.now() + wait;
    } finally {
      if (this.#current.signal.aborted) this.#current = new AbortController();
    }
  }

  async #syncOnce(): Promise<number | undefined> {
    await this.memory.observe(this.#pod);
    refuseForbidden(this.#context, this.memory, this.current);
    await this.#serveBuild();
    this.#resize.allocate(this.current);
    this.publish(false);
    await this.#refreshVolumes();
    // What has been done may be what the next step was waiting for, as one init container for another.
    for (;;) {
      const deadline = checkDeadline(this.#context, this.memory, this.current);
      const { at, changed } = await this.#sync.sync(this.#resize.allocate(this.current), this.#current.signal);
      if (changed) await this.memory.observe(this.#pod);
      this.publish(false);
      if (changed && at === undefined && !this.terminating && !this.#signal.aborted) continue;
      await this.#removeOld();
      const times = [at, deadline].filter((time) => time !== undefined);
      return times.length === 0 ? undefined : Math.min(...times);
    }
  }

  /** A build's socket is there while its container runs, also for one that an earlier kubelet has started. */
  async #serveBuild(): Promise<void> {
    const { builds } = this.#context;
    const name = builds === undefined || !isBuildPod(this.#pod) ? undefined : buildContainer(this.#pod)?.name;
    if (name === undefined) return;
    const status = latest(this.memory.observed, name)?.status;
    if (status === 'running') await builds!.serve(this.#pod);
    else if (status === 'exited') await builds!.end(this.uid);
  }

  /** Writes the pod's status as it is known now. Resolves with true once it has been written, false when the API no longer has the pod. */
  publish(ended: boolean): Promise<boolean> {
    const { statuses, hostIPs, clock } = this.#context;
    const { memory } = this;
    const status = podStatus({
      ...this.#resize.report(this.current),
      observed: memory.observed,
      waiting: memory.waiting,
      terminationMessages: memory.terminationMessages,
      imageIds: memory.imageIds,
      isReady: (id) => memory.isReady(id),
      isStarted: (id) => memory.isStarted(id),
      podIPs: memory.podIPs(this.#pod),
      hostIPs,
      now: clock.now(),
      ended,
      failure: memory.failure,
    });
    return statuses.set(this.#pod, status, this.#signal);
  }

  /** Config maps, secrets and tokens of running containers; what cannot be read now stays as it is. */
  async #refreshVolumes(): Promise<void> {
    const now = this.#context.clock.now();
    if (now < this.#nextVolumes || runningContainers(this.memory.observed).length === 0) {
      this.#nextVolumes ||= now + RESYNC_MS;
      return;
    }
    this.#nextVolumes = now + RESYNC_MS;
    try {
      await this.#sync.setUpVolumes(this.#pod);
    } catch (error) {
      this.#context.recorder.event(this.#pod, 'Warning', 'FailedMount', errorText(error));
    }
  }

  /** Of each container the newest and the one before are kept (logs --previous), of the sandboxes the newest. */
  async #removeOld(): Promise<void> {
    const { sandboxes, containers } = this.memory.observed;
    const old = [...sandboxes.slice(1), ...[...containers.values()].flatMap((states) => states.slice(2))];
    for (const state of old) if (state.status !== 'running') await this.#context.runtime.remove(state.id);
  }

  /** A deletion ends what is in its way; a second one may shorten the grace of the first. */
  #hurry(wasTerminating: boolean): void {
    if (!wasTerminating) this.#current.abort(new Error('the pod is being deleted'));
    else
      this.#termination
        .shorten()
        .catch((error: unknown) => this.#log.warn({ error: errorText(error) }, 'grace period not shortened'));
  }
}
