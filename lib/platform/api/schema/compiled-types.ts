import { defaultRules } from './default-rules.ts';
import type { FieldExtras, FieldRow, GroupTable } from './table-format.ts';
import { tables } from './tables.ts';

export type ScalarName =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'bytes'
  | 'any'
  | 'Quantity'
  | 'IntOrString'
  | 'Time'
  | 'MicroTime'
  | 'Duration'
  | 'FieldsV1'
  | 'RawExtension'
  /** Any value, in protobuf as text in a message. */
  | 'JSON';

export type FieldType =
  | { readonly form: 'scalar'; readonly scalar: ScalarName; readonly goType: string; readonly values?: readonly string[] }
  | { readonly form: 'struct'; readonly struct: StructType; readonly goType: string }
  /** `wrapped`: a message with `items` around it in protobuf. */
  | { readonly form: 'list'; readonly element: FieldType; readonly wrapped: boolean; readonly goType: string }
  | { readonly form: 'map'; readonly element: FieldType; readonly goType: string };

export interface Field extends FieldExtras {
  readonly name: string;
  readonly type: FieldType;
  /** Protobuf number; 0 when the field is not in the message. */
  readonly number: number;
  readonly omitEmpty: boolean;
  readonly pointer: boolean;
  readonly required: boolean;
}

/** A struct of the tables, ready for use: fields by name, and by protobuf number. Its maps fill at the first look. */
export interface StructType {
  /** OpenAPI name: `io.k8s.api.core.v1.Pod`. */
  readonly name: string;
  /** `Pod`. */
  readonly goName: string;
  readonly table: GroupTable;
  readonly isKind: boolean;
  readonly structType: 'atomic' | 'granular' | undefined;
  /** Stands for another struct, in whose place JSON may have a boolean or a list. See otherForm. */
  readonly either: Either | undefined;
  /** JSON names, those of embedded structs included. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Fields and embedded structs as protobuf has them. */
  readonly messageFields: ReadonlyMap<number, Field | EmbeddedStruct>;
  /** Fields that Go writes though they were not set: what fills them. */
  readonly alwaysWritten: readonly Field[];
  /** Kubernetes' SetDefaults function of this type. */
  readonly setDefaults: ((object: Record<string, unknown>) => void) | undefined;
}

/** `struct`: what stands there otherwise. */
export interface Either {
  readonly other: 'bool' | 'list';
  readonly struct: StructType;
  /** Of the list. */
  readonly element: FieldType | undefined;
}

export interface EmbeddedStruct {
  readonly embedded: StructType;
  readonly number: number;
}

const compiled = new Map<string, StructType>();
const tablesByPackage = new Map(Object.values(tables).map((table) => [table.package, table]));

/** The struct of that OpenAPI name. Throws for a name that no table has: a mistake in a definition. */
export function structType(name: string): StructType {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const dot = name.lastIndexOf('.');
  const table = tablesByPackage.get(name.slice(0, dot));
  if (table === undefined) throw new TypeError(`no table has a schema ${JSON.stringify(name)}`);
  return compile(table, name.slice(dot + 1));
}

/** The kind's struct, or undefined when no table has it. Kinds of meta/v1 (DeleteOptions) exist in every group version. */
export function structOfKind(group: string, version: string, kind: string): StructType | undefined {
  const own = Object.values(tables).find((table) => table.group === group && table.version === version);
  for (const table of [own, tables['meta.v1']])
    if (table !== undefined && Object.hasOwn(table.types, kind) && table.types[kind]!.kind === true)
      return structType(`${table.package}.${kind}`);
  return undefined;
}

function compile(table: GroupTable, goName: string): StructType {
  const name = `${table.package}.${goName}`;
  const known = compiled.get(name);
  if (known !== undefined) return known;
  if (!Object.hasOwn(table.types, goName)) throw new TypeError(`no table has a schema ${JSON.stringify(name)}`);
  const row = table.types[goName]!;
  let either: Either | undefined;
  let lazy: Pick<StructType, 'fields' | 'messageFields' | 'alwaysWritten'> | undefined;
  const filled = (): NonNullable<typeof lazy> => (lazy ??= compileFields(table, row.fields, row.kind === true));
  const type: StructType = {
    name,
    goName,
    table,
    isKind: row.kind === true,
    structType: row.structType,
    get either() {
      return row.either === undefined ? undefined : (either ??= eitherOf(row.either, filled().fields));
    },
    // Types refer to themselves (JSONSchemaProps) and to each other: so not before somebody looks.
    get fields() {
      return filled().fields;
    },
    get messageFields() {
      return filled().messageFields;
    },
    get alwaysWritten() {
      return filled().alwaysWritten;
    },
    setDefaults: withMarkers(row.fields, defaultRules.get(name)),
  };
  compiled.set(name, type);
  return type;
}

function eitherOf(other: Either['other'], fields: ReadonlyMap<string, Field>): Either {
  const [first, second] = [...fields.values()].toSorted(
    (a, b) => Number(a.type.form !== 'struct') - Number(b.type.form !== 'struct'),
  );
  if (first?.type.form !== 'struct') throw new TypeError('a type that is one of two has no struct');
  return { other, struct: first.type.struct, element: second?.type.form === 'list' ? second.type.element : undefined };
}

