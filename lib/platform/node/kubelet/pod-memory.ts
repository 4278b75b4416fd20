import type { ContainerState } from '../../runtime/container-runtime.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { containerNameOf, LABEL, podLabels } from './container-labels.ts';
import { limitsToChange, resizableContainers } from './allocation/container-resources.ts';
import type { PendingResize } from './allocation/judge-resize.ts';
import type { ResizeState } from './allocation/resize-state.ts';
import { cgroupLimits } from './containers/resource-values.ts';
import { allStates, latest, observePod, type ObservedPod, runningSandbox } from './observed-pod.ts';
import { allContainers } from './pod-containers.ts';
import type { Container } from './types/container-types.ts';
import type { Pod } from './types/pod-types.ts';
import { ContainerProber } from './probes/container-prober.ts';
import type { PodFailure } from './status/pod-status.ts';
import { dockerId, type WaitingReason } from './status/container-status.ts';
import { terminationMessage } from './containers/termination-message.ts';

/**
 * What the kubelet knows about a pod beyond what the engine shows. All of it can be found out again, since a restarted
 * daemon must come to the same conclusions.
 */
export class PodMemory {
  readonly waiting = new Map<string, WaitingReason>();
  readonly terminationMessages = new Map<string, string>();
  /** By container id: the limits that the engine has been told while it runs. */
  readonly resized = new Map<string, string>();
  /** By container name: why its resize goes no further. */
  readonly resizeErrors = new Map<string, string>();
  readonly imageIds = new Map<string, string>();
  readonly probers = new Map<string, ContainerProber>();
  /** Pod addresses by sandbox id. */
  readonly addresses = new Map<string, string>();
  observed: ObservedPod;
  failure: PodFailure | undefined;
  readonly #context: KubeletContext;
  readonly #onChange: () => void;
  readonly #tell: (container: Container, type: 'Normal' | 'Warning', reason: string, message: string) => void;

  constructor(
    context: KubeletContext,
    uid: string,
    onChange: () => void,
    tell: (container: Container, type: 'Normal' | 'Warning', reason: string, message: string) => void,
  ) {
    this.#context = context;
    this.#onChange = onChange;
    this.#tell = tell;
    this.observed = observePod(uid, []);
  }

  podIPs(pod: Pod): readonly string[] {
    if (pod.spec.hostNetwork === true) return this.#context.hostIPs;
    const sandbox = runningSandbox(this.observed);
    const address = sandbox === undefined ? undefined : this.addresses.get(sandbox.id);
    return address === undefined ? [] : [address];
  }

  isReady(id: string): boolean {
    return this.probers.get(id)?.state.ready ?? true;
  }

  isResized(id: string, container: Container): boolean {
    return this.resized.get(id) === JSON.stringify(cgroupLimits(container));
  }

  noteResized(id: string, container: Container): void {
    this.resized.set(id, JSON.stringify(cgroupLimits(container)));
    this.resizeErrors.delete(container.name);
  }

  /** How far the resize of the pod has come that is to be as `allocated`. */
  resizeState(allocated: Pod, pending: PendingResize | undefined): ResizeState {
    const resizing = resizableContainers(allocated).filter((container) => {
      const state = latest(this.observed, container.name);
      const judged = state?.status === 'running' && limitsToChange(container, state.limits).length > 0;
      return judged && !this.isResized(state.id, container);
    });
    const error = resizing.map(({ name }) => this.resizeErrors.get(name)).find((text) => text !== undefined);
    return { pending, inProgress: resizing.length > 0, error };
  }

  isStarted(id: string): boolean {
    return this.probers.get(id)?.state.started ?? true;
  }

  /** Takes in what the engine has now: addresses, last words, image names; probes follow the running containers. */
  async observe(pod: Pod): Promise<void> {
    const { runtime, nodeName } = this.#context;
    const states = await runtime.list(podLabels(nodeName, pod.metadata.uid));
    this.observed = observePod(pod.metadata.uid, states);
    const all = allStates(this.observed);
    await Promise.all([this.#readAddresses(), this.#readMessages(pod, all), this.#readImages(all)]);
    this.#followWithProbes(pod, all);
  }

  stopProbes(id?: string): void {
    for (const [key, prober] of this.probers) {
      if (id !== undefined && key !== id) continue;
      prober.stop();
      this.probers.delete(key);
    }
  }

  async #readAddresses(): Promise<void> {
    for (const sandbox of this.observed.sandboxes) {
      if (sandbox.status !== 'running' || this.addresses.has(sandbox.id) || sandbox.labels[LABEL.hostNetwork] === 'true')
        continue;
      const address = await this.#context.network.address(sandbox.id);
      if (address !== undefined) this.addresses.set(sandbox.id, address);
    }
  }

  async #readMessages(pod: Pod, states: readonly ContainerState[]): Promise<void> {
    const specs = new Map(allContainers(pod).map((container) => [container.name, container]));
    for (const state of states) {
      const spec = specs.get(containerNameOf(state));
      if (state.status !== 'exited' || spec === undefined || this.terminationMessages.has(state.id)) continue;
      this.terminationMessages.set(state.id, await terminationMessage(this.#context.runtime, spec, state));
    }
  }

  async #readImages(states: readonly ContainerState[]): Promise<void> {
    for (const { imageId, labels } of states) {
      if (this.imageIds.has(imageId) || labels[LABEL.type] !== 'container') continue;
      this.imageIds.set(imageId, dockerId(imageId));
      const digest = (await this.#context.runtime.image(imageId).catch(() => undefined))?.digests[0];
      if (digest !== undefined) this.imageIds.set(imageId, `docker-pullable://${digest}`);
    }
  }

  #followWithProbes(pod: Pod, states: readonly ContainerState[]): void {
    const [podIP] = this.podIPs(pod);
    const running = new Set(states.filter((state) => state.status === 'running').map((state) => state.id));
    for (const id of this.probers.keys()) if (!running.has(id)) this.stopProbes(id);
    if (podIP === undefined) return;
    for (const container of allContainers(pod)) {
      const { livenessProbe, readinessProbe, startupProbe } = container;
      if (livenessProbe === undefined && readinessProbe === undefined && startupProbe === undefined) continue;
      const state = this.observed.containers.get(container.name)?.[0];
      if (state?.status === 'running' && !this.probers.has(state.id)) this.#startProber(pod, container, state, podIP);
    }
  }

  #startProber(pod: Pod, container: Container, state: ContainerState, podIP: string): void {
    const { runtime, clock } = this.#context;
    const prober = new ContainerProber({
      runtime,
      clock,
      container,
      id: state.id,
      podIP,
      startedAt: state.startedAt ?? state.createdAt,
      onChange: this.#onChange,
      unhealthy: (reason, message) => this.#tell(container, 'Warning', reason, message),
    });
    // A container that was ready before we were restarted has not become unready by that.
    const before = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
      (status) => status.containerID === dockerId(state.id),
    );
    if (before?.started === true) prober.state.started = true;
    if (before?.ready === true) prober.state.ready = true;
    this.probers.set(state.id, prober);
    prober.start();
  }
}
