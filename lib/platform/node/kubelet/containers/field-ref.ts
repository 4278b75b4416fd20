import type { FieldSelector } from '../types/container-types.ts';
import type { Pod } from '../types/pod-types.ts';

/** Addresses that a pod learns about itself; unknown until its sandbox has them. */
export interface PodAddresses {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
}

const KEYED = /^metadata\.(labels|annotations)\['(.*)'\]$/s;

/** Go's %q, in which the downward API writes label and annotation values. */
const quoted = (text: string): string => JSON.stringify(text);

const mapText = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join('\n');

/** The value of a downward API field (kubelet: fieldpath.ExtractFieldPathAsString, podFieldSelectorRuntimeValue). */
export function fieldRefValue(pod: Pod, ref: FieldSelector, addresses: PodAddresses): string {
  const keyed = KEYED.exec(ref.fieldPath);
  if (keyed !== null) {
    const map = pod.metadata[keyed[1] as 'labels' | 'annotations'];
    return map !== undefined && Object.hasOwn(map, keyed[2]!) ? map[keyed[2]!]! : '';
  }
  switch (ref.fieldPath) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace;
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return mapText(pod.metadata.labels);
    case 'metadata.annotations':
      return mapText(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return addresses.hostIPs[0] ?? '';
    case 'status.hostIPs':
      return addresses.hostIPs.join(',');
    case 'status.podIP':
      return addresses.podIPs[0] ?? '';
    case 'status.podIPs':
      return addresses.podIPs.join(',');
    default:
      throw new Error(`unsupported fieldPath: ${ref.fieldPath}`);
  }
}
