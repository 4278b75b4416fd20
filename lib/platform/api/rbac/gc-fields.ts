import type { KubeObject } from '../meta.ts';
import { deepEqual } from '../validation/causes.ts';

/** Whether two states differ in nothing but what the garbage collector writes: it must be able to without any rights of the role. */
export function equalBut(object: KubeObject, old: KubeObject): boolean {
  const plain = ({ metadata, ...rest }: KubeObject): object => {
    const {
      ownerReferences: _owners,
      finalizers: _finalizers,
      resourceVersion: _revision,
      managedFields: _fields,
      ...meta
    } = metadata;
    return { ...rest, metadata: meta };
  };
  return deepEqual(plain(object), plain(old));
}
