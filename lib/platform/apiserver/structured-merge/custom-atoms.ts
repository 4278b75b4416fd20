import type { SchemaNode } from '../../api/apiextensions/schema/schema-node.ts';
import type { CustomKind } from '../../api/custom-kind.ts';
import { ANY, type Atom, type FieldAtom, schemaAtom, UNTYPED } from './atoms.ts';
import { zeroObject } from './zero-object.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const TEXT: Atom = { ...UNTYPED, scalar: 'string' };
const SCALARS: Readonly<Record<string, Atom>> = {
  string: TEXT,
  integer: { ...UNTYPED, scalar: 'numeric' },
  number: { ...UNTYPED, scalar: 'numeric' },
  boolean: { ...UNTYPED, scalar: 'boolean' },
};

/** A kind by what tells its objects' parts apart: its table, or its own schema. */
export interface MergedKind {
  readonly schema: string;
  readonly custom?: CustomKind;
}

/** The atom of a kind. */
export const atomOf = ({ schema, custom }: MergedKind): Atom =>
  custom === undefined ? schemaAtom(schema) : nodeAtom(custom.schema.root);

/** What an object of the kind is before anybody has said anything about it. */
export const emptyObject = ({ schema, custom }: MergedKind): Readonly<Record<string, unknown>> =>
  custom === undefined ? zeroObject(schema) : NOTHING;

const NOTHING = Object.freeze({});

const atoms = new WeakMap<SchemaNode, Atom>();

function nodeAtom(node: SchemaNode): Atom {
  let made = atoms.get(node);
  if (made === undefined) atoms.set(node, (made = makeAtom(node)));
  return made;
}

/** How apiextensions' schemas become schemas of structured-merge-diff (kube-openapi's schemaconv). */
function makeAtom(node: SchemaNode): Atom {
  const { types, schema } = node;
  if (types.length !== 1) return node.preserve ? ANY : UNTYPED;
  const [type] = types as [string];
  if (type === 'array') return listAtom(node);
  if (type !== 'object') return SCALARS[type] ?? UNTYPED;
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  if (node.properties.size === 0 && !node.embedded) {
    if (node.additional !== undefined)
      return { form: 'map', atomic, element: node.additional === 'anything' ? ANY : nodeAtom(node.additional) };
    if (node.preserve) return { ...ANY, atomic };
  }
  return structAtom(node, atomic);
}

function listAtom(node: SchemaNode): Atom {
  const { schema, items } = node;
  const type = schema['x-kubernetes-list-type'] ?? 'atomic';
  const list: Atom = { form: 'list', atomic: type === 'atomic', element: items === undefined ? ANY : nodeAtom(items) };
  return type === 'map' ? { ...list, keys: [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort() } : list;
}

/** The fields are made when they are first looked at: most of a large schema never is. */
function structAtom(node: SchemaNode, atomic: boolean): Atom {
  let fields: ReadonlyMap<string, FieldAtom> | undefined;
  return {
    form: 'struct',
    atomic,
    ...(node.preserve ? { element: ANY } : {}),
    get fields() {
      return (fields ??= fieldsOf(node));
    },
  };
}

function fieldsOf(node: SchemaNode): ReadonlyMap<string, FieldAtom> {
  const fields = new Map<string, FieldAtom>();
  for (const [name, child] of node.properties) {
    const atom = nodeAtom(child);
    fields.set(name, child.default === undefined ? { atom } : { atom, default: child.default });
  }
  if (node.embedded) {
    for (const name of ['apiVersion', 'kind']) fields.set(name, { atom: TEXT });
    fields.set('metadata', { atom: schemaAtom(OBJECT_META) });
  }
  return fields;
}
