import { equalJson, isEmptyRecord, isRecord } from '../store/json-value.ts';
import { type Atom, childAtom, deduced } from './atoms.ts';
import { type FieldSet, MEMBER } from './field-set.ts';
import { fieldElement, itemElement } from './path-element.ts';

/** What differs between two objects, as sets of paths. An absent part is an empty set. */
export interface Comparison {
  readonly added?: FieldSet;
  readonly modified?: FieldSet;
  readonly removed?: FieldSet;
}

type Part = keyof Comparison;
type Parts = { [part in Part]?: Record<string, FieldSet> };

/**
 * Compares two versions of an object; undefined when they are the same. Throws Unmergeable for a list item without its
 * keys. Semantics: structured-merge-diff typed.Compare.
 */
export function compare(before: unknown, after: unknown, declared: Atom): Comparison | undefined {
  if (before === after) return undefined;
  const [left, right] = [deduced(declared, before), deduced(declared, after)];
  if (before !== null && after !== null && left !== right) return otherForm(before, after, left, right);
  const atom = after === null ? left : right;
  if (atom.atomic) return equalJson(before, after) ? undefined : { modified: MEMBER };
  const isContainer = atom.form === 'list' ? Array.isArray : isRecord;
  if (isBare(before) && isBare(after)) return equalJson(before, after) ? undefined : { modified: MEMBER };
  const from = isContainer(before) ? before : undefined;
  const to = isContainer(after) ? after : undefined;
  return atom.form === 'list'
    ? compareLists((from ?? []) as unknown[], (to ?? []) as unknown[], atom)
    : compareMaps((from ?? {}) as Record<string, unknown>, (to ?? {}) as Record<string, unknown>, atom);
}

/** Null, or a list or object with nothing in it. */
const isBare = (value: unknown): boolean =>
  value === null || (Array.isArray(value) ? value.length === 0 : isRecord(value) && isEmptyRecord(value));

/** Free-form values that changed their form: what was below is gone, what is below now is new. */
function otherForm(before: unknown, after: unknown, left: Atom, right: Atom): Comparison {
  const [removed, added] = [whole(before, left), whole(after, right)];
  return {
    modified: MEMBER,
    ...(removed === MEMBER ? {} : { removed: withoutSelf(removed) }),
    ...(added === MEMBER ? {} : { added: withoutSelf(added) }),
  };
}

const withoutSelf = ({ '.': _self, ...rest }: FieldSet): FieldSet => rest;

/** All paths of a value that is only on one side. */
function whole(value: unknown, declared: Atom): FieldSet {
  const atom = deduced(declared, value);
  if (atom.atomic || isBare(value)) return MEMBER;
  const node: Record<string, FieldSet> = { '.': MEMBER };
  if (atom.form === 'list') {
    for (const item of value as unknown[]) {
      const element = itemElement(atom, item);
      node[element] = node[element] === undefined ? whole(item, atom.element!) : MEMBER;
    }
  } else if (isRecord(value))
    for (const key of Object.keys(value)) {
      const child = childAtom(atom, key);
      node[fieldElement(key)] = child === undefined ? MEMBER : whole(value[key], child);
    }
  return node;
}

function compareMaps(before: Record<string, unknown>, after: Record<string, unknown>, atom: Atom): Comparison | undefined {
  let parts: Parts | undefined;
  for (const key of Object.keys(after)) {
    const child = childAtom(atom, key);
    if (!Object.hasOwn(before, key))
      parts = put(parts, 'added', fieldElement(key), child === undefined ? MEMBER : whole(after[key], child));
    else if (before[key] !== after[key])
      parts = putAll(parts, fieldElement(key), compare(before[key], after[key], child ?? UNKNOWN));
  }
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(after, key)) continue;
    const child = childAtom(atom, key);
    parts = put(parts, 'removed', fieldElement(key), child === undefined ? MEMBER : whole(before[key], child));
  }
  return parts;
}

/** A field that the type does not have: no stored object has one. */
const UNKNOWN: Atom = { form: 'scalar', atomic: true };

function compareLists(before: readonly unknown[], after: readonly unknown[], atom: Atom): Comparison | undefined {
  const [left, right] = [byElement(before, atom), byElement(after, atom)];
  let parts: Parts | undefined;
  for (const [element, items] of right) {
    const old = left.get(element) ?? [];
    if (items.length === 1 && old.length === 1) parts = putAll(parts, element, compare(old[0], items[0], atom.element!));
    else if (items.length === 1) {
      parts = put(parts, 'added', element, whole(items[0], atom.element!));
      // Was there several times, and as such had a path without anything below.
      if (old.length > 1) parts = put(parts, 'removed', element, MEMBER);
    } else if (old.length > 1) {
      if (!equalJson(old, items)) parts = put(parts, 'modified', element, MEMBER);
    } else {
      if (old.length === 1) parts = put(parts, 'removed', element, whole(old[0], atom.element!));
      parts = put(parts, 'added', element, MEMBER);
    }
  }
  for (const [element, items] of left)
    if (!right.has(element)) parts = put(parts, 'removed', element, items.length === 1 ? whole(items[0], atom.element!) : MEMBER);
  return parts;
}

function byElement(list: readonly unknown[], atom: Atom): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const item of list) {
    const element = itemElement(atom, item);
    const same = found.get(element);
    if (same === undefined) found.set(element, [item]);
    else same.push(item);
  }
  return found;
}

function put(parts: Parts | undefined, part: Part, element: string, node: FieldSet): Parts {
  parts ??= {};
  (parts[part] ??= {})[element] = node;
  return parts;
}

function putAll(parts: Parts | undefined, element: string, found: Comparison | undefined): Parts | undefined {
  if (found === undefined) return parts;
  for (const part of ['added', 'modified', 'removed'] as const)
    if (found[part] !== undefined) parts = put(parts, part, element, found[part]);
  return parts;
}
