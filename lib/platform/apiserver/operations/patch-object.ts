import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { Json, KubeObject } from '../../api/meta.ts';
import { strategicMergePatch } from '../../api/schema/strategic-merge-patch.ts';
import { newBadRequest, newInvalid, newUnsupportedMediaType } from '../../api/status-error.ts';
import { invalid } from '../../api/validation/causes.ts';
import type { PatchType } from '../../api/verbs.ts';
import { applyJsonPatch, unknownOperationFields } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import type { ServerContext } from '../server-context.ts';
import { cloneJson, getKey, isRecord } from '../store/json-value.ts';
import { goPrint } from '../../api/schema/go-print.ts';
import { applyPatch } from './apply-object.ts';
import { decodeObject, type ExpectedKind, type ParsedBody } from './decode-object.ts';
import { guaranteedUpdate, type UpdateResult } from './guaranteed-update.ts';
import type { Operation } from './operation.ts';
import { checkName, prepareUpdate } from './replace-object.ts';
import { fromStored, toStored } from './served-version.ts';

export const APPLY: PatchType = 'application/apply-patch+yaml';

export const PATCH_TYPES: readonly PatchType[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  APPLY,
];

/** Kinds that no table has know no merge keys. Throws 415 with the types that there are. */
export function checkPatchType({ custom }: ResourceDefinition, type: PatchType): void {
  const types =
    custom === undefined ? PATCH_TYPES : PATCH_TYPES.filter((each) => each !== 'application/strategic-merge-patch+json');
  if (!types.includes(type))
    throw newUnsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`,
    );
}

export interface PatchBody extends ParsedBody {
  readonly type: PatchType;
  /** Of an application: takes fields from their owners. */
  readonly force: boolean;
}

/**
 * Patches the newest object; when another write comes first, patches what that left. A resourceVersion in the patch is a
 * precondition like any. An application creates what is not there.
 */
export async function patchObject(
  server: ServerContext,
  operation: Operation,
  patch: PatchBody,
): Promise<UpdateResult & { readonly created: boolean }> {
  if (patch.type === APPLY) return applyPatch(server, operation, patch);
  const result = await guaranteedUpdate(server, operation, async (current, scope) => {
    // Each try warns anew; the last one counts.
    operation.warnings.length = 0;
    const { served } = operation;
    const original = fromStored(served, current.object);
    await operation.pace.pause();
    const object = toStored(served, await patchedObject(operation, served, original, patch));
    await operation.pace.pause();
    checkName(operation, object);
    return prepareUpdate(server, operation, object, current, scope);
  });
  return { ...result, created: false };
}

/** The object that the patch makes of another, decoded and defaulted as if it had been sent whole. */
export async function patchedObject(
  operation: Operation,
  kind: ExpectedKind,
  original: KubeObject,
  patch: PatchBody,
): Promise<KubeObject> {
  const before = touchesManagedFields(patch) ? original : withoutManagedFields(original);
  const value = patchedValue(kind, before as unknown as Json, patch);
  await operation.pace.pause();
  if (!isRecord(value)) throw newBadRequest('the patch leaves no object');
  const body = { value: cloneJson(value), strictErrors: strictErrors(patch) };
  await operation.pace.pause();
  return decodeObject(body, kind, operation.fieldValidation, operation.warnings, (text) => {
    // Kubernetes shows what the patch made of the object, but of a strategic one the patch itself.
    const shown = patch.type === 'application/strategic-merge-patch+json' ? goPrint(patch.value) : JSON.stringify(value);
    return newInvalid({ group: '', kind: '' }, '', [invalid('patch', shown.slice(0, MAX_SHOWN), text)]);
  });
}

const MAX_SHOWN = 4096;

const strictErrors = ({ type, value, strictErrors: found }: PatchBody): readonly string[] =>
  type !== 'application/json-patch+json'
    ? found
    : [...found, ...unknownOperationFields(value)].map((text) => `json patch ${text}`);

/** Most patches do not: then the object is patched without them, which spares copies of what is often its largest part. */
function touchesManagedFields({ type, value }: PatchBody): boolean {
  if (type !== 'application/json-patch+json') {
    const metadata = getKey(value, 'metadata');
    return (
      metadata !== undefined &&
      (!isRecord(metadata) || Object.hasOwn(metadata, 'managedFields') || Object.hasOwn(metadata, '$patch'))
    );
  }
  const touches = (pointer: unknown): boolean =>
    typeof pointer === 'string' &&
    ('/metadata/managedFields'.startsWith(pointer) || pointer.startsWith('/metadata/managedFields'));
  return Array.isArray(value) && value.some((each) => touches(getKey(each, 'path')) || touches(getKey(each, 'from')));
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _entries, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function patchedValue(kind: ExpectedKind, original: Json, patch: PatchBody): Json {
  switch (patch.type) {
    case 'application/json-patch+json':
      return applyJsonPatch(original, patch.value);
    case 'application/merge-patch+json':
      return mergePatch(original, objectPatch(patch));
    case 'application/strategic-merge-patch+json':
      return strategicMergePatch(original, objectPatch(patch), kind.schema);
    default:
      throw newUnsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.join(', ')}`,
      );
  }
}

function objectPatch({ value }: PatchBody): Json {
  if (!isRecord(value))
    throw newBadRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}');
  return value as Json;
}
