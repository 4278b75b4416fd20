import { quantityMilliValue, quantityProblem, quantityValue } from '../../api/quantity.ts';
import type { Container, Pod, Quantities } from '../core-types.ts';

/** Amounts by resource name: cpu in thousandths of a core, everything else in its own unit (bytes, pieces). */
export type Amounts = ReadonlyMap<string, number>;

/** The amounts of a resource list as the API writes it. What is not a quantity counts as nothing: admission has checked it. */
export function amountsOf(quantities: Quantities | undefined): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, quantity] of Object.entries(quantities ?? {})) {
    const text = String(quantity);
    if (quantityProblem(text) === undefined) amounts.set(name, name === 'cpu' ? quantityMilliValue(text) : quantityValue(text));
  }
  return amounts;
}

const cache = new WeakMap<Pod, Amounts>();

/**
 * What a pod asks of its node (kubernetes pkg/api/v1/resource PodRequests): its containers at once, or the largest of
 * its init containers with the sidecars started before it, whichever is more; and the overhead of its runtime.
 */
export function podRequests(pod: Pod): Amounts {
  let requests = cache.get(pod);
  if (requests === undefined) cache.set(pod, (requests = computeRequests(pod)));
  return requests;
}

function computeRequests(pod: Pod): Amounts {
  const { containers, initContainers = [], overhead, resources } = pod.spec;
  const granted = grantedRequests(pod);
  const total = new Map<string, number>();
  for (const container of containers) add(total, granted(container));
  const sidecars = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const container of initContainers) {
    const requests = container.restartPolicy === 'Always' ? granted(container) : requestsOf(container);
    if (container.restartPolicy === 'Always') {
      add(sidecars, requests);
      add(total, requests);
      raise(peak, sidecars);
    } else {
      const together = new Map(sidecars);
      add(together, requests);
      raise(peak, together);
    }
  }
  raise(total, peak);
  // Requests of the pod as a whole stand in place of the sum of its containers.
  for (const [name, amount] of amountsOf(resources?.requests)) total.set(name, amount);
  add(total, amountsOf(overhead));
  return total;
}

/**
 * While a pod is being resized it may have what it has been allocated and what it asks for, whichever is more; what it will never get
 * counts for nothing.
 */
function grantedRequests({ status }: Pod): (container: Container) => Amounts {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const allocated = new Map(statuses.map(({ name, allocatedResources }) => [name, allocatedResources]));
  const infeasible = (status?.conditions ?? []).some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
  return (container) => {
    const own = allocated.get(container.name);
    if (own === undefined) return requestsOf(container);
    if (infeasible) return amountsOf(own);
    const most = new Map(requestsOf(container));
    raise(most, amountsOf(own));
    return most;
  };
}

/** A limit without a request is the request, as defaulting makes it. */
function requestsOf(container: Container): Amounts {
  const { requests, limits } = container.resources ?? {};
  return amountsOf({ ...limits, ...requests });
}

/** Adds amounts up, by resource. */
export function add(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, (into.get(name) ?? 0) + amount);
}

function raise(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, Math.max(into.get(name) ?? 0, amount));
}
