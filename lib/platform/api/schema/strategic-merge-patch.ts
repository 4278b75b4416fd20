import type { Json } from '../meta.ts';
import { newBadRequest } from '../status-error.ts';
import { type Field, type FieldType, type StructType, structType } from './compiled-types.ts';
import { goPrint } from './go-print.ts';
import { ItemPlaces, type JsonObject, isObject, normaliseOrder, sameItem, setOwn } from './patch-lists.ts';

const DIRECTIVE = '$patch';
const RETAIN = '$retainKeys';
const ORDER = '$setElementOrder/';
const REMOVE = '$deleteFromPrimitiveList/';

/**
 * A strategic merge patch on an object of that schema, with all directives ($patch, $retainKeys, $deleteFromPrimitiveList,
 * $setElementOrder). Gives a new value and changes neither argument. Throws a StatusError (BadRequest) for a patch that
 * makes no sense. Semantics: k8s.io/apimachinery/pkg/util/strategicpatch.
 */
export function strategicMergePatch(original: Json, patch: Json, schemaName: string): Json {
  if (!isObject(patch) || !isObject(original)) throw newBadRequest('invalid JSON document');
  const struct = structType(schemaName);
  try {
    return mergeObject(structuredClone(original), structuredClone(patch), { form: 'struct', struct, goType: struct.goName });
  } catch (error) {
    // The stack: no honest patch is nested thousands deep.
    throw error instanceof RangeError ? newBadRequest('exceeded max depth') : error;
  }
}

/** Both arguments belong to the merge and may be changed. */
function mergeObject(original: JsonObject, patch: JsonObject, type: FieldType | undefined): JsonObject {
  const directive = takeDirective(patch);
  if (directive === 'replace') return patch;
  if (directive === 'delete') return {};
  retainKeys(original, patch);
  orderLists(original, patch, type);
  for (const key of Object.keys(patch)) {
    const value = patch[key]!;
    if (key.startsWith(REMOVE)) {
      removeFromList(original, key.slice(REMOVE.length), value);
    } else if (value === null) {
      delete original[key];
    } else if (!Object.hasOwn(original, key)) {
      setOwn(original, key, dropDirectives(value));
    } else {
      setOwn(original, key, mergeValue(original[key]!, value, fieldAt(type, key), type, key));
    }
  }
  return original;
}

function mergeValue(original: Json, patch: Json, field: FieldRule, parent: FieldType | undefined, key: string): Json {
  const replace = field.strategies.includes('replace');
  if (isObject(original) && isObject(patch) && !replace) return mergeObject(original, patch, field.type);
  if (Array.isArray(original) && Array.isArray(patch) && field.strategies.includes('merge'))
    return mergeList(original, patch, field, `${typeName(parent)}.${key}`);
  return dropDirectives(patch);
}

interface FieldRule {
  readonly type: FieldType | undefined;
  readonly strategies: readonly string[];
  readonly mergeKey: string | undefined;
}

function fieldAt(type: FieldType | undefined, key: string): FieldRule {
  if (type?.form === 'map') return { type: type.element, strategies: [], mergeKey: undefined };
  const field: Field | undefined = type?.form === 'struct' ? (type.struct as StructType).fields.get(key) : undefined;
  return { type: field?.type, strategies: field?.patchStrategy?.split(',') ?? [], mergeKey: field?.patchMergeKey };
}

const typeName = (type: FieldType | undefined): string => (type?.form === 'struct' ? type.struct.goName : 'object');

function takeDirective(patch: JsonObject): string | undefined {
  if (!Object.hasOwn(patch, DIRECTIVE)) return undefined;
  checkDirective(patch);
  const directive = patch[DIRECTIVE] as string;
  delete patch[DIRECTIVE];
  return directive;
}

