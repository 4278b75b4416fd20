import { isEmptyRecord, isRecord } from '../store/json-value.ts';
import { type Atom, childAtom, deduced, isDeclared } from './atoms.ts';
import { asMember, EMPTY, type FieldSet, MEMBER } from './field-set.ts';
import { fieldElement, itemElement } from './path-element.ts';

/**
 * The paths that an object says something about: its leaves, list items, keys of maps, and what is empty or null. Throws Unmergeable for
 * a list item without its keys. Semantics: structured-merge-diff typed.ToFieldSet.
 */
export const toFieldSet = (value: unknown, atom: Atom): FieldSet => nodeOf(value, atom) ?? EMPTY;

/** `undefined`: nothing below, and the value itself is no member for its own sake. */
function nodeOf(value: unknown, declared: Atom): FieldSet | undefined {
  const atom = deduced(declared, value);
  if (atom.atomic) return MEMBER;
  if (atom.form === 'list') return Array.isArray(value) ? listNode(value, atom) : undefined;
  return isRecord(value) ? mapNode(value, atom) : undefined;
}

function mapNode(value: Record<string, unknown>, atom: Atom): FieldSet | undefined {
  let node: Record<string, FieldSet> | undefined;
  for (const key of Object.keys(value)) {
    const child = value[key];
    const childType = childAtom(atom, key);
    const inner = childType === undefined ? undefined : nodeOf(child, childType);
    const empty = child === null || (isRecord(child) && isEmptyRecord(child));
    const self = empty || !isDeclared(atom, key);
    if (self || inner !== undefined) (node ??= {})[fieldElement(key)] = self ? asMember(inner) : inner!;
  }
  return node;
}

function listNode(list: readonly unknown[], atom: Atom): FieldSet | undefined {
  let node: Record<string, FieldSet> | undefined;
  for (const item of list) {
    const element = itemElement(atom, item);
    // Of items that are there twice only the path counts: what is below cannot be told apart.
    (node ??= {})[element] = node[element] === undefined ? asMember(nodeOf(item, atom.element!)) : MEMBER;
  }
  return node;
}
