import { type Atom } from './atoms.ts';
import { compare, type Comparison } from './compare.ts';
import { difference, EMPTY, type FieldSet, intersection, isEmpty, union, unionAll } from './field-set.ts';
import { mergeApplied } from './merge.ts';
import { removeItems, withNamedFields } from './remove-items.ts';
import { toFieldSet } from './to-field-set.ts';

/** Somebody's fields. `id` tells managers apart. */
export interface OwnedSet {
  readonly id: string;
  readonly set: FieldSet;
}

/** Fields of another manager that an application would change. */
export interface Conflict {
  readonly id: string;
  readonly set: FieldSet;
}

/** What others have left when the object changes so: without what was changed under them, and what is no longer there. The same set when nothing is lost. */
export function dispossess(owned: FieldSet, { added, modified, removed }: Comparison): FieldSet {
  let set = owned;
  for (const gone of [added, modified, removed]) if (gone !== undefined) set = difference(set, gone);
  return set;
}

/** What of the entry an object that changes so takes away from it by changing it. */
export function conflictOf(owned: OwnedSet, { added, modified }: Comparison): Conflict | undefined {
  const changed = union(added ?? EMPTY, modified ?? EMPTY);
  const set = intersection(owned.set, changed);
  return isEmpty(set) ? undefined : { id: owned.id, set };
}

export interface Applied {
  /** Shares parts with live object and configuration. */
  readonly object: unknown;
  /** What the applier owns now. */
  readonly set: FieldSet;
  /** Undefined: the object stays as it is. */
  readonly comparison: Comparison | undefined;
}

/** Lets others have a turn between two steps of long work; undefined when none is due. */
export type Pause = () => Promise<void> | undefined;

/**
 * Applies a configuration: merges it into the live object, takes away what the applier applied before and no longer does, unless somebody
 * else owns it. `others`: the managers without the applier; `last`: what the applier owned. (structured-merge-diff merge.Updater.Apply)
 */
export async function applyConfig(
  live: unknown,
  config: unknown,
  atom: Atom,
  others: readonly OwnedSet[],
  last: FieldSet | undefined,
  pause: Pause = () => undefined,
): Promise<Applied> {
  const merged = mergeApplied(live, config, atom);
  await pause();
  const set = toFieldSet(config, atom);
  await pause();
  const object =
    last === undefined || isEmpty(difference(last, set))
      ? merged
      : await prune(merged, atom, [...others.map((other) => other.set), set], last, pause);
  await pause();
  return { object, set, comparison: compare(live, object, atom) };
}

/** Takes the fields of `last` away that the applier no longer says, and puts back what anybody owns, and what the applier did not own itself below something it did. */
async function prune(merged: unknown, atom: Atom, owned: readonly FieldSet[], last: FieldSet, pause: Pause): Promise<unknown> {
  const named = (set: FieldSet): FieldSet => withNamedFields(set, atom);
  const mine = named(last);
  const everything = named(toFieldSet(merged, atom));
  await pause();
  const managed = named(unionAll(owned));
  await pause();
  const left = named(toFieldSet(removeItems(merged, mine, atom), atom));
  await pause();
  const withOwned = named(toFieldSet(removeItems(merged, difference(everything, union(left, managed)), atom), atom));
  await pause();
  return removeItems(merged, intersection(difference(everything, withOwned), mine), atom);
}
