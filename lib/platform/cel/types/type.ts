export type ScalarKind =
  'dyn' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'null' | 'timestamp' | 'duration' | 'error';

/** An object's field as a declaration has it. */
export interface FieldType {
  readonly type: CelType;
  /** Its name in the JSON object, where that is not the one in expressions. */
  readonly jsonName?: string;
}

export interface ScalarType {
  readonly kind: ScalarKind;
}
export interface ListType {
  readonly kind: 'list';
  readonly element: CelType;
  /** Elements are found by what they are, or by these fields of theirs, and their order says nothing. @default by their index */
  readonly keyed?: 'elements' | readonly string[];
}
export interface MapType {
  readonly kind: 'map';
  readonly key: CelType;
  readonly value: CelType;
}
export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  /** Undefined for a field that there is not. Asked lazily: types refer to themselves. */
  field(name: string): FieldType | undefined;
}
/** A type that only its functions know, maybe of other types: `optional_type(int)`, `kubernetes.Quantity`. */
export interface OpaqueType {
  readonly kind: 'opaque';
  readonly name: string;
  readonly of: readonly CelType[];
}
export interface TypeOfType {
  readonly kind: 'type';
  readonly of: CelType;
}
/** A type that a call's arguments decide. */
export interface TypeParameter {
  readonly kind: 'param';
  readonly name: string;
}

export type CelType = ScalarType | ListType | MapType | ObjectType | OpaqueType | TypeOfType | TypeParameter;

export const DYN: ScalarType = { kind: 'dyn' };
export const BOOL: ScalarType = { kind: 'bool' };
export const INT: ScalarType = { kind: 'int' };
export const UINT: ScalarType = { kind: 'uint' };
export const DOUBLE: ScalarType = { kind: 'double' };
export const STRING: ScalarType = { kind: 'string' };
export const BYTES: ScalarType = { kind: 'bytes' };
export const NULL: ScalarType = { kind: 'null' };
export const TIMESTAMP: ScalarType = { kind: 'timestamp' };
export const DURATION: ScalarType = { kind: 'duration' };
export const ERROR: ScalarType = { kind: 'error' };

/** Types made of others, and questions about them. */
export const listOf = (element: CelType): ListType => ({ kind: 'list', element });
export const mapOf = (key: CelType, value: CelType): MapType => ({ kind: 'map', key, value });
export const optionalOf = (of: CelType): OpaqueType => ({ kind: 'opaque', name: 'optional_type', of: [of] });
export const opaque = (name: string): OpaqueType => ({ kind: 'opaque', name, of: [] });
export const isOptional = (type: CelType): type is OpaqueType => type.kind === 'opaque' && type.name === 'optional_type';
export const isDyn = (type: CelType): boolean => type.kind === 'dyn' || type.kind === 'error';

/** An object type whose fields are known. */
export const objectType = (name: string, fields: Readonly<Record<string, CelType>>): ObjectType => ({
  kind: 'object',
  name,
  field: (field) => (Object.hasOwn(fields, field) ? { type: fields[field]! } : undefined),
});

/** As the checker's messages have types. */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeText(type.element)})`;
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'object':
      return type.name;
    case 'opaque':
      return type.of.length === 0 ? type.name : `${type.name}(${type.of.map(typeText).join(', ')})`;
    case 'type':
      return type.of.kind === 'dyn' ? 'type' : `type(${typeText(type.of)})`;
    case 'param':
      return type.name;
    case 'error':
      return '!error!';
    default:
      return type.kind;
  }
}

/** As type(x) names them, and Kubernetes' messages about what an expression gives. */
export function typeName(type: CelType): string {
  switch (type.kind) {
    case 'null':
      return 'null_type';
    case 'timestamp':
      return 'google.protobuf.Timestamp';
    case 'duration':
      return 'google.protobuf.Duration';
    case 'list':
      return `list(${typeName(type.element)})`;
    case 'map':
      return `map(${typeName(type.key)}, ${typeName(type.value)})`;
    default:
      return typeText(type);
  }
}
