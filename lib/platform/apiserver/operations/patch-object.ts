import type { Json, KubeObject } from '../../api/meta.ts';
import { strategicMergePatch } from '../../api/schema/strategic-merge-patch.ts';
import { newBadRequest, newInvalid, newUnsupportedMediaType } from '../../api/status-error.ts';
import type { PatchType } from '../../api/verbs.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import type { ServerContext } from '../server-context.ts';
import { cloneJson, isRecord } from '../store/json-value.ts';
import { decodeObject, type ExpectedKind, type ParsedBody } from './decode-object.ts';
import { guaranteedUpdate, type UpdateResult } from './guaranteed-update.ts';
import type { Operation } from './operation.ts';
import { checkName, prepareUpdate } from './replace-object.ts';

export const PATCH_TYPES: readonly PatchType[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

export interface PatchBody extends ParsedBody {
  readonly type: PatchType;
  /** As it came, for error texts. */
  readonly text: string;
}

/**
 * Patches the newest object; when another write comes first, patches what that left. A resourceVersion in the patch is a
 * precondition like any.
 */
export function patchObject(server: ServerContext, operation: Operation, patch: PatchBody): Promise<UpdateResult> {
  return guaranteedUpdate(server, operation, async (current, scope) => {
    // Each try warns anew; the last one counts.
    operation.warnings.length = 0;
    const object = patchedObject(operation, operation.definition, current.object, patch);
    checkName(operation, object);
    return prepareUpdate(server, operation, object, current, scope);
  });
}

/** The object that the patch makes of another, decoded and defaulted as if it had been sent whole. */
export function patchedObject(operation: Operation, kind: ExpectedKind, original: KubeObject, patch: PatchBody): KubeObject {
  const value = applyPatch(kind, original as unknown as Json, patch);
  if (!isRecord(value)) throw newBadRequest('the patch leaves no object');
  const body = { value: cloneJson(value), duplicates: patch.duplicates };
  return decodeObject(body, kind, operation.fieldValidation, operation.warnings, (text) =>
    newInvalid(kind, original.metadata.name ?? '', [
      { reason: 'FieldValueInvalid', field: 'patch', message: `Invalid value: ${JSON.stringify(patch.text)}: ${text}` },
    ]),
  );
}

function applyPatch(kind: ExpectedKind, original: Json, patch: PatchBody): Json {
  switch (patch.type) {
    case 'application/json-patch+json':
      return applyJsonPatch(original, patch.value);
    case 'application/merge-patch+json':
      return mergePatch(original, objectPatch(patch));
    case 'application/strategic-merge-patch+json':
      return strategicMergePatch(original, objectPatch(patch), kind.schema);
    default:
      throw newUnsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.slice(0, 3).join(', ')}`,
      );
  }
}

function objectPatch({ value }: PatchBody): Json {
  if (!isRecord(value))
    throw newBadRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}');
  return value as Json;
}
