import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { type Backoff, backoffDelay } from '../../../common/retry.ts';
import { isRuntimeUnavailable } from '../../runtime/runtime-error.ts';
import { PodResize } from './allocation/pod-resize.ts';
import { podLabels } from './container-labels.ts';
import { ContainerKiller, type Tell } from './container-killer.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { buildContainer, isBuildPod } from '../builds/build-scope.ts';
import { allStates, latest, runningContainers } from './observed-pod.ts';
import { PodMemory } from './pod-memory.ts';
import { closeSandboxes } from './pod-sandbox.ts';
import { finalizeDeletion } from './pod-finalization.ts';
import { PodSync } from './pod-sync.ts';
import { podEssence } from './pod-essence.ts';
import { containerFieldPath } from './pod-containers.ts';
import type { Pod } from './types/pod-types.ts';
import { podStatus } from './status/pod-status.ts';
import { tearDownPod } from './volumes/pod-volumes.ts';

const RETRY: Backoff = { base: 500, cap: 30_000, jitter: 0.2 };
/** Written volumes are brought up to date that often; kubelet's syncFrequency. */
const RESYNC_MS = 60_000;
const RESYNC_JITTER_MS = 20_000;
const MIN_GRACE_S = 1;
const FORBIDDEN_SYSCTL = 'SysctlForbidden';

/** One pod on this node, from its first sight to its last trace. Its work is never done twice at once. */
export class PodWorker {
  readonly uid: string;
  readonly memory: PodMemory;
  readonly #context: KubeletContext;
  readonly #log: Log;
  readonly #sync: PodSync;
  readonly #killer: ContainerKiller;
  readonly #resize: PodResize;
  readonly #signal: AbortSignal;
  #pod: Pod;
  /** The API no longer has it. */
  #gone = false;
  #dirty = true;
  #wake: () => void = () => undefined;
  /** Ends what a deletion must not wait for: pulls, postStart hooks. */
  #current = new AbortController();
  #graceAsked: number | undefined;
  #nextVolumes = 0;
  #failures = 0;
  #failing = false;
  #busy = false;

