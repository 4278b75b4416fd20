import type { StatusCause } from '../../status-error.ts';
import { forbidden, invalid, notSupported, required } from '../../validation/causes.ts';
import { childSchemas, itemsOf, type JsonSchema, propertyOf } from './json-schema.ts';
import { validateRuleTexts } from './rule-texts.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const META_FIELDS = new Set(['metadata', 'kind', 'apiVersion']);

/** Where in the schema of a kind one stands, and what that forbids. */
interface Place {
  readonly root: boolean;
  /** Within apiVersion, kind or metadata of an object. */
  readonly meta: boolean;
  /** Why there may be no default; undefined where there may. */
  readonly noDefault: string | undefined;
}

/** What JSON schema has that Kubernetes does not take, and what its own extensions ask for (ValidateCustomResourceDefinitionOpenAPISchema). */
export const validateSchema = (schema: JsonSchema, path: string): StatusCause[] =>
  validate(schema, path, { root: true, meta: false, noDefault: undefined });

function validate(schema: JsonSchema, path: string, place: Place): StatusCause[] {
  const causes = [...unsupported(schema, path, place), ...validateProperties(schema, path)];
  for (const child of childSchemas(schema, path))
    causes.push(...validate(child.schema, child.path, placeOf(schema, path, place, child.path)));
  return [...causes, ...validateExtensions(schema, path), ...validateRuleTexts(schema, path)];
}

function placeOf(schema: JsonSchema, path: string, place: Place, childPath: string): Place {
  const below = { ...place, root: false };
  if (place.meta && childPath === `${path}.additionalProperties`)
    return { ...below, noDefault: 'inside additionalProperties applying to object metadata' };
  const property = childPath.startsWith(`${path}.properties[`)
    ? childPath.slice(path.length + '.properties['.length, -1)
    : undefined;
  const isObject = place.root || schema['x-kubernetes-embedded-resource'] === true;
  if (property === undefined || !isObject || !META_FIELDS.has(property)) return below;
  return { ...below, meta: true, ...(place.root ? { noDefault: `in top-level ${property}` } : {}) };
}

function unsupported(schema: JsonSchema, path: string, { meta, noDefault }: Place): StatusCause[] {
  const causes: StatusCause[] = [];
  const refuse = (field: string, text: string): void => void causes.push(forbidden(`${path}.${field}`, text));
  if (schema.type && !TYPES.includes(schema.type)) causes.push(notSupported(`${path}.type`, schema.type, TYPES));
  if (schema.default !== undefined && noDefault !== undefined) refuse('default', `must not be set ${noDefault}`);
  if (schema.id) refuse('id', 'id is not supported');
  if (schema.additionalItems !== undefined) refuse('additionalItems', 'additionalItems is not supported');
  for (const field of ['patternProperties', 'definitions'] as const)
    if (Object.keys(schema[field] ?? {}).length > 0) refuse(field, `${field} is not supported`);
  if (schema.dependencies !== undefined) refuse('dependencies', 'dependencies is not supported');
  if (schema.$ref !== undefined) refuse('$ref', '$ref is not supported');
  if (schema.type === 'null') refuse('type', 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items)) refuse('items', 'items must be a schema object and not an array');
  if (meta && schema['x-kubernetes-embedded-resource'] === true)
    refuse('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  return causes;
}

function validateProperties(schema: JsonSchema, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (schema.uniqueItems === true)
    causes.push(
      forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'),
    );
  const { additionalProperties: more, properties = {} } = schema;
  if (more !== undefined && more !== true && Object.keys(properties).length > 0)
    causes.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  return causes;
}

function validateExtensions(schema: JsonSchema, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const preserve = schema['x-kubernetes-preserve-unknown-fields'];
  if (preserve === false)
    causes.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined) {
    causes.push(...mustBe('object', schema, path, 'x-kubernetes-map-type'));
    if (mapType !== 'atomic' && mapType !== 'granular')
      causes.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  }
  return [...causes, ...validateListType(schema, path)];
}

function mustBe(type: string, schema: JsonSchema, path: string, extension: string): StatusCause[] {
  const text = `must be ${type} if ${extension} is specified`;
  if (!schema.type) return [required(`${path}.type`, text)];
  return schema.type === type ? [] : [invalid(`${path}.type`, schema.type, text)];
}

function validateListType(schema: JsonSchema, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const type = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const items = itemsOf(schema);
  if (type !== undefined) {
    causes.push(...mustBe('array', schema, path, 'x-kubernetes-list-type'));
    if (!['atomic', 'set', 'map'].includes(type))
      causes.push(notSupported(`${path}.x-kubernetes-list-type`, type, ['atomic', 'set', 'map']));
  }
  if (type === 'set' && items !== undefined) causes.push(...validateSetItems(items, path));
  if (keys.length > 0 && type !== 'map') {
    const text = 'must be map if x-kubernetes-list-map-keys is non-empty';
    causes.push(
      type === undefined
        ? required(`${path}.x-kubernetes-list-type`, text)
        : invalid(`${path}.x-kubernetes-list-type`, type, text),
    );
  }
  if (type === 'map') causes.push(...validateMapKeys(schema, keys, path));
  if ((type === 'map' || type === 'set') && items?.nullable === true)
    causes.push(forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${type}`));
  return causes;
}

function validateSetItems(items: JsonSchema, path: string): StatusCause[] {
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const [listType, mapType] = [items['x-kubernetes-list-type'], items['x-kubernetes-map-type']];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    return [invalid(`${path}.items.x-kubernetes-list-type`, listType, text)];
  return items.type === 'object' && mapType !== 'atomic' ? [invalid(`${path}.items.x-kubernetes-map-type`, mapType, text)] : [];
}

function validateMapKeys(schema: JsonSchema, keys: readonly string[], path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const items = itemsOf(schema);
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) causes.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) return [...causes, required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  if (items.type !== 'object')
    return [
      ...causes,
      invalid(`${path}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map"),
    ];
  for (const [i, key] of keys.entries()) {
    const property = propertyOf(items, key);
    const at = `${path}.items.properties[${key}]`;
    if (keys.indexOf(key) < i) causes.push(invalid(keysPath, keys, 'must not contain duplicate entries'));
    if (property === undefined) {
      causes.push(invalid(keysPath, keys, 'entries must all be names of item properties'));
      continue;
    }
    if (property.type === 'array' || property.type === 'object')
      causes.push(invalid(`${at}.type`, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
    if (!(items.required ?? []).includes(key) && property.default === undefined)
      causes.push(
        required(
          `${at}.default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    if (property.nullable === true)
      causes.push(forbidden(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'));
  }
  return causes;
}
