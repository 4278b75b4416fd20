import type { ApiContainerStatus } from '../types/pod-status-types.ts';
import type { Pod } from '../types/pod-types.ts';
import type { ResourceRequirements } from '../types/container-types.ts';
import { type PodResources, resourcesOf, sameResources, withResources } from './container-resources.ts';
import { judgeResize, type PendingResize, type Requests, requestsOf } from './judge-resize.ts';

/** A pod as it may be on this node. */
export interface Allocation {
  /** With what its containers have been allocated in place of what its spec asks for. */
  readonly pod: Pod;
  /** Why it does not get yet what it asks for. */
  readonly pending: PendingResize | undefined;
}

interface Entry {
  resources: PodResources;
  requests: Requests;
  /** Called when another pod has given something back. */
  wake: (() => void) | undefined;
}

const NONE: Requests = { cpu: 0, memory: 0 };

/**
 * What each pod of the node has been allocated (kubelet: allocation manager). A pod starts with what it asks for: the scheduler has
 * found it room. What it asks for later it gets when there is room, all of it at once. What was allocated is in the pod's status, where a
 * restarted kubelet finds it.
 */
export class PodAllocations {
  readonly #allocatable: Requests;
  readonly #entries = new Map<string, Entry>();

  constructor(allocatable: Requests) {
    this.#allocatable = allocatable;
  }

  /** Takes a pod in that is seen for the first time. To be called for all pods before any is asked about. */
  add(pod: Pod): void {
    const { uid } = pod.metadata;
    if (!this.#entries.has(uid)) this.#entries.set(uid, this.#entry(pod, knownResources(pod)));
  }

  /** `wake` is called when a resize that had to wait may fit. */
  review(pod: Pod, wake: () => void): Allocation {
    this.add(pod);
    const entry = this.#entries.get(pod.metadata.uid)!;
    entry.wake = undefined;
    const wanted = resourcesOf(pod);
    let pending: PendingResize | undefined;
    if (!same(wanted, entry.resources)) {
      const used = this.#usedByOthers(entry);
      pending = judgeResize(requestsOf(pod), entry.requests, used, this.#allocatable);
      if (pending === undefined) entry.resources = wanted;
      else if (pending.reason === 'Deferred') entry.wake = wake;
    }
    const allocated = withResources(pod, entry.resources);
    this.#account(entry, isOver(pod) ? NONE : requestsOf(allocated));
    return { pod: allocated, pending };
  }

  /** The pod is gone from the node. */
  forget(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    this.#entries.delete(uid);
    this.#account(entry, NONE);
  }

  #entry(pod: Pod, resources: PodResources): Entry {
    return { resources, requests: isOver(pod) ? NONE : requestsOf(withResources(pod, resources)), wake: undefined };
  }

  #usedByOthers(own: Entry): Requests {
    let { cpu, memory } = NONE;
    for (const entry of this.#entries.values()) {
      if (entry === own) continue;
      cpu += entry.requests.cpu;
      memory += entry.requests.memory;
    }
    return { cpu, memory };
  }

  #account(entry: Entry, requests: Requests): void {
    const freed = requests.cpu < entry.requests.cpu || requests.memory < entry.requests.memory;
    entry.requests = requests;
    if (freed) for (const other of this.#entries.values()) if (other !== entry) other.wake?.();
  }
}

const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

const same = (a: PodResources, b: PodResources): boolean =>
  [...a].every(([name, resources]) => sameResources(resources, b.get(name) ?? {}));

/** What the pod had been allocated when its status was last written: requests as allocated, limits as they were in force. */
function knownResources(pod: Pod): PodResources {
  const statuses = new Map(
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map((status) => [
      status.name,
      status,
    ]),
  );
  return new Map([...resourcesOf(pod)].map(([name, wanted]) => [name, knownOf(wanted, statuses.get(name))]));
}

function knownOf(wanted: ResourceRequirements, status: ApiContainerStatus | undefined): ResourceRequirements {
  if (status?.resources === undefined) return wanted;
  const { limits } = status.resources;
  const requests = status.allocatedResources ?? status.resources.requests;
  const known = { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) };
  return sameResources(known, wanted) ? wanted : known;
}