  constructor(context: KubeletContext, pod: Pod, signal: AbortSignal) {
    this.#context = context;
    this.#pod = pod;
    this.uid = pod.metadata.uid;
    this.#signal = signal;
    this.#log = context.log.child({ pod: `${pod.metadata.namespace}/${pod.metadata.name}` });
    const tell: Tell = (container, type, reason, message) =>
      context.recorder.event(this.#pod, type, reason, message, containerFieldPath(this.#pod, container.name));
    this.memory = new PodMemory(context, this.uid, () => this.wake(), tell);
    this.#resize = new PodResize(context, this.memory, pod, () => this.wake());
    this.#killer = new ContainerKiller(context, tell);
    this.#sync = new PodSync(context, this.memory, this.#killer, tell, (type, reason, message) =>
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
    this.#dirty = true;
    this.#wake();
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
      this.#dirty = false;
      this.#busy = true;
      const next = await this.#step();
      this.#busy = false;
      if (next === 'done' || this.#signal.aborted) return;
      await this.#sleepUntil(next ?? clock.now() + RESYNC_MS + Math.random() * RESYNC_JITTER_MS);
      if (this.#signal.aborted) return;
    }
  }

  /** What is to be done now; resolves with when to look again (ms since the epoch). */
  async #step(): Promise<number | undefined | 'done'> {
    try {
      if (this.terminating) {
        await this.#terminate();
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
      this.#dirty = false;
      const wait = isRuntimeUnavailable(error) ? RETRY.base : backoffDelay(RETRY, this.#failures++);
      this.#log.warn({ error: errorText(error), retryMs: Math.round(wait) }, 'pod not synced');
      // A step that failed half-way has changed what the status should say.
      await this.#observe().then(
        () => this.#publish(false),
        () => undefined,
      );
      return this.#context.clock.now() + wait;
    } finally {
      if (this.#current.signal.aborted) this.#current = new AbortController();
    }
  }

  async #syncOnce(): Promise<number | undefined> {
    await this.#observe();
    this.#admit();
    await this.#serveBuild();
    this.#resize.allocate(this.current);
    this.#publish(false);
    await this.#refreshVolumes();
    // What has been done may be what the next step was waiting for, as one init container for another.
    for (;;) {
      const deadline = this.#checkDeadline();
      const { at, changed } = await this.#sync.sync(this.#resize.allocate(this.current), this.#current.signal);
      if (changed) await this.#observe();
      this.#publish(false);
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

  async #observe(): Promise<void> {
    const states = await this.#context.runtime.list(podLabels(this.#context.nodeName, this.uid));
    await this.memory.observe(this.#pod, states);
  }

  #publish(ended: boolean): Promise<boolean> {
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

  /** What the pod asks of the kernel is judged before anything of it runs (kubelet: rejectPod). */
  #admit(): void {
    const refusal = this.#context.sysctls.refusal(this.#pod);
    const { phase, reason } = this.current.status ?? {};
    const known = phase === 'Failed' && reason === FORBIDDEN_SYSCTL;
    if (refusal === undefined || this.memory.failure !== undefined || (!known && (phase === 'Succeeded' || phase === 'Failed')))
      return;
    this.memory.failure = { reason: FORBIDDEN_SYSCTL, message: `Pod was rejected: ${refusal}`, rejected: true };
    if (!known) this.#context.recorder.event(this.#pod, 'Warning', FORBIDDEN_SYSCTL, refusal);
  }

  /** activeDeadlineSeconds. Resolves to when it will be over. */
  #checkDeadline(): number | undefined {
    const { activeDeadlineSeconds } = this.#pod.spec;
    const started = this.current.status?.startTime;
    if (activeDeadlineSeconds === undefined || started === undefined || this.memory.failure !== undefined) return undefined;
    const end = Date.parse(started) + activeDeadlineSeconds * 1000;
    if (this.#context.clock.now() < end) return end;
    const message = 'Pod was active on the node longer than the specified deadline';
    this.memory.failure = { reason: 'DeadlineExceeded', message };
    this.#context.recorder.event(this.#pod, 'Normal', 'DeadlineExceeded', message);
    return undefined;
  }

  /** Seconds that the pod's containers have from now on. */
  #grace(): number {
    const { deletionGracePeriodSeconds } = this.#pod.metadata;
    const { terminationGracePeriodSeconds = 30 } = this.#pod.spec;
    if (this.#gone && deletionGracePeriodSeconds === undefined) return terminationGracePeriodSeconds;
    return Math.max(MIN_GRACE_S, deletionGracePeriodSeconds ?? terminationGracePeriodSeconds);
  }

  /** A deletion ends what is in its way; a second one may shorten the grace of the first. */
  #hurry(wasTerminating: boolean): void {
    const grace = this.#grace();
    if (!wasTerminating) {
      this.#current.abort(new Error('the pod is being deleted'));
    } else if (this.#graceAsked !== undefined && grace < this.#graceAsked) {
      this.#graceAsked = grace;
      this.#killer
        .shorten(runningContainers(this.memory.observed), grace * 1000)
        .catch((error: unknown) => this.#log.warn({ error: errorText(error) }, 'grace period not shortened'));
    }
  }

  /** Stops everything, reports it, cleans up, and tells the API that the pod may go. */
  async #terminate(): Promise<void> {
    const { runtime, statuses } = this.#context;
    await this.#observe();
    this.#graceAsked ??= this.#grace();
    if (!this.#gone) this.#publish(false);
    const { memory } = this;
    await this.#killer.killAll(
      this.#pod,
      runningContainers(memory.observed),
      this.#graceAsked * 1000,
      memory.podIPs(this.#pod)[0] ?? '',
    );
    memory.stopProbes();
    await this.#context.builds?.end(this.uid);
    await Promise.all([this.#observe(), closeSandboxes(this.#context, memory.observed)]);
    const reported = this.#gone ? Promise.resolve(false) : this.#publish(true);
    await Promise.all(allStates(memory.observed).map((state) => runtime.remove(state.id)));
    await tearDownPod(this.#context.dirs, this.uid);
    await reported;
    if (!this.#gone) await finalizeDeletion(this.#context.client, this.#pod);
    statuses.forget(this.uid);
    this.#context.allocations.forget(this.uid);
    this.#context.puller.forget(this.uid);
    this.#context.crashes.resetAll(`${this.uid}_`);
    this.#context.tokens.forget(this.uid);
    this.#context.claims.forget(this.uid);
  }

  async #sleepUntil(time: number): Promise<void> {
    if (this.#dirty || this.#signal.aborted) return;
    const { clock } = this.#context;
    const awake = new AbortController();
    const end = (): void => awake.abort();
    this.#wake = end;
    this.#signal.addEventListener('abort', end, { once: true });
    try {
      await clock.sleep(Math.max(0, time - clock.now()), awake.signal);
    } catch {
      // Woken, or the kubelet ends.
    } finally {
      this.#signal.removeEventListener('abort', end);
      this.#wake = () => undefined;
    }
  }
}
