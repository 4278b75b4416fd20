import { type Field, type FieldType, type ScalarName, type StructType, structType } from './compiled-types.ts';
import { describe } from './descriptions.ts';
import { tables } from './tables.ts';

type Schema = Record<string, unknown>;

/** Kinds of meta/v1 that every group version has, so that options and watch events find their schema there. */
const IN_EVERY_GROUP = ['DeleteOptions', 'WatchEvent'];

/**
 * `components.schemas` of the OpenAPI v3 document of a group version: every type its kinds reach, with the Kubernetes
 * extensions (group-version-kind, patch and list keys). Kinds: those of the tables, whether served or not; `extra` names
 * more, e.g. autoscaling's Scale in apps/v1.
 */
export function openApiSchemas(group: string, version: string, extra: readonly string[] = []): Record<string, object> {
  const schemas: Record<string, object> = {};
  const table = Object.values(tables).find((each) => each.group === group && each.version === version);
  const kinds = table === undefined ? [] : Object.keys(table.types).filter((name) => table.types[name]!.kind === true);
  const meta = tables['meta.v1']!.package;
  const roots = [
    ...kinds.map((kind) => `${table!.package}.${kind}`),
    ...IN_EVERY_GROUP.map((kind) => `${meta}.${kind}`),
    `${meta}.Status`,
  ];
  for (const name of [...roots, ...extra]) addStruct(schemas, structType(name), { group, version });
  for (const [scalar, name] of Object.entries(NAMED_SCALARS)) schemas[name] = SCALARS[scalar as ScalarName];
  return schemas;
}

function addStruct(schemas: Record<string, object>, type: StructType, served: { group: string; version: string }): void {
  if (schemas[type.name] !== undefined) return;
  // One of two has no type of its own.
  const schema: Schema = { ...described(type.name), ...(type.either === undefined ? { type: 'object' } : {}) };
  schemas[type.name] = schema;
  if (type.either !== undefined) return addStruct(schemas, type.either.struct, served);
  const fields = [...type.fields.values()];
  const required = fields.filter((field) => field.required).map((field) => field.name);
  if (required.length > 0) schema.required = required;
  const properties: Record<string, Schema> = {};
  for (const field of fields.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    properties[field.name] = { ...described(type.name, field.name), ...fieldSchema(field) };
    const struct = structBelow(field.type);
    if (struct !== undefined) addStruct(schemas, struct, served);
  }
  schema.properties = properties;
  if (type.structType !== undefined) schema['x-kubernetes-map-type'] = type.structType;
  if (type.isKind) schema['x-kubernetes-group-version-kind'] = [kindOf(type, served)];
}

function described(schemaName: string, field?: string): Schema {
  const description = describe(schemaName, field);
  return description === undefined ? {} : { description };
}

function kindOf(type: StructType, served: { group: string; version: string }): object {
  const own = type.table === tables['meta.v1'] ? served : { group: type.table.group, version: type.table.version };
  return { group: own.group, kind: type.goName, version: own.version };
}

function structBelow(type: FieldType): StructType | undefined {
  if (type.form === 'struct') return type.struct;
  return type.form === 'scalar' ? undefined : structBelow(type.element);
}

function fieldSchema(field: Field): Schema {
  const schema = typeSchema(field.type);
  if (field.type.form === 'struct' && !field.pointer) schema.default = {};
  if (field.default !== undefined) schema.default = field.default;
  if (field.listMapKeys !== undefined) schema['x-kubernetes-list-map-keys'] = field.listMapKeys;
  if (field.listType !== undefined && field.type.form === 'list') schema['x-kubernetes-list-type'] = field.listType;
  if (field.mapType !== undefined || (field.structType !== undefined && field.type.form === 'struct'))
    schema['x-kubernetes-map-type'] = field.mapType ?? field.structType;
  if (field.patchMergeKey !== undefined) schema['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
  if (field.patchStrategy !== undefined) schema['x-kubernetes-patch-strategy'] = field.patchStrategy;
  return schema;
}

function typeSchema(type: FieldType): Schema {
  switch (type.form) {
    case 'struct':
      // Siblings of a $ref are ignored by some readers, so it stands in an allOf.
      return { allOf: [{ $ref: `#/components/schemas/${type.struct.name}` }] };
    case 'list':
      return { type: 'array', items: withDefault(type.element) };
    case 'map':
      return { type: 'object', additionalProperties: withDefault(type.element) };
    case 'scalar':
      if (type.scalar in NAMED_SCALARS) return { allOf: [{ $ref: `#/components/schemas/${NAMED_SCALARS[type.scalar]}` }] };
      return { ...SCALARS[type.scalar], ...(type.values === undefined ? {} : { enum: [...type.values].sort() }) };
  }
}

function withDefault(type: FieldType): Schema {
  const schema = typeSchema(type);
  if (type.form === 'struct') schema.default = {};
  else if (type.form === 'scalar' && type.scalar === 'string') schema.default = '';
  return schema;
}

/** Scalars that clients expect under a name: kubectl explain prints it. */
const NAMED_SCALARS: Readonly<Partial<Record<ScalarName, string>>> = {
  Quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  IntOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  Time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  MicroTime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  FieldsV1: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
  RawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
};

const SCALARS: Readonly<Record<ScalarName, Schema>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: {},
  Quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  IntOrString: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  Time: { type: 'string', format: 'date-time' },
  MicroTime: { type: 'string', format: 'date-time' },
  Duration: { type: 'string' },
  FieldsV1: { type: 'object' },
  RawExtension: { type: 'object' },
  JSON: {},
};
