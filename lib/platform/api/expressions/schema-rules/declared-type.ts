import * as types from '../../../cel/types/type.ts';
import type { CelType, FieldType } from '../../../cel/types/type.ts';
import { itemsOf, type JsonSchema } from '../../apiextensions/schema/json-schema.ts';
import { escapedName } from './field-names.ts';

/** What objects have beside what their schema says: of metadata no more can be seen. */
const METADATA: JsonSchema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } };
const TYPE_META: Readonly<Record<string, JsonSchema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: METADATA,
};

const STRING_FORMATS: Readonly<Record<string, CelType>> = {
  byte: types.BYTES,
  date: types.TIMESTAMP,
  'date-time': types.TIMESTAMP,
  duration: types.DURATION,
};

/**
 * The type that a structural schema gives to expressions; undefined for a value that they cannot see, since nothing says what it is
 * (apiserver/pkg/cel/common SchemaDeclType). `isResource`: the root of an object, or an embedded one.
 * `name`: what the type is called in messages, where it is an object's.
 */
export function declaredType(schema: JsonSchema, isResource = false, name = 'self'): CelType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return types.DYN;
  switch (schema.type) {
    case 'array':
      return listType(schema, name);
    case 'object':
      return objectType(schema, isResource || schema['x-kubernetes-embedded-resource'] === true, name);
    case 'string':
      return STRING_FORMATS[schema.format ?? ''] ?? types.STRING;
    case 'boolean':
      return types.BOOL;
    case 'integer':
      return types.INT;
    case 'number':
      return types.DOUBLE;
    default:
      return undefined;
  }
}

function listType(schema: JsonSchema, name: string): CelType | undefined {
  const items = itemsOf(schema);
  const element = items === undefined ? undefined : declaredType(items, false, `${name}.@idx`);
  if (element === undefined) return undefined;
  const kind = schema['x-kubernetes-list-type'];
  if (kind === 'set') return { kind: 'list', element, keyed: 'elements' };
  return kind === 'map' ? { kind: 'list', element, keyed: schema['x-kubernetes-list-map-keys'] ?? [] } : types.listOf(element);
}

function objectType(schema: JsonSchema, isResource: boolean, name: string): CelType | undefined {
  const { additionalProperties: values } = schema;
  if (typeof values === 'object') {
    const value = declaredType(values, false, `${name}.@elem`);
    return value === undefined ? undefined : types.mapOf(types.STRING, value);
  }
  const fields = new Map<string, FieldType>();
  for (const [jsonName, property] of Object.entries({ ...schema.properties, ...(isResource ? TYPE_META : {}) })) {
    const escaped = escapedName(jsonName);
    const type = escaped === undefined ? undefined : declaredType(property, false, `${name}.${escaped}`);
    if (type !== undefined) fields.set(escaped!, { type, jsonName });
  }
  return { kind: 'object', name, field: (field) => fields.get(field) };
}
