import { EMPTY, type FieldSet, unionAll } from '../structured-merge/field-set.ts';
import { compareTexts, identityText, type Manager, type ManagerIdentity } from './entries.ts';

/** Entries of updates that an object keeps apart (managedfields DefaultMaxUpdateManagers). */
const MAX_UPDATERS = 10;
/** Who owns what the oldest of them owned. */
const OLD_UPDATES = 'ancient-changes';

/** Puts the oldest updaters of one version together, until there are few enough. Appliers stay. */
export function capUpdaters(managers: readonly Manager[]): readonly Manager[] {
  const updaters = managers
    .filter(({ operation }) => operation === 'Update')
    .sort((a, b) => compareTexts(a.time ?? '', b.time ?? '') || compareTexts(a.id, b.id));
  if (updaters.length <= MAX_UPDATERS) return managers;
  const left = new Map(managers.map((manager) => [manager.id, manager]));
  const oldest = new Map<string, Manager>();
  const buckets = new Map<string, FieldSet[]>();
  let count = updaters.length;
  for (const updater of updaters) {
    if (count <= MAX_UPDATERS) break;
    const first = oldest.get(updater.apiVersion);
    if (first === undefined) {
      oldest.set(updater.apiVersion, updater);
      continue;
    }
    const identity: ManagerIdentity = {
      manager: OLD_UPDATES,
      operation: 'Update',
      apiVersion: updater.apiVersion,
      subresource: '',
    };
    const id = identityText(identity);
    const known = left.get(id);
    // The oldest of a version becomes the bucket, unless there is one from earlier.
    const sets = known === undefined || updater.id === id ? [first.set] : (buckets.get(id) ?? [known.set]);
    sets.push(updater.set);
    buckets.set(id, sets);
    if (known === undefined || updater.id === id) left.delete(first.id);
    left.delete(updater.id);
    left.set(id, { ...identity, id, set: EMPTY, time: updater.time });
    count--;
  }
  return [...left.values()].map((manager) => {
    const sets = buckets.get(manager.id);
    return sets === undefined ? manager : { ...manager, set: unionAll(sets) };
  });
}
