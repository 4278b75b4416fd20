import * as types from './type.ts';
import { type CelType, typeText } from './type.ts';
import type { Bindings } from './unify.ts';

/** The type of a field of what has that type, which is no optional; a text: why there is none. A parameter becomes dynamic by being asked. */
export function fieldType(bindings: Bindings, type: CelType, name: string): CelType | string {
  switch (type.kind) {
    case 'map':
      return type.value;
    case 'object':
      return type.field(name)?.type ?? `undefined field '${name}'`;
    case 'dyn':
    case 'error':
      return types.DYN;
    case 'param':
      bindings.assign([types.DYN], [type]);
      return types.DYN;
    default:
      return `type '${typeText(type)}' does not support field selection`;
  }
}
