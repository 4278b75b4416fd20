import jsonPatch from 'fast-json-patch';
import type { Operation as PatchOperation } from 'fast-json-patch';
import type { Json } from '../../api/meta.ts';
import { newBadRequest, newRequestEntityTooLarge, StatusError } from '../../api/status-error.ts';
import { cloneJson, isRecord } from '../store/json-value.ts';

/** apiserver handlers/patch.go: maxJSONPatchOperations. */
const MAX_OPERATIONS = 10_000;
const MAX_STRICT_ERRORS = 20;
const KINDS = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);
/** Copies may double a value with each operation. */
const MAX_COPIED_BYTES = 3 << 20;

/** RFC 6902 on a copy of the document. Errors carry the texts of the library that Kubernetes uses. */
export function applyJsonPatch(document: Json, patch: unknown): Json {
  const operations = checkOperations(patch);
  let at = cloneJson(document);
  let copied = 0;
  for (const operation of operations) {
    if (operation.op === 'copy') {
      copied += JSON.stringify(jsonPatch.getValueByPointer(at, safePointer(at, operation.from, 'copy')) ?? null).length;
      if (copied > MAX_COPIED_BYTES)
        throw rejected(
          `Unable to complete the copy, the accumulated size increase of copy is ${copied}, exceeding the limit ${MAX_COPIED_BYTES}`,
        );
    }
    at = applyOne(at, operation);
  }
  return at;
}

const FIELDS = new Set(['op', 'path', 'from', 'value']);

/** What strict decoding has against the operations of a patch. */
export function unknownOperationFields(patch: unknown): string[] {
  const operations = Array.isArray(patch) ? (patch as unknown[]) : [];
  return operations
    .flatMap((operation, i) =>
      isRecord(operation)
        ? Object.keys(operation)
            .filter((key) => !FIELDS.has(key))
            .map((key) => `unknown field "[${i}].${key}"`)
        : [],
    )
    .slice(0, MAX_STRICT_ERRORS);
}

function checkOperations(patch: unknown): PatchOperation[] {
  if (!Array.isArray(patch))
    throw newBadRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  if (patch.length > MAX_OPERATIONS)
    throw newRequestEntityTooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  for (const operation of patch as unknown[]) {
    if (!isRecord(operation))
      throw newBadRequest('error decoding patch: json: cannot unmarshal array into Go value of type jsonpatch.Operation');
    if (typeof operation['op'] !== 'string' || !KINDS.has(operation['op']))
      throw rejected(`Unexpected kind: ${String(operation['op'])}`);
    for (const field of operation['op'] === 'move' || operation['op'] === 'copy' ? ['path', 'from'] : ['path'])
      if (typeof operation[field] !== 'string') throw rejected(`${operation['op']} operation: ${field} missing`);
  }
  return cloneJson(patch) as PatchOperation[];
}

function applyOne(document: Json, operation: PatchOperation): Json {
  safePointer(document, operation.path, operation.op);
  if ('from' in operation) safePointer(document, operation.from, operation.op);
  // RFC 6902, section 4.4: nothing can become a part of itself. The library would make a circle.
  if (operation.op === 'move' && operation.path.startsWith(`${operation.from}/`))
    throw rejected(
      `move operation does not apply: ${JSON.stringify(operation.path)} lies within ${JSON.stringify(operation.from)}`,
    );
  if (operation.op !== 'remove' && operation.op !== 'move' && operation.op !== 'copy' && !('value' in operation))
    (operation as { value: Json }).value = null;
  try {
    return jsonPatch.applyOperation(document, operation, true, true, true).newDocument as Json;
  } catch (error) {
    if (operation.op === 'test') throw rejected(`testing value ${operation.path} failed: test failed`);
    throw rejected(reasonOf(operation, error));
  }
}

const reasonOf = (operation: PatchOperation, error: unknown): string => {
  const name = error instanceof Error && 'name' in error ? String(error.name) : '';
  const path = operation.path;
  if (name === 'OPERATION_PATH_CANNOT_ADD' || name === 'OPERATION_PATH_UNRESOLVABLE' || name === 'OPERATION_FROM_UNRESOLVABLE')
    return `${operation.op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`;
  if (name === 'OPERATION_VALUE_OUT_OF_BOUNDS' || name === 'OPERATION_PATH_ILLEGAL_ARRAY_INDEX')
    return `${operation.op} operation does not apply: doc is missing index: ${JSON.stringify(path)}: invalid index referenced`;
  return `${operation.op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`;
};

/** Refuses a pointer through what is no own property, so that `/__proto__` and `/constructor` lead nowhere. */
function safePointer(document: Json, pointer: string, op: string): string {
  if (pointer === '') return pointer;
  const missing = (): StatusError =>
    rejected(`${op} operation does not apply: doc is missing path: ${JSON.stringify(pointer)}: missing value`);
  if (!pointer.startsWith('/')) throw missing();
  const parts = pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let at: Json | undefined = document;
  for (const [i, part] of parts.entries()) {
    if (typeof at !== 'object' || at === null) throw missing();
    // The library would set a prototype rather than a key.
    if (part === '__proto__' || (part === 'prototype' && parts[i - 1] === 'constructor')) throw missing();
    if (i === parts.length - 1) break;
    at = Array.isArray(at) ? at[Number(part)] : Object.hasOwn(at, part) ? at[part] : undefined;
  }
  return pointer;
}

/** NewGenericServerResponse with 422: the reason is in the cause. */
function rejected(why: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the server rejected our request due to an error in our request',
    reason: 'Invalid',
    details: { causes: [{ reason: 'UnexpectedServerResponse', message: why }] },
    code: 422,
  });
}
