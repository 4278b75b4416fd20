import type { Json } from '../../meta.ts';
import { applyDefaults } from '../../schema/apply-defaults.ts';
import { checkFields } from '../../schema/check-fields.ts';
import { isObject, type JsonObject, setOwn } from '../../schema/patch-lists.ts';
import { deepEqual } from '../../validation/causes.ts';
import type { SchemaNode } from './schema-node.ts';

/** The kind of any table that is nothing but apiVersion, kind and metadata. */
export const METADATA_ONLY = 'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata';

/** Fields of an object that are not for a schema to say. */
const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * The value without fields that the schema does not have, without nulls that may not be, and with defaults. What stays as it was is shared
 * with the argument, which is not changed: the result is the argument itself when it was complete. `unknown` gets the paths of what went.
 * Semantics: apiextensions-apiserver's schema/pruning, schema/defaulting and schema/objectmeta.
 */
export function completeValue(node: SchemaNode | undefined, value: Json, path: string, unknown: string[] | undefined): Json {
  return complete(node, value, path, unknown, false);
}

/** `keep`: an item of a list that keeps what it does not know. */
function complete(node: SchemaNode | undefined, value: Json, path: string, unknown: string[] | undefined, keep: boolean): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return completeList(node, value, path, unknown, keep);
  return completeObject(node, value, path, unknown, keep);
}

function completeList(
  node: SchemaNode | undefined,
  list: Json[],
  path: string,
  unknown: string[] | undefined,
  keep: boolean,
): Json[] {
  const items = node?.items;
  const preserve = keep || node?.preserve === true;
  if (preserve && items === undefined) return list;
  let out: Json[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = list[i]!;
    const next =
      item === null && items !== undefined && !items.nullable && items.default !== undefined
        ? complete(items, structuredClone(items.default), '', undefined, preserve)
        : complete(items, item, unknown === undefined ? '' : `${path}[${i}]`, unknown, preserve);
    if (next === item) continue;
    out ??= [...list];
    out[i] = next;
  }
  return out ?? list;
}

function completeObject(
  node: SchemaNode | undefined,
  object: JsonObject,
  path: string,
  unknown: string[] | undefined,
  keep: boolean,
): JsonObject {
  const out = new Draft(object);
  const preserve = keep || node?.preserve === true;
  const at = (key: string): string => (unknown === undefined ? '' : path === '' ? key : `${path}.${key}`);
  for (const key of Object.keys(object)) {
    const value = object[key]!;
    if (node?.embedded === true && META_FIELDS.has(key)) continue;
    const child = node?.properties.get(key) ?? (node?.additional === 'anything' ? undefined : node?.additional);
    if (child === undefined && node?.additional !== 'anything') {
      if (preserve) continue;
      unknown?.push(at(key));
      out.drop(key);
    } else if (value === null && child !== undefined && !child.nullable) {
      if (child.default === undefined) out.drop(key);
      else out.set(key, complete(child, structuredClone(child.default), '', undefined, false));
    } else out.set(key, complete(child, value, at(key), unknown, false));
  }
  if (node === undefined) return out.value;
  for (const [key, child] of node.properties)
    if (child.default !== undefined && !Object.hasOwn(object, key))
      out.set(key, complete(child, structuredClone(child.default), '', undefined, false));
  if (node.embedded && !node.root) completeMetadata(out, path, unknown);
  return out.value;
}

/** Metadata of an embedded object: what is of a wrong type is left for validation to refuse. The root's has been seen to already. */
function completeMetadata(out: Draft, path: string, unknown: string[] | undefined): void {
  const { metadata } = out.value;
  if (!isObject(metadata)) return;
  const probe = { metadata: structuredClone(metadata) };
  const report = checkFields(probe, METADATA_ONLY);
  if (report.malformed !== undefined) return;
  unknown?.push(...report.unknown.map((each) => `${path}.${each}`));
  applyDefaults(probe, METADATA_ONLY);
  if (probe.metadata['creationTimestamp'] === null) delete probe.metadata['creationTimestamp'];
  if (!deepEqual(metadata, probe.metadata)) out.set('metadata', probe.metadata);
}

/** An object that is copied when it is first changed. */
class Draft {
  value: JsonObject;
  readonly #original: JsonObject;

  constructor(original: JsonObject) {
    this.value = original;
    this.#original = original;
  }

  set(key: string, value: Json): void {
    if (Object.hasOwn(this.value, key) && this.value[key] === value) return;
    setOwn(this.#own(), key, value);
  }

  drop(key: string): void {
    delete this.#own()[key];
  }

  #own(): JsonObject {
    if (this.value === this.#original) {
      this.value = {};
      for (const key of Object.keys(this.#original)) setOwn(this.value, key, this.#original[key]!);
    }
    return this.value;
  }
}
