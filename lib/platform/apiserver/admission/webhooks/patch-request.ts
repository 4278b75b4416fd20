import { structOfKind } from '../../../api/schema/compiled-types.ts';
import type { ResourceDefinition } from '../../../api/define-resource.ts';
import type { Json, KubeObject } from '../../../api/meta.ts';
import { decodeObject, type ExpectedKind } from '../../operations/decode-object.ts';
import { toStored } from '../../operations/served-version.ts';
import { applyJsonPatch } from '../../patch/json-patch.ts';
import { equalJson, isRecord } from '../../store/json-value.ts';
import type { MatchedRequest } from '../matching/matched-request.ts';

/** What says which object it is: not for a webhook to change. */
const IDENTITY = ['name', 'namespace', 'uid'] as const;

/**
 * Patches the request's object in place, in the version that the webhook saw; it is decoded and defaulted anew. False when that changes nothing.
 * Throws for a patch that does not apply, or that makes another object of it.
 */
export function patchRequest({ request, version, object: seen }: MatchedRequest, patch: Json): boolean {
  const object = request.object!;
  const value = applyJsonPatch(seen as unknown as Json, patch);
  if (!isRecord(value) || !isRecord(value['metadata'])) throw new TypeError('the patch leaves no object');
  const kind = kindOf(version, seen!);
  const decoded = decodeObject({ value, strictErrors: [] }, kind, 'Ignore', []);
  const patched = kind === version ? toStored(version, decoded) : decoded;
  for (const field of IDENTITY)
    if (patched.metadata[field] !== object.metadata[field])
      throw new TypeError(`the patch changes metadata.${field}, which says which object it is`);
  if (kind === version) request.definition.strategy?.defaults?.(patched);
  if (equalJson(patched, object)) return false;
  for (const key of Object.keys(object)) delete object[key];
  Object.assign(object, patched);
  return true;
}

/** The kind itself, or that of the body of an action. */
function kindOf(version: ResourceDefinition, { apiVersion, kind }: KubeObject): ExpectedKind {
  if (kind === version.kind) return version;
  const [group, inVersion] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  const schema = structOfKind(group, inVersion, kind)?.name;
  if (schema === undefined) throw new TypeError(`${apiVersion}, Kind=${kind} cannot be patched`);
  return { group, version: inVersion, kind, schema };
}
