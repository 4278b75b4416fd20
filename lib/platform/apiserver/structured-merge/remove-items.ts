import { isRecord, setKey } from '../store/json-value.ts';
import { ANY, type Atom, childAtom, deduced } from './atoms.ts';
import { below, type FieldSet, hasChild, isEmpty } from './field-set.ts';
import { fieldElement, itemElement } from './path-element.ts';

/**
 * The value without the fields and items of the set. What is atomic goes as a whole when the set has anything in it; what has nothing left
 * becomes null. The value is not changed. Semantics: structured-merge-diff typed.RemoveItems.
 */
export function removeItems(value: unknown, set: FieldSet, declared: Atom): unknown {
  const atom = deduced(declared, value);
  if (atom.form === 'scalar') return value;
  if (atom.atomic) return null;
  if (Array.isArray(value)) return removeFromList(value, set, atom);
  return isRecord(value) ? removeFromMap(value, set, atom) : value;
}

function removeFromMap(value: Record<string, unknown>, set: FieldSet, atom: Atom): unknown {
  const kept: Record<string, unknown> = {};
  let count = 0;
  for (const key of Object.keys(value)) {
    const element = fieldElement(key);
    if (hasChild(set, element)) continue;
    const inner = below(set, element);
    const child = childAtom(atom, key);
    setKey(kept, key, inner === undefined || child === undefined ? value[key] : removeItems(value[key], inner, child));
    count++;
  }
  return count === 0 ? null : kept;
}

function removeFromList(list: readonly unknown[], set: FieldSet, atom: Atom): unknown {
  const kept: unknown[] = [];
  for (const item of list) {
    const element = itemElement(atom, item);
    if (hasChild(set, element)) continue;
    const inner = below(set, element);
    kept.push(inner === undefined ? item : removeItems(item, inner, atom.element!));
  }
  return kept.length === 0 ? null : kept;
}

/** The set with every declared field that it has something below of. (fieldpath.EnsureNamedFieldsAreMembers) */
export function withNamedFields(set: FieldSet, declared: Atom): FieldSet {
  const out: Record<string, FieldSet> = {};
  for (const element of Object.keys(set)) {
    const node = set[element]!;
    const named = element.startsWith('f:') ? declared.fields?.get(element.slice(2))?.atom : undefined;
    const child = named ?? (element.startsWith('f:') || element.startsWith('k:') ? declared.element : undefined);
    const inner = isEmpty(node) ? node : withNamedFields(node, child ?? ANY);
    out[element] = named === undefined || isEmpty(inner) ? inner : { '.': {}, ...inner };
  }
  return out;
}
