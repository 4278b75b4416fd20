import { structOfKind } from '../../../api/schema/compiled-types.ts';
import type { Json, KubeObject } from '../../../api/meta.ts';
import { decodeObject, type ExpectedKind } from '../../operations/decode-object.ts';
import { applyJsonPatch } from '../../patch/json-patch.ts';
import { equalJson, isRecord } from '../../store/json-value.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';

/** What says which object it is: not for a webhook to change. */
const IDENTITY = ['name', 'namespace', 'uid'] as const;

/**
 * Patches the request's object in place; it is decoded and defaulted anew. False when that changes nothing. Throws for a
 * patch that does not apply, or that makes another object of it.
 */
export function patchRequest(request: AdmissionRequest, patch: Json): boolean {
  const object = request.object!;
  const value = applyJsonPatch(object as unknown as Json, patch);
  if (!isRecord(value) || !isRecord(value['metadata'])) throw new TypeError('the patch leaves no object');
  const patched = decodeObject({ value, strictErrors: [] }, kindOf(request, object), 'Ignore', []);
  for (const field of IDENTITY)
    if (patched.metadata[field] !== object.metadata[field])
      throw new TypeError(`the patch changes metadata.${field}, which says which object it is`);
  if (kindOf(request, object) === request.definition) request.definition.strategy?.defaults?.(patched);
  if (equalJson(patched, object)) return false;
  for (const key of Object.keys(object)) delete object[key];
  Object.assign(object, patched);
  return true;
}

/** The kind itself, or that of the body of an action. */
function kindOf({ definition }: AdmissionRequest, { apiVersion, kind }: KubeObject): ExpectedKind {
  if (kind === definition.kind) return definition;
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  const schema = structOfKind(group, version, kind)?.name;
  if (schema === undefined) throw new TypeError(`${apiVersion}, Kind=${kind} cannot be patched`);
  return { group, version, kind, schema };
}
