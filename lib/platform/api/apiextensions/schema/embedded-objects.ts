import type { Json, KubeObject } from '../../meta.ts';
import { checkFields } from '../../schema/check-fields.ts';
import { isObject, type JsonObject } from '../../schema/patch-lists.ts';
import type { StatusCause } from '../../status-error.ts';
import { invalid, required } from '../../validation/causes.ts';
import { dns1123Label } from '../../validation/names.ts';
import { validateFreeMetadata } from '../../validation/object-meta.ts';
import { METADATA_ONLY } from './complete-value.ts';
import type { SchemaNode } from './schema-node.ts';

/** Objects within an object: each must say what it is, and its metadata must be such (schema/objectmeta). */
export function validateEmbedded(node: SchemaNode, value: Json, path = ''): StatusCause[] {
  if (Array.isArray(value)) {
    const { items } = node;
    return items === undefined ? [] : value.flatMap((item, i) => validateEmbedded(items, item, `${path}[${i}]`));
  }
  if (!isObject(value)) return [];
  const own = node.embedded && !node.root ? validateOne(value, path) : [];
  const below = Object.keys(value).flatMap((key) => {
    const property = node.properties.get(key);
    if (property !== undefined) return validateEmbedded(property, value[key]!, path === '' ? key : `${path}.${key}`);
    return typeof node.additional === 'object' ? validateEmbedded(node.additional, value[key]!, `${path}[${key}]`) : [];
  });
  return [...own, ...below];
}

function validateOne(object: JsonObject, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const field of ['apiVersion', 'kind'] as const) {
    const said = object[field];
    if (said === undefined || said === '') causes.push(required(`${path}.${field}`, 'must not be empty'));
    else if (typeof said !== 'string') causes.push(invalid(`${path}.${field}`, said, 'must be a string'));
  }
  if (typeof object['kind'] === 'string' && object['kind'] !== '' && dns1123Label(object['kind'].toLowerCase()).length > 0)
    causes.push(invalid(`${path}.kind`, object['kind'], 'may have mixed case, but should otherwise match a DNS label'));
  const { metadata } = object;
  if (metadata === undefined) return causes;
  const { malformed } = checkFields({ metadata }, METADATA_ONLY);
  if (malformed !== undefined) return [...causes, invalid(`${path}.metadata`, metadata, malformed)];
  return [...causes, ...validateFreeMetadata(metadata as KubeObject['metadata'], `${path}.metadata`, true)];
}
