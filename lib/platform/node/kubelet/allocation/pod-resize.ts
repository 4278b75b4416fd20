import type { KubeletContext } from '../kubelet-context.ts';
import type { PodMemory } from '../pod-memory.ts';
import type { Pod } from '../types/pod-types.ts';
import { resourcesOf, withResources } from './container-resources.ts';
import type { Allocation } from './pod-allocations.ts';
import { resizeEvents, type ResizeState, resizeStateOf } from './resize-state.ts';

/** One pod's way from what its spec asks for to what runs. */
export class PodResize {
  readonly #context: KubeletContext;
  readonly #memory: PodMemory;
  readonly #wake: () => void;
  #allocation: Allocation;
  /** What events have told. */
  #told: ResizeState;

  /** `wake` is called when a resize that had to wait may fit. */
  constructor(context: KubeletContext, memory: PodMemory, pod: Pod, wake: () => void) {
    this.#context = context;
    this.#memory = memory;
    this.#wake = wake;
    context.allocations.add(pod);
    this.#allocation = { pod, pending: undefined };
    this.#told = resizeStateOf(pod.status ?? {});
  }

  /** The pod as it may run now, with what the node has room for. */
  allocate(pod: Pod): Pod {
    this.#allocation = this.#context.allocations.review(pod, this.#wake);
    return this.#allocation.pod;
  }

  /** What its status is made of. News are told as events. */
  report(pod: Pod): { readonly pod: Pod; readonly resize: ResizeState } {
    const allocated = withResources(pod, resourcesOf(this.#allocation.pod));
    const resize = this.#memory.resizeState(allocated, this.#allocation.pending);
    for (const { type, reason, message } of resizeEvents(this.#told, resize, pod, allocated))
      this.#context.recorder.event(pod, type, reason, message);
    this.#told = resize;
    return { pod: allocated, resize };
  }
}
