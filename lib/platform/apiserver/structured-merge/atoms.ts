import { type Field, type FieldType, type ScalarName, type StructType, structType } from '../../api/schema/compiled-types.ts';
import { zeroScalar } from '../../api/schema/scalars.ts';

/**
 * How values of a type are told apart and merged (structured-merge-diff schema.Atom). What is atomic, and every scalar, has one owner as
 * a whole. `any` goes by the value: objects merge by key, lists are atomic.
 */
export interface Atom {
  readonly form: 'scalar' | 'struct' | 'map' | 'list' | 'any';
  readonly atomic: boolean;
  /** What a scalar must be; absent: anything. */
  readonly scalar?: 'numeric' | 'string' | 'boolean';
  /** Of a struct, by JSON name. */
  readonly fields?: ReadonlyMap<string, FieldAtom>;
  /** Of a map or a list; of a struct, of keys that it does not declare. */
  readonly element?: Atom;
  /** Of a list whose items are told apart by these fields, sorted. Lists that are not atomic and have none are sets. */
  readonly keys?: readonly string[];
}

export interface FieldAtom {
  readonly atom: Atom;
  /** Keys of list items may be left out when they have one. */
  readonly default?: unknown;
}

/** Free-form values whose parts may have owners of their own. */
export const ANY: Atom = { form: 'any', atomic: false };
/** Free-form values that belong to one owner. */
const OPAQUE: Atom = { form: 'any', atomic: true };
export const UNTYPED: Atom = { form: 'scalar', atomic: true };

const SCALARS: Readonly<Record<ScalarName, Atom>> = {
  string: { ...UNTYPED, scalar: 'string' },
  bytes: { ...UNTYPED, scalar: 'string' },
  bool: { ...UNTYPED, scalar: 'boolean' },
  int32: { ...UNTYPED, scalar: 'numeric' },
  int64: { ...UNTYPED, scalar: 'numeric' },
  float64: { ...UNTYPED, scalar: 'numeric' },
  any: OPAQUE,
  RawExtension: OPAQUE,
  JSON: OPAQUE,
  FieldsV1: OPAQUE,
  Quantity: UNTYPED,
  IntOrString: UNTYPED,
  Time: UNTYPED,
  MicroTime: UNTYPED,
  Duration: UNTYPED,
};

const structs = new Map<StructType, { granular?: Atom; atomic?: Atom }>();

/** The atom of the kind or type with that OpenAPI name. */
export const schemaAtom = (schemaName: string): Atom => structAtom(structType(schemaName), false);

function structAtom(type: StructType, atomic: boolean): Atom {
  let made = structs.get(type);
  if (made === undefined) structs.set(type, (made = {}));
  return (made[atomic ? 'atomic' : 'granular'] ??= lazyStruct(type, atomic));
}

/** Types refer to themselves (JSONSchemaProps): the fields are made when they are first looked at. */
function lazyStruct(type: StructType, atomic: boolean): Atom {
  let fields: ReadonlyMap<string, FieldAtom> | undefined;
  return {
    form: 'struct',
    atomic,
    get fields() {
      return (fields ??= new Map([...type.fields.values()].map((field) => [field.name, fieldAtom(field)])));
    },
  };
}

function fieldAtom(field: Field): FieldAtom {
  const atom = typeAtom(field.type, field);
  const value = field.default ?? zeroKey(field);
  return value === undefined ? { atom } : { atom, default: value };
}

/** What Go always writes counts as zero where it is not there. */
function zeroKey({ type, omitEmpty, pointer }: Field): unknown {
  if (omitEmpty || pointer || type.form !== 'scalar') return undefined;
  return ['string', 'bool', 'int32', 'int64', 'float64'].includes(type.scalar) ? zeroScalar(type.scalar) : undefined;
}

/** `extras`: the field's markers; of an element only what its own type says counts. */
function typeAtom(type: FieldType, extras: Partial<Field> | undefined): Atom {
  switch (type.form) {
    case 'scalar':
      return SCALARS[type.scalar];
    case 'struct':
      if (type.struct.either !== undefined) return OPAQUE;
      return structAtom(type.struct, (extras?.structType ?? type.struct.structType) === 'atomic');
    case 'map':
      return { form: 'map', atomic: extras?.mapType === 'atomic', element: typeAtom(type.element, undefined) };
    case 'list': {
      const listType = extras?.listType ?? 'atomic';
      const list: Atom = { form: 'list', atomic: listType === 'atomic', element: typeAtom(type.element, undefined) };
      return listType === 'map' ? { ...list, keys: [...(extras?.listMapKeys ?? [])].sort() } : list;
    }
  }
}

/** The atom of a value below `any`. */
export function deduced(atom: Atom, value: unknown): Atom {
  if (atom.form !== 'any' || atom.atomic) return atom;
  if (Array.isArray(value)) return ATOMIC_LIST;
  return typeof value === 'object' && value !== null ? FREE_MAP : UNTYPED;
}

const ATOMIC_LIST: Atom = { form: 'list', atomic: true, element: ANY };
const FREE_MAP: Atom = { form: 'map', atomic: false, element: ANY };

/** The atom of an object's or map's key; undefined for a field that the type does not have. */
export function childAtom(atom: Atom, key: string): Atom | undefined {
  return atom.form === 'map' ? atom.element : (atom.fields?.get(key)?.atom ?? atom.element);
}

/** Whether the key is declared by the type, rather than one of a map's. */
export const isDeclared = (atom: Atom, key: string): boolean => atom.form === 'struct' && atom.fields!.has(key);
