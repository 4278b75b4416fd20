import type { KubeObject } from '../../meta.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** Whether a node's disk is almost full, as its kubelet has said last. */
export const hasDiskPressure = (node: KubeObject): boolean =>
  ((node['status']?.conditions ?? []) as readonly Condition[]).some(
    ({ type, status }) => type === 'DiskPressure' && status === 'True',
  );
