import { parseQuantity } from '../../quantity.ts';

type Resources = { limits?: Record<string, string>; requests?: Record<string, string> };

const COUNTED = ['cpu', 'memory'] as const;

/** How well a pod's use of the node is bounded (v1 helper GetPodQOS). Decided once, at creation. */
export function qosClass(spec: {
  containers?: { resources?: Resources }[];
  initContainers?: { resources?: Resources }[];
}): string {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  let any = false;
  let guaranteed = true;
  for (const { resources } of containers)
    for (const name of COUNTED) {
      const limit = amount(resources?.limits?.[name]);
      const request = amount(resources?.requests?.[name]);
      any ||= limit > 0n || request > 0n;
      guaranteed &&= limit > 0n && request === limit;
    }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const amount = (text: string | undefined): bigint => (text === undefined ? 0n : parseQuantity(text).nanos);
