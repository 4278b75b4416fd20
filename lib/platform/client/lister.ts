import type { KubeObject } from '../api/meta.ts';

/** Read access to an informer's cache. Objects are frozen and may be a moment old: writes are checked by resourceVersion. */
export interface Lister<T extends KubeObject = KubeObject> {
  get(namespace: string | undefined, name: string): T | undefined;
  /** By key: `namespace/name`, or `name` for cluster-scoped kinds. */
  byKey(key: string): T | undefined;
  list(namespace?: string): T[];
  /** Objects whose metadata.ownerReferences name this uid as controller. */
  controlledBy(uid: string): T[];
}
