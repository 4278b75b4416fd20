import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { Uint } from '../values/numbers.ts';
import { Duration, Timestamp } from '../values/time.ts';
import { OpaqueValue, OptionalValue, TypeValue, type Value } from '../values/value.ts';
import * as types from './type.ts';
import type { CelType } from './type.ts';

const ANY_LIST = types.listOf(types.DYN);
const ANY_MAP = types.mapOf(types.DYN, types.DYN);
const ANY_OPTIONAL = types.optionalOf(types.DYN);
const ANY_TYPE: CelType = { kind: 'type', of: types.DYN };

/** What type a value is of, as far as it is known without looking into it. */
export function typeOfValue(value: Value): CelType {
  switch (typeof value) {
    case 'string':
      return types.STRING;
    case 'boolean':
      return types.BOOL;
    case 'bigint':
      return types.INT;
    case 'number':
      return types.DOUBLE;
    default:
      break;
  }
  if (value === null) return types.NULL;
  if (value instanceof CelMap) return ANY_MAP;
  if (value instanceof CelList) return ANY_LIST;
  if (value instanceof Uint) return types.UINT;
  if (value instanceof Uint8Array) return types.BYTES;
  if (value instanceof Timestamp) return types.TIMESTAMP;
  if (value instanceof Duration) return types.DURATION;
  if (value instanceof OptionalValue) return ANY_OPTIONAL;
  if (value instanceof TypeValue) return ANY_TYPE;
  return value instanceof OpaqueValue ? types.opaque(value.typeName) : types.ERROR;
}

/** The name that type(x) gives. */
export function runtimeTypeName(value: Value): string {
  if (value instanceof CelMap) return value.typeName ?? 'map';
  if (value instanceof CelList) return 'list';
  if (value instanceof OptionalValue) return 'optional_type';
  return types.typeName(typeOfValue(value));
}

/** Whether a value may be given to a parameter of that type. What lists and maps hold is not looked at. */
export function accepts(type: CelType, value: Value): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'param':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'bigint';
    case 'double':
      return typeof value === 'number';
    case 'list':
      return value instanceof CelList;
    case 'map':
      return value instanceof CelMap;
    case 'uint':
      return value instanceof Uint;
    case 'bytes':
      return value instanceof Uint8Array;
    case 'null':
      return value === null;
    case 'timestamp':
      return value instanceof Timestamp;
    case 'duration':
      return value instanceof Duration;
    case 'type':
      return value instanceof TypeValue;
    case 'object':
      return value instanceof CelMap;
    case 'opaque':
      return value instanceof OpaqueValue
        ? value.typeName === type.name
        : value instanceof OptionalValue && type.name === 'optional_type';
    case 'error':
      return false;
  }
}
