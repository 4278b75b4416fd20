import type { KubeObject, ObjectMeta } from '../api/meta.ts';
import type { Lister } from './lister.ts';

/** `namespace/name`, or `name` for cluster-scoped kinds (client-go MetaNamespaceKeyFunc). */
export function keyOf(object: { metadata: ObjectMeta }): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined || namespace === '' ? (name ?? '') : `${namespace}/${name}`;
}

/** The two halves of a key; `namespace` is undefined for cluster-scoped kinds. */
export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/');
  return slash === -1 ? { namespace: undefined, name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The uid of the owner that has `controller: true`, if there is one. */
export function controllerUid(object: { metadata: ObjectMeta }): string | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid;
}

/** An informer's cache: objects by key, indexed by namespace and by controlling owner. */
export class ObjectStore<T extends KubeObject> implements Lister<T> {
  readonly #byKey = new Map<string, T>();
  readonly #byNamespace = new Map<string, Map<string, T>>();
  readonly #byController = new Map<string, Map<string, T>>();

  get size(): number {
    return this.#byKey.size;
  }

  keys(): IterableIterator<string> {
    return this.#byKey.keys();
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#byKey.get(namespace === undefined || namespace === '' ? name : `${namespace}/${name}`);
  }

  byKey(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  list(namespace?: string): T[] {
    return [...(namespace === undefined ? this.#byKey : (this.#byNamespace.get(namespace) ?? EMPTY)).values()] as T[];
  }

  controlledBy(uid: string): T[] {
    return [...(this.#byController.get(uid) ?? EMPTY).values()] as T[];
  }

  /** Puts the object in place of what had its key, and returns that. */
  put(key: string, object: T): T | undefined {
    const old = this.remove(key);
    this.#byKey.set(key, object);
    enter(this.#byNamespace, object.metadata.namespace, key, object);
    enter(this.#byController, controllerUid(object), key, object);
    return old;
  }

  remove(key: string): T | undefined {
    const old = this.#byKey.get(key);
    if (old === undefined) return undefined;
    this.#byKey.delete(key);
    leave(this.#byNamespace, old.metadata.namespace, key);
    leave(this.#byController, controllerUid(old), key);
    return old;
  }
}

const EMPTY: ReadonlyMap<string, KubeObject> = new Map();

function enter<T>(index: Map<string, Map<string, T>>, value: string | undefined, key: string, object: T): void {
  if (value === undefined) return;
  const bucket = index.get(value);
  if (bucket === undefined) index.set(value, new Map([[key, object]]));
  else bucket.set(key, object);
}

function leave<T>(index: Map<string, Map<string, T>>, value: string | undefined, key: string): void {
  if (value === undefined) return;
  const bucket = index.get(value);
  bucket?.delete(key);
  if (bucket?.size === 0) index.delete(value);
}