/** The type of a value in a place that may have a boolean or a list instead of the struct. */
export function otherForm({ other, struct, element }: Either, value: unknown): FieldType {
  if (other === 'bool' && typeof value === 'boolean') return { form: 'scalar', scalar: 'bool', goType: 'bool' };
  if (other === 'list' && Array.isArray(value) && element !== undefined)
    return { form: 'list', element, wrapped: false, goType: `[]${element.goType}` };
  return { form: 'struct', struct, goType: `${struct.table.goPackage}.${struct.goName}` };
}

/** The rule of a type with its `+default` markers before it. */
function withMarkers(rows: readonly FieldRow[], rule: StructType['setDefaults']): StructType['setDefaults'] {
  const marked = rows.filter((row) => row[4]?.default !== undefined && row[4].default !== '');
  if (marked.length === 0) return rule;
  return (object) => {
    for (const [name, , , , extras] of marked) object[name] ??= structuredClone(extras!.default);
    rule?.(object);
  };
}

const typeMetaField = (name: string): Field => ({
  name,
  type: { form: 'scalar', scalar: 'string', goType: 'string' },
  number: 0,
  omitEmpty: true,
  pointer: false,
  required: false,
});

function compileFields(table: GroupTable, rows: readonly FieldRow[], isKind: boolean) {
  const fields = new Map<string, Field>();
  const messageFields = new Map<number, Field | EmbeddedStruct>();
  if (isKind) for (const name of ['apiVersion', 'kind']) fields.set(name, typeMetaField(name));
  for (const row of rows) {
    const [name, typeText, number, flags, extras] = row;
    const type = parseType(table, typeText);
    if (flags.includes('i') && type.form === 'struct') {
      for (const field of type.struct.fields.values()) fields.set(field.name, field);
      messageFields.set(number, { embedded: type.struct, number });
      continue;
    }
    const field: Field = {
      ...extras,
      name,
      type,
      number,
      omitEmpty: flags.includes('o'),
      pointer: flags.includes('p'),
      required: flags.includes('r'),
    };
    fields.set(name, field);
    if (number !== 0) messageFields.set(number, field);
  }
  return { fields, messageFields, alwaysWritten: [...fields.values()].filter(isAlwaysWritten) };
}

/** omitempty leaves out empty scalars, lists and maps, but never a struct; the JSON of a zero time is null. */
function isAlwaysWritten(field: Field): boolean {
  if (field.pointer) return false;
  if (field.type.form === 'struct') return true;
  if (field.type.form !== 'scalar') return false;
  const isGoStruct = ['Quantity', 'IntOrString', 'Time', 'MicroTime'].includes(field.type.scalar);
  return isGoStruct || (!field.omitEmpty && !['any', 'bytes', 'RawExtension', 'FieldsV1', 'JSON'].includes(field.type.scalar));
}

const SPECIAL_GO_TYPES: Readonly<Record<string, string>> = {
  Quantity: 'resource.Quantity',
  IntOrString: 'intstr.IntOrString',
  RawExtension: 'runtime.RawExtension',
};

function parseType(table: GroupTable, text: string): FieldType {
  if (text.startsWith('~')) return { ...parseType(table, text.slice(1)), wrapped: true } as FieldType;
  if (text.startsWith('[]')) {
    const element = parseType(table, text.slice(2));
    return { form: 'list', element, wrapped: false, goType: `[]${element.goType}` };
  }
  if (text.startsWith('{}')) {
    const element = parseType(table, text.slice(2));
    const isResources = element.goType === 'resource.Quantity';
    return { form: 'map', element, goType: isResources ? 'v1.ResourceList' : `map[string]${element.goType}` };
  }
  if (text.startsWith('#')) {
    const [other, name] = text.includes('/') ? (text.slice(1).split('/') as [string, string]) : [undefined, text.slice(1)];
    const home = other === undefined ? table : tables[other];
    if (home === undefined) throw new TypeError(`table ${table.package} refers to ${text}, which is not there`);
    // Of another table's type the generator does not know whether it is a struct.
    if (Object.hasOwn(home.aliases, name)) return parseType(home, `@${name}`);
    return { form: 'struct', struct: compile(home, name), goType: `${home.goPackage}.${name}` };
  }
  if (text.startsWith('$'))
    return {
      form: 'scalar',
      scalar: text.slice(1) as ScalarName,
      goType: SPECIAL_GO_TYPES[text.slice(1)] ?? `v1.${text.slice(1)}`,
    };
  if (text.startsWith('@')) {
    const [base, values] = table.aliases[text.slice(1)]!;
    const goType = `${table.goPackage}.${text.slice(1)}`;
    if (base.startsWith('{}')) return { ...parseType(table, base), goType };
    return { form: 'scalar', scalar: base as ScalarName, goType, ...(values === undefined ? {} : { values }) };
  }
  return { form: 'scalar', scalar: text as ScalarName, goType: GO_NAMES[text] ?? text };
}

const GO_NAMES: Readonly<Record<string, string>> = { bytes: '[]uint8', any: 'interface {}' };
