import type { KeptForms } from './kept-forms.ts';
import type { StoredObject } from './stored-object.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** A committed change as the caches keep it for watchers. Its frames are encoded once and shared by all of them. */
export class CacheEvent {
  readonly revision: number;
  /** The new state; for a delete the last state under the revision of the delete. */
  readonly object: StoredObject;
  readonly previous: StoredObject | undefined;
  readonly deleted: boolean;
  readonly frames = new Map<string, Buffer>();
  /** As it is in versions of its kind. */
  forms: KeptForms<CacheEvent> | undefined;

  constructor(object: StoredObject, previous: StoredObject | undefined, deleted: boolean) {
    this.revision = object.revision;
    this.object = object;
    this.previous = previous;
    this.deleted = deleted;
  }

  /**
   * What a watcher with this filter sees. An object that enters the selection is ADDED to it, one that leaves it is DELETED
   * from it (apiserver storage/cacher).
   */
  typeFor(matches: ((object: StoredObject) => boolean) | undefined): EventType | undefined {
    if (matches === undefined) return this.deleted ? 'DELETED' : this.previous === undefined ? 'ADDED' : 'MODIFIED';
    const before = this.previous !== undefined && matches(this.previous);
    const after = !this.deleted && matches(this.object);
    if (after) return before ? 'MODIFIED' : 'ADDED';
    return before ? 'DELETED' : undefined;
  }
}