function checkDirective(patch: JsonObject): void {
  const directive = patch[DIRECTIVE];
  if (directive !== 'replace' && directive !== 'delete' && directive !== 'merge')
    throw newBadRequest(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(patch)}`);
}

/** Fields of a union: what the list does not name goes. */
function retainKeys(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, RETAIN)) return;
  const keep = patch[RETAIN];
  delete patch[RETAIN];
  if (!Array.isArray(keep)) throw newBadRequest('invalid patch format of retainKeys');
  const kept = new Set<Json>(keep);
  const stray = Object.keys(patch).find((key) => !key.startsWith('$') && patch[key] !== null && !kept.has(key));
  if (stray !== undefined) throw newBadRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(original)) if (!kept.has(key)) delete original[key];
}

/** `$setElementOrder/list`: merges that list and brings it into the order, with the server's other items between. */
function orderLists(original: JsonObject, patch: JsonObject, type: FieldType | undefined): void {
  for (const orderKey of Object.keys(patch).filter((key) => key.startsWith(ORDER))) {
    const order = patch[orderKey];
    delete patch[orderKey];
    if (!Array.isArray(order)) throw newBadRequest('invalid patch format of setElementOrder list');
    const key = orderKey.slice(ORDER.length);
    const field = fieldAt(type, key);
    const server = Object.hasOwn(original, key) ? original[key] : undefined;
    const patched = Object.hasOwn(patch, key) ? patch[key] : undefined;
    if (patched === null || (server === undefined && patched === undefined)) continue;
    delete patch[key];
    const current = Array.isArray(server) ? server : [];
    if (Array.isArray(patched)) checkOrder(patched, order, field.mergeKey);
    const merged = patched === undefined ? current : (mergeValue(current, patched, field, type, key) as Json[]);
    setOwn(original, key, normaliseOrder(merged, order, current, field.mergeKey));
  }
}

/** Items of the patch must come in the order that the patch demands. */
function checkOrder(patched: readonly Json[], order: readonly Json[], mergeKey: string | undefined): void {
  const kept = patched.filter((item) => !(isObject(item) && DIRECTIVE in item));
  let at = 0;
  for (const item of order) if (at < kept.length && sameItem(kept[at]!, item, mergeKey)) at++;
  if (at < kept.length)
    throw newBadRequest(
      `The order in patch list:\n${goPrint(patched)}\n doesn't match ${ORDER.slice(0, -1)} list:\n${goPrint(order)}\n`,
    );
}

function removeFromList(original: JsonObject, key: string, values: Json): void {
  if (!Array.isArray(values)) throw newBadRequest('invalid patch format of primitive list');
  const list = Object.hasOwn(original, key) ? original[key] : undefined;
  const gone = new Set(values);
  if (Array.isArray(list))
    setOwn(
      original,
      key,
      list.filter((item) => !gone.has(item)),
    );
}

function mergeList(original: Json[], patch: Json[], field: FieldRule, where: string): Json[] {
  if (![...original, ...patch].some(isObject)) {
    const merged = [...new Set([...original, ...patch])];
    return normaliseOrder(merged, patch, original, undefined);
  }
  const { mergeKey } = field;
  if (mergeKey === undefined) throw newBadRequest(`cannot merge lists without merge key for ${where}`);
  const element = field.type?.form === 'list' ? field.type.element : undefined;
  for (const item of patch) if (isObject(item) && DIRECTIVE in item) checkDirective(item);
  if (patch.some((item) => isObject(item) && item[DIRECTIVE] === 'replace'))
    return patch.filter((item) => isObject(item) && !(DIRECTIVE in item)).map(dropDirectives);
  const deleted: Json[] = [];
  const kept: Json[] = [];
  for (const item of patch) {
    if (!isObject(item)) throw newBadRequest(`unexpected value in a list of objects at ${where}`);
    if (!Object.hasOwn(item, mergeKey))
      throw newBadRequest(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
    (item[DIRECTIVE] === 'delete' ? deleted : kept).push(item);
  }
  const gone = new ItemPlaces(deleted, mergeKey);
  const merged = original.filter((item) => gone.of(item) < 0);
  const serverOrder = [...merged];
  const places = new ItemPlaces(merged, mergeKey);
  for (const item of kept as JsonObject[]) {
    const at = places.of(item);
    if (at < 0) places.add(item, merged.push(dropDirectives(item)) - 1);
    else merged[at] = mergeObject(merged[at] as JsonObject, item, element);
  }
  return normaliseOrder(merged, kept, serverOrder, mergeKey);
}

/** A patch value where there is nothing to merge with: only its content counts. */
function dropDirectives(value: Json): Json {
  if (Array.isArray(value))
    return value
      .filter(
        (item) => !(isObject(item) && (item[DIRECTIVE] === 'delete' || item[DIRECTIVE] === 'replace') && onlyDirective(item)),
      )
      .map(dropDirectives);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const isDirective = key === DIRECTIVE || key === RETAIN || key.startsWith(ORDER) || key.startsWith(REMOVE);
    if (!isDirective && value[key] !== null) setOwn(result, key, dropDirectives(value[key]!));
  }
  return result;
}

const onlyDirective = (item: JsonObject): boolean => item[DIRECTIVE] === 'delete' || Object.keys(item).length === 1;
