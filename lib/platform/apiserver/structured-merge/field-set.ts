/**
 * A set of field paths in the form that managedFields has on the wire (meta/v1 FieldsV1): a tree whose keys are path elements,
 * `f:NAME` of a field, `k:{...}` of a list item by its keys, `v:...` of a list item by its value, `i:N` by its place. A node that is
 * empty, or has `.`, is in the set itself; others only lead to those below. The root stands for the object, and an empty root
 * for the empty set. Sets are never changed: operations share what stays as it was.
 * Semantics: sigs.k8s.io/structured-merge-diff fieldpath.Set.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

export const SELF = '.';

/** The node of a path that is in the set, with nothing below. */
export const MEMBER: FieldSet = Object.freeze({});
export const EMPTY: FieldSet = MEMBER;

/** Whether it has no field. */
export const isEmpty = (set: FieldSet): boolean => {
  for (const _element in set) return false;
  return true;
};

const isMember = (node: FieldSet): boolean => SELF in node || isEmpty(node);

/** The same node as one that is in the set itself. */
export function asMember(node: FieldSet | undefined): FieldSet {
  if (node === undefined) return MEMBER;
  return isMember(node) ? node : { [SELF]: MEMBER, ...node };
}

/** Fields of either. */
export const union = (a: FieldSet, b: FieldSet): FieldSet => combined(a, b, false, UNION) ?? EMPTY;

/** The union of many: by halves, so that what is small is not put into what grows over and over. */
export function unionAll(sets: readonly FieldSet[]): FieldSet {
  let left = sets;
  while (left.length > 1) {
    const halved: FieldSet[] = [];
    for (let i = 0; i < left.length; i += 2) halved.push(i + 1 < left.length ? union(left[i]!, left[i + 1]!) : left[i]!);
    left = halved;
  }
  return left[0] ?? EMPTY;
}

/** Paths of `a` that are not in `b`. A path in `b` takes away only itself, nothing below it. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet => combined(a, b, false, DIFFERENCE) ?? EMPTY;

/** Fields of both. */
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combined(a, b, false, INTERSECTION) ?? EMPTY;

interface Operator {
  readonly member: (a: boolean, b: boolean) => boolean;
  readonly keepsLeft: boolean;
  readonly keepsRight: boolean;
}

const UNION: Operator = { member: (a, b) => a || b, keepsLeft: true, keepsRight: true };
const DIFFERENCE: Operator = { member: (a, b) => a && !b, keepsLeft: true, keepsRight: false };
const INTERSECTION: Operator = { member: (a, b) => a && b, keepsLeft: false, keepsRight: false };

/** `undefined` when nothing is left. Gives `a` itself when it is the result. */
function combined(a: FieldSet, b: FieldSet, below: boolean, operator: Operator): FieldSet | undefined {
  const wasMember = below && isMember(a);
  const member = below && operator.member(wasMember, isMember(b));
  const children: Record<string, FieldSet> = {};
  let count = 0;
  let same = member === wasMember;
  for (const element in a) {
    if (element === SELF) continue;
    const [left, right] = [a[element]!, b[element]];
    const child = right === undefined ? (operator.keepsLeft ? left : undefined) : combined(left, right, true, operator);
    if (child !== left) same = false;
    if (child === undefined) continue;
    children[element] = child;
    count++;
  }
  if (operator.keepsRight)
    for (const element in b) {
      if (element === SELF || a[element] !== undefined) continue;
      children[element] = b[element]!;
      count++;
      same = false;
    }
  if (same) return a;
  if (count === 0) return member ? MEMBER : undefined;
  return member ? { [SELF]: MEMBER, ...children } : children;
}

/** Whether the child of that element is in the set itself. */
export function hasChild(set: FieldSet, element: string): boolean {
  const child = set[element];
  return child !== undefined && isMember(child);
}

/** What the set has below the child, as a set of its own; undefined when it has nothing there. */
export function below(set: FieldSet, element: string): FieldSet | undefined {
  const child = set[element];
  if (child === undefined) return undefined;
  if (!(SELF in child)) return isEmpty(child) ? undefined : child;
  const { [SELF]: _self, ...rest } = child;
  return isEmpty(rest) ? undefined : rest;
}

/** The set of one path. */
export function pathSet(...elements: readonly string[]): FieldSet {
  return elements.reduceRight<FieldSet>((node, element) => ({ [element]: node }), MEMBER);
}

/** Every path of the set, a parent before what is below it, in the order of structured-merge-diff. */
export function* paths(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  const elements = Object.keys(set)
    .filter((element) => element !== SELF)
    .sort(compareElements);
  for (const element of elements) if (hasChild(set, element)) yield [...prefix, element];
  for (const element of elements) {
    const rest = below(set, element);
    if (rest !== undefined) yield* paths(rest, [...prefix, element]);
  }
}

const ORDER = 'fkvi';

function compareElements(a: string, b: string): number {
  const byKind = ORDER.indexOf(a[0]!) - ORDER.indexOf(b[0]!);
  if (byKind !== 0) return byKind;
  return a < b ? -1 : a > b ? 1 : 0;
}
