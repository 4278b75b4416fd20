import type { CacheEvent } from '../../store/cache-event.ts';
import type { StoredObject } from '../../store/stored-object.ts';
import { left, type Sighting, type WatchView } from './watch-view.ts';

/**
 * What one watcher has been shown of a kind whose objects are not for everybody. An object is ADDED for it when it may see it, and DELETED when it no
 * longer may, whether the object has changed or the watcher's rights have.
 */
export class VisibleObjects implements WatchView {
  readonly #matches: (object: StoredObject) => boolean;
  readonly #shown = new Map<string, StoredObject>();

  /** `matches`: whether the watcher asked for an object and may see it, by the rights of the moment. */
  constructor(matches: (object: StoredObject) => boolean) {
    this.#matches = matches;
  }

  /** Those that it begins with. */
  begin(objects: Iterable<StoredObject>): StoredObject[] {
    for (const object of objects) if (this.#matches(object)) this.#shown.set(object.key, object);
    return [...this.#shown.values()];
  }

  /** What it sees of a change. */
  change(event: CacheEvent): Sighting | undefined {
    const { object, deleted, revision } = event;
    const before = this.#shown.get(object.key);
    if (!deleted && this.#matches(object)) {
      // Shown already, when a right to it was given.
      if (before !== undefined && before.revision >= object.revision) return undefined;
      this.#shown.set(object.key, object);
      return { type: before === undefined ? 'ADDED' : 'MODIFIED', object, event };
    }
    if (before === undefined) return undefined;
    this.#shown.delete(object.key);
    return deleted ? { type: 'DELETED', object, event } : left(before, revision);
  }

  /** What appears and disappears by a change of rights to these objects, at that revision. */
  review(objects: Iterable<StoredObject>, revision: number): Sighting[] {
    const found: Sighting[] = [];
    for (const object of objects) {
      const before = this.#shown.get(object.key);
      const visible = this.#matches(object);
      if (visible === (before !== undefined)) continue;
      if (visible) this.#shown.set(object.key, object);
      else this.#shown.delete(object.key);
      found.push(before === undefined ? { type: 'ADDED', object, event: undefined } : left(before, revision));
    }
    return found;
  }
}
