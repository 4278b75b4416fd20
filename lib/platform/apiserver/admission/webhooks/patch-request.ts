import { structOfKind } from '../../../api/schema/compiled-types.ts';
import type { ScaleSubresource } from '../../../api/subresources/subresource.ts';
import type { ResourceDefinition } from '../../../api/define-resource.ts';
import type { Json, KubeObject } from '../../../api/meta.ts';
import { decodeObject, type ExpectedKind } from '../../operations/decode-object.ts';
import { applyJsonPatch } from '../../patch/json-patch.ts';
import { equalJson, isRecord, readPath, writePath } from '../../store/json-value.ts';
import { inOwnVersion, type MatchedRequest } from '../matching/matched-request.ts';

/** What says which object it is: not for a webhook to change. */
const IDENTITY = ['name', 'namespace', 'uid'] as const;

/**
 * Patches the request's object in place, in the version that the webhook saw; it is decoded and defaulted anew. False when that changes nothing.
 * Throws for a patch that does not apply, or that makes another object of it.
 */
export async function patchRequest(matched: MatchedRequest, patch: Json): Promise<boolean> {
  const { request, version, object: seen } = matched;
  const object = request.object!;
  const value = applyJsonPatch(seen as unknown as Json, patch);
  if (!isRecord(value) || (seen!.metadata !== undefined && !isRecord(value['metadata'])))
    throw new TypeError('the patch leaves no object');
  const { definition, ref } = request;
  if (ref.subresource === 'scale' && definition.scale !== undefined) return patchScale(object, definition.scale, value);
  // What a connection is asked for with is judged again by who connects.
  if (seen!.metadata === undefined)
    return replaceBy(object, { ...value, kind: seen!.kind, apiVersion: seen!.apiVersion } as KubeObject);
  const kind = kindOf(version, seen!);
  const decoded = decodeObject({ value, strictErrors: [] }, kind, 'Ignore', []);
  const patched = kind === version ? await inOwnVersion(matched, decoded) : decoded;
  for (const field of IDENTITY)
    if (patched.metadata[field] !== object.metadata[field])
      throw new TypeError(`the patch changes metadata.${field}, which says which object it is`);
  if (kind === version) request.definition.strategy?.defaults?.(patched);
  return replaceBy(object, patched);
}

/** Puts another object's fields in place of an object's own. False when they are the same. */
function replaceBy(object: KubeObject, patched: KubeObject): boolean {
  if (equalJson(patched, object)) return false;
  for (const key of Object.keys(object)) delete object[key];
  Object.assign(object, patched);
  return true;
}

/** Of a scale only the number of replicas is wanted. */
function patchScale(object: KubeObject, scale: ScaleSubresource, patched: object): boolean {
  const replicas = readPath(patched, ['spec', 'replicas']);
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0)
    throw new TypeError('the patch leaves no number of replicas');
  if (replicas === readPath(object, scale.specReplicasPath)) return false;
  writePath(object, scale.specReplicasPath, replicas);
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
