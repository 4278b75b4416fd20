import { hasDiskPressure } from '../api/core/node/disk-pressure.ts';
import type { KubeObject } from '../api/meta.ts';
import { isNotFound } from '../api/status-error.ts';
import type { Verbs } from '../api/verbs.ts';

/**
 * The node whose disk is almost full and that a component's pod keeps its volume on: nothing more is to be taken in there. undefined: there is room, or
 * there is no such pod.
 */
export async function fullDiskOf(verbs: Verbs, namespace: string, labelSelector: string): Promise<string | undefined> {
  const { items } = await verbs.list({ group: '', version: 'v1', resource: 'pods', namespace }, { labelSelector });
  const names = new Set(items.map(({ spec }: KubeObject) => spec?.nodeName as string | undefined));
  for (const name of names) {
    if (name === undefined || name === '') continue;
    try {
      if (hasDiskPressure(await verbs.get({ group: '', version: 'v1', resource: 'nodes', name }))) return name;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}
