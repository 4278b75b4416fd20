/**
 * The generated tables' form: facts of one group version, read from Kubernetes' Go types (codegen/generate.ts).
 * Positions instead of names keep the files small; compiled-types.ts gives them names.
 */
export interface GroupTable {
  readonly group: string;
  readonly version: string;
  /** Prefix of OpenAPI names: `io.k8s.api.core.v1`. */
  readonly package: string;
  /** What Go's decoder calls the package in its errors: `v1`. */
  readonly goPackage: string;
  /** Named scalars: their base and, for enumerations, the values. */
  readonly aliases: Readonly<Record<string, readonly [base: string, values?: readonly string[]]>>;
  readonly types: Readonly<Record<string, TypeRow>>;
}

export interface TypeRow {
  /** Carries apiVersion and kind. */
  readonly kind?: true;
  /** Atomic: one owner for all of it. A field's own marker goes before. */
  readonly structType?: 'atomic' | 'granular';
  /** In JSON a boolean or a list in place of the struct that its field `schema` holds; in protobuf both have a field. */
  readonly either?: 'bool' | 'list';
  /** A protobuf message around a list (`items`), which JSON does not show. */
  readonly wraps?: string;
  readonly fields: readonly FieldRow[];
}

/**
 * JSON name, type, protobuf number (0: none), flags, and what patches and lists need.
 *
 * Types: `string bool int32 int64 float64 bytes any`, `$Quantity $IntOrString $Time $MicroTime $Duration $FieldsV1
 * $RawExtension $JSON`, `@Alias`, `#Type` of the same table, `#core.v1/Type` of another; behind `[]` a list of it, behind `{}` a
 * map from string to it.
 *
 * Flags: `o` omitempty, `p` a pointer in Go, `r` required, `i` an embedded struct: its fields are ours in JSON, a message in protobuf.
 */
export type FieldRow =
  | readonly [name: string, type: string, number: number, flags: string]
  | readonly [name: string, type: string, number: number, flags: string, extras: FieldExtras];

export interface FieldExtras {
  readonly patchMergeKey?: string;
  /** `merge`, `replace`, `retainKeys`, or two of them behind a comma. */
  readonly patchStrategy?: string;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  readonly structType?: 'atomic' | 'granular';
  /** From a `+default` marker. */
  readonly default?: unknown;
}
