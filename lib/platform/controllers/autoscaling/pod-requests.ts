import { quantityMilliValue } from '../../api/quantity.ts';
import type { Container, Pod } from '../core-types.ts';

/** What the containers of each pod request of a resource, in thousandths, or only the one that is named. Throws an Error in Kubernetes' words. */
export function podRequests(pods: readonly Pod[], resource: string, container?: string): Map<string, number> {
  return new Map(pods.map((pod) => [pod.metadata.name!, requestOf(pod, resource, container)]));
}

function requestOf(pod: Pod, resource: string, container: string | undefined): number {
  const {
    containers = [],
    initContainers = [],
    resources,
  } = pod.spec as typeof pod.spec & {
    readonly initContainers?: readonly Container[];
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  const ofPod = container === undefined ? resources?.requests?.[resource] : undefined;
  if (ofPod !== undefined) return quantityMilliValue(ofPod);
  // Init containers that go on running beside the others.
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const counted = [...containers, ...sidecars].filter(({ name }) => container === undefined || name === container);
  return counted.reduce((sum, { name, resources: own }) => {
    const request = own?.requests?.[resource];
    if (request === undefined)
      throw new Error(`missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`);
    return sum + quantityMilliValue(String(request));
  }, 0);
}
