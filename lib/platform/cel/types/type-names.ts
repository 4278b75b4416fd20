import * as types from './type.ts';
import type { CelType } from './type.ts';

/** Types as values: `type(x) == int`. */
export const TYPE_NAMES: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ['bool', types.BOOL],
  ['int', types.INT],
  ['uint', types.UINT],
  ['double', types.DOUBLE],
  ['string', types.STRING],
  ['bytes', types.BYTES],
  ['list', types.listOf(types.DYN)],
  ['map', types.mapOf(types.DYN, types.DYN)],
  ['null_type', types.NULL],
  ['type', { kind: 'type', of: types.DYN }],
  ['optional_type', types.optionalOf(types.DYN)],
  ['google.protobuf.Timestamp', types.TIMESTAMP],
  ['google.protobuf.Duration', types.DURATION],
]);
