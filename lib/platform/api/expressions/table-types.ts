import * as types from '../../cel/types/type.ts';
import type { CelType, FieldType as CelField, ObjectType } from '../../cel/types/type.ts';
import { type FieldType, type ScalarName, type StructType, structType } from '../schema/compiled-types.ts';

const SCALARS: Readonly<Record<ScalarName, CelType>> = {
  string: types.STRING,
  bool: types.BOOL,
  int32: types.INT,
  int64: types.INT,
  float64: types.DOUBLE,
  bytes: types.BYTES,
  any: types.DYN,
  JSON: types.DYN,
  // Numbers and texts alike.
  Quantity: types.DYN,
  IntOrString: types.DYN,
  Time: types.TIMESTAMP,
  MicroTime: types.TIMESTAMP,
  Duration: types.STRING,
  FieldsV1: types.DYN,
  RawExtension: types.DYN,
};

const known = new Map<StructType, ObjectType>();

/** The type of a struct of the tables by its OpenAPI name. Its fields are looked up when somebody asks: types refer to themselves. */
export const tableType = (name: string): ObjectType => typeOfStruct(structType(name));

function typeOfStruct(struct: StructType): ObjectType {
  let type = known.get(struct);
  if (type !== undefined) return type;
  const fields = new Map<string, CelField>();
  type = {
    kind: 'object',
    name: struct.name,
    field(name) {
      const field = struct.fields.get(name);
      if (field === undefined) return undefined;
      if (!fields.has(name)) fields.set(name, { type: typeOfField(field.type) });
      return fields.get(name);
    },
  };
  known.set(struct, type);
  return type;
}

function typeOfField(type: FieldType): CelType {
  switch (type.form) {
    case 'scalar':
      return SCALARS[type.scalar];
    case 'struct':
      return typeOfStruct(type.struct);
    case 'list':
      return types.listOf(typeOfField(type.element));
    case 'map':
      return types.mapOf(types.STRING, typeOfField(type.element));
  }
}
