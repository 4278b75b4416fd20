import type { KubeObject, ObjectMeta } from '../meta.ts';
import type { ResourceDefinition } from '../define-resource.ts';
import type { StatusCause } from '../status-error.ts';

/** Rules for metadata of a new object: name format, labels, annotations, owner references, finalizers. */
export function validateObjectMeta(object: KubeObject, definition: ResourceDefinition): StatusCause[] {
  void object;
  void definition;
  return [];
}

/** Rules for metadata of a replaced object: what a client may not change. */
export function validateObjectMetaUpdate(object: KubeObject, old: KubeObject): StatusCause[] {
  void object;
  void old;
  return [];
}

/** A name from generateName: the prefix, cut so that five random letters fit into 63. */
export function generateName(prefix: NonNullable<ObjectMeta['generateName']>): string {
  return prefix;
}
