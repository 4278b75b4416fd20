import { type Field, type FieldType, otherForm, type StructType, structType } from './compiled-types.ts';
import { canonicalScalar, zeroScalar } from './scalars.ts';

/**
 * Makes of a decoded object, in place, what Kubernetes' typed decode and encode with defaulting between would make of it:
 * unknown fields go, nulls and empty omitempty values go, what Go always writes is there, quantities and times are
 * canonical, and the SetDefaults rules have run. Idempotent. Field types must have passed checkFields.
 */
export function applyDefaults(object: object, schemaName: string): void {
  normaliseStruct(structType(schemaName), object as Record<string, unknown>);
}

function normaliseStruct(type: StructType, object: Record<string, unknown>): void {
  const fields = type.fields;
  for (const key of Object.keys(object)) {
    const field = fields.get(key);
    const value = object[key];
    if (field === undefined || value === null || value === undefined) {
      delete object[key];
      continue;
    }
    const normal = normalise(field.type, value);
    if (field.omitEmpty && !field.pointer && isEmpty(field.type, normal)) delete object[key];
    else if (normal !== value) object[key] = normal;
  }
  for (const field of type.alwaysWritten) if (object[field.name] === undefined) object[field.name] = zero(field);
  if (type.setDefaults !== undefined) type.setDefaults(object);
}

function normalise(type: FieldType, value: unknown): unknown {
  switch (type.form) {
    case 'scalar':
      return canonicalScalar(type.scalar, value);
    case 'struct':
      if (type.struct.either !== undefined) return normalise(otherForm(type.struct.either, value), value);
      normaliseStruct(type.struct, value as Record<string, unknown>);
      return value;
    case 'list': {
      const list = value as unknown[];
      for (let i = 0; i < list.length; i++) list[i] = list[i] === null ? zeroOf(type.element) : normalise(type.element, list[i]);
      return list;
    }
    case 'map': {
      const map = value as Record<string, unknown>;
      // Keys are the user's: own ones only, and assigned only where they already are.
      if (type.element.form === 'scalar' && type.element.scalar === 'string') {
        for (const key of Object.keys(map)) if (map[key] === null) setOwn(map, key, '');
        return map;
      }
      for (const key of Object.keys(map)) {
        const normal = map[key] === null ? zeroOf(type.element) : normalise(type.element, map[key]);
        if (normal !== map[key]) setOwn(map, key, normal);
      }
      return map;
    }
  }
}

/** Plain assignment to `__proto__` would not make a property. */
function setOwn(map: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

function isEmpty(type: FieldType, value: unknown): boolean {
  if (typeof value !== 'object') return value === '' || value === 0 || value === false;
  if (type.form === 'list') return (value as unknown[]).length === 0;
  return type.form === 'map' && Object.keys(value as object).length === 0;
}

const zero = (field: Field): unknown => zeroOf(field.type);

function zeroOf(type: FieldType): unknown {
  if (type.form === 'scalar') return zeroScalar(type.scalar);
  if (type.form !== 'struct') return null;
  const object = {};
  normaliseStruct(type.struct, object);
  return object;
}
