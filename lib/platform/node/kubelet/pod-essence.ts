import type { Pod } from './types/pod-types.ts';
import { OWN_CONDITIONS } from './status/pod-conditions.ts';

/** What of a pod the kubelet acts on, to be compared: all but its own part of the status. */
export function podEssence({ metadata, spec, status }: Pod): string {
  const { resourceVersion: _, managedFields: __, ...rest } = metadata;
  return JSON.stringify([rest, spec, (status?.conditions ?? []).filter(({ type }) => !OWN_CONDITIONS.has(type))]);
}
