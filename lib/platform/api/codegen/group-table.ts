import type { FieldExtras, FieldRow, GroupTable, TypeRow } from '../schema/table-format.ts';
import { type GoField, type GoType, parseGoConstants, parseGoImports, parseGoTypes } from './go-types.ts';
import type { SourceGroup } from './source-groups.ts';

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'bool',
  int: 'int64',
  int32: 'int32',
  int64: 'int64',
  // As many as it has, signed, is more than 32 bits.
  uint32: 'int64',
  uint8: 'int32',
  float64: 'float64',
  'time.Duration': 'int64',
  '[]byte': 'bytes',
  'interface{}': 'any',
  'types.UID': 'string',
  'runtime.RawExtension': '$RawExtension',
  'runtime.Object': '$RawExtension',
  'resource.Quantity': '$Quantity',
  'intstr.IntOrString': '$IntOrString',
};

/** meta/v1 types that are scalars in JSON. */
const META_SCALARS = new Set(['Time', 'MicroTime', 'Duration', 'FieldsV1']);
const META_PATH = 'k8s.io/apimachinery/pkg/apis/meta/v1';

/** The table of one group version from its Go source. Unexported and `json:"-"` fields are left out. */
export function buildGroupTable(group: SourceGroup, source: string): GroupTable {
  const declared = parseGoTypes(source).filter((type) => !META_SCALARS.has(type.name) || group.path !== META_PATH);
  const context: Context = { group, imports: parseGoImports(source), named: new Map(declared.map((type) => [type.name, type])) };
  const constants = parseGoConstants(source);
  const aliases: Record<string, [string, string[]?]> = {};
  const types: Record<string, TypeRow> = {};
  for (const type of declared) {
    if (type.underlying === undefined) types[type.name] = structRow(type, context);
    else if (type.underlying.startsWith('map[')) aliases[type.name] = [typeText(type.underlying, context)];
    else if (type.underlying in SCALARS) {
      const values = type.markers.includes('enum') ? constants.get(type.name) : undefined;
      aliases[type.name] = values === undefined ? [SCALARS[type.underlying]!] : [SCALARS[type.underlying]!, values];
    }
  }
  return { group: group.group, version: group.version, package: group.package, goPackage: group.version, aliases, types };
}

interface Context {
  readonly group: SourceGroup;
  readonly imports: ReadonlyMap<string, string>;
  readonly named: ReadonlyMap<string, GoType>;
}

function structRow(type: GoType, context: Context): TypeRow {
  const embedsTypeMeta = type.fields.some((field) => field.embedded && field.type.endsWith('TypeMeta'));
  const fields = type.fields.filter((field) => field.tags.json !== '-' && field.tags.json !== undefined && !isTypeMeta(field));
  const structType = structTypeOf(type.markers);
  return {
    ...(embedsTypeMeta ? { kind: true } : {}),
    ...(structType === undefined ? {} : { structType }),
    fields: fields.map((field) => fieldRow(field, context)),
  };
}

const structTypeOf = (markers: readonly string[]): 'atomic' | 'granular' | undefined =>
  markers.flatMap((text) => /^structType=(atomic|granular)/.exec(text)?.slice(1) ?? [])[0] as 'atomic' | undefined;

const isTypeMeta = (field: GoField): boolean => field.embedded && field.type.endsWith('TypeMeta');

function fieldRow(field: GoField, context: Context): FieldRow {
  const [jsonName, ...options] = field.tags.json!.split(',');
  const inline = options.includes('inline');
  const pointer = field.type.startsWith('*');
  const optional = options.includes('omitempty') || field.markers.includes('optional');
  const flags = [options.includes('omitempty') && 'o', pointer && 'p', !optional && !inline && 'r', inline && 'i'];
  const number = Number(/^\w+,(\d+)/.exec(field.tags.protobuf ?? '')?.[1] ?? 0);
  const name = inline ? field.type.replace(/^.*\./, '') : jsonName!;
  const row = [name, typeText(field.type, context), number, flags.filter(Boolean).join('')] as const;
  const extras = fieldExtras(field);
  return Object.keys(extras).length === 0 ? row : [...row, extras];
}

function typeText(type: string, context: Context): string {
  if (type in SCALARS) return SCALARS[type]!;
  if (type.startsWith('*')) return typeText(type.slice(1), context);
  if (type.startsWith('[]')) return `[]${typeText(type.slice(2), context)}`;
  const map = /^map\[[\w.]+\](.+)$/.exec(type);
  if (map !== null) return `{}${typeText(map[1]!, context)}`;
  const [prefix, name] = type.includes('.') ? (type.split('.') as [string, string]) : [undefined, type];
  if (prefix === undefined) return localTypeText(name, context);
  const path = context.imports.get(prefix);
  // The package may be imported under another name than its own.
  const scalar = SCALARS[`${path?.replace(/^.*\//, '')}.${name}`];
  if (scalar !== undefined) return scalar;
  if (path === META_PATH) return META_SCALARS.has(name) ? `$${name}` : `#meta.v1/${name}`;
  const api = /^k8s\.io\/api\/(\w+)\/(\w+)$/.exec(path ?? '');
  if (api === null) throw new Error(`${context.group.path}: type ${type} is of no known package`);
  return `#${api[1]}.${api[2]}/${name}`;
}

function localTypeText(name: string, context: Context): string {
  if (context.group.path === META_PATH && META_SCALARS.has(name)) return `$${name}`;
  const type = context.named.get(name);
  if (type === undefined) throw new Error(`${context.group.path}: type ${name} is not declared`);
  if (type.underlying === undefined) return `#${name}`;
  if (type.underlying in SCALARS) return SCALARS[type.underlying] === 'bytes' ? 'bytes' : `@${name}`;
  // A named list that is a message of its own in protobuf: ExtraValue, Verbs.
  const wrapped = type.markers.some((marker) => marker.startsWith('protobuf.nullable'));
  return `${wrapped ? '~' : ''}${typeText(type.underlying, context)}`;
}

function fieldExtras(field: GoField): FieldExtras {
  const marker = (key: string): string[] =>
    field.markers.flatMap((text) => (text.startsWith(`${key}=`) ? [text.slice(key.length + 1)] : []));
  const structType = structTypeOf(field.markers);
  const defaultText = marker('default')[0];
  return {
    ...(field.tags.patchMergeKey === undefined ? {} : { patchMergeKey: field.tags.patchMergeKey }),
    ...(field.tags.patchStrategy === undefined ? {} : { patchStrategy: field.tags.patchStrategy }),
    ...(marker('listType')[0] === undefined ? {} : { listType: marker('listType')[0] as 'atomic' }),
    ...(marker('listMapKey').length === 0 ? {} : { listMapKeys: marker('listMapKey') }),
    ...(marker('mapType')[0] === undefined ? {} : { mapType: marker('mapType')[0] as 'atomic' }),
    ...(structType === undefined ? {} : { structType }),
    // A reference to a constant is resolved by the hand-written defaults instead.
    ...(defaultText === undefined || defaultText.startsWith('ref(') ? {} : { default: JSON.parse(defaultText) as unknown }),
  };
}
