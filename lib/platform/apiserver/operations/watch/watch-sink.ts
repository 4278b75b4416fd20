import type { Status } from '../../../api/status-error.ts';
import type { CacheEvent, EventType } from '../../store/cache-event.ts';
import type { StoredObject } from '../../store/stored-object.ts';

/** Where the events of one watch go. */
export interface WatchSink {
  /** What was there at the start, before everything else. Read once, at the sink's own pace. */
  state(objects: Iterable<StoredObject>): void;
  /** `event` is the shared record when there is one: encodings are kept in it. False ends the watch: the reader is too slow. */
  event(type: EventType, object: StoredObject, event: CacheEvent | undefined): boolean;
  /** `initialEventsEnd`: everything that was there at the start has been sent. */
  bookmark(revision: number, initialEventsEnd: boolean): boolean;
  error(status: Status): void;
  end(): void;
}
