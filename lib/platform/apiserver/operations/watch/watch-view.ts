import type { CacheEvent, EventType } from '../../store/cache-event.ts';
import { StoredObject } from '../../store/stored-object.ts';

/** One event of a watch. `event` is the shared record, where the object is shown as it has it. */
export interface Sighting {
  readonly type: EventType;
  readonly object: StoredObject;
  readonly event: CacheEvent | undefined;
}

/** What one watcher sees of a resource. */
export interface WatchView {
  /** Those that it begins with. */
  begin(objects: readonly StoredObject[]): Iterable<StoredObject>;
  /** What it sees of a change. */
  change(event: CacheEvent): Sighting | undefined;
}

/** A view by the watcher's selectors alone; undefined: everything. It remembers nothing: events tell what was before. */
export class SelectedObjects implements WatchView {
  readonly #matches: ((object: StoredObject) => boolean) | undefined;

  constructor(matches: ((object: StoredObject) => boolean) | undefined) {
    this.#matches = matches;
  }

  begin(objects: readonly StoredObject[]): Iterable<StoredObject> {
    return this.#matches === undefined ? objects : selected(objects, this.#matches);
  }

  change(event: CacheEvent): Sighting | undefined {
    const type = event.typeFor(this.#matches);
    if (type === undefined) return undefined;
    if (type === 'DELETED' && !event.deleted) return left(event.previous!, event.revision);
    return { type, object: event.object, event };
  }
}

function* selected(objects: Iterable<StoredObject>, matches: (object: StoredObject) => boolean): Generator<StoredObject> {
  for (const object of objects) if (matches(object)) yield object;
}

/** An object that has left what is watched: as it was last seen, under the revision of its leaving. */
export const left = (object: StoredObject, revision: number): Sighting => ({
  type: 'DELETED',
  object: restamped(object, revision),
  event: undefined,
});

function restamped(object: StoredObject, revision: number): StoredObject {
  const value = { ...object.object, metadata: { ...object.object.metadata, resourceVersion: String(revision) } };
  return new StoredObject(object.key, revision, object.createRevision, Buffer.from(JSON.stringify(value)));
}
