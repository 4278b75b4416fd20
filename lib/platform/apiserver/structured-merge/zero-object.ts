import { type Field, structType, type StructType } from '../../api/schema/compiled-types.ts';
import { zeroScalar } from '../../api/schema/scalars.ts';
import { freezeJson } from '../store/json-value.ts';

const zeros = new Map<string, Record<string, unknown>>();

/**
 * What Go writes of an object of that type with nothing set: the live object that a creation is compared with. Whatever it holds
 * (`metadata`, `spec.containers`) nobody becomes the owner of by creating.
 */
export function zeroObject(schemaName: string): Readonly<Record<string, unknown>> {
  let zero = zeros.get(schemaName);
  if (zero === undefined) zeros.set(schemaName, (zero = freezeJson(zeroOf(structType(schemaName)))));
  return zero;
}

function zeroOf(type: StructType): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const field of type.fields.values()) {
    if (!field.pointer && field.type.form === 'struct') object[field.name] = zeroOf(field.type.struct);
    else if (!field.pointer && isGoStruct(field)) object[field.name] = zeroScalar(scalarOf(field)!);
    else if (!field.omitEmpty)
      object[field.name] = field.pointer || scalarOf(field) === undefined ? null : zeroScalar(scalarOf(field)!);
  }
  return object;
}

const scalarOf = ({ type }: Field): Parameters<typeof zeroScalar>[0] | undefined =>
  type.form === 'scalar' && type.scalar !== 'any' && type.scalar !== 'bytes' ? type.scalar : undefined;

/** Structs that omitempty never leaves out. */
const isGoStruct = (field: Field): boolean => ['Quantity', 'IntOrString', 'Time', 'MicroTime'].includes(scalarOf(field) ?? '');
