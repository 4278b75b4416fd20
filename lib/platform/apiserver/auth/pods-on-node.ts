import type { KubeObject } from '../../api/meta.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';

export const PODS = resourcePrefix({ group: '', plural: 'pods' });

/** The pods of a namespace that are bound to a node. */
export function* podsOn(cache: ObjectCache, node: string, namespace: string): Generator<KubeObject> {
  for (const { object } of cache.resource(PODS).range(`${PODS}${namespace}/`)) if (object.spec?.nodeName === node) yield object;
}
