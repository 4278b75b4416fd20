import { newResourceExpired } from '../../../api/status-error.ts';
import { CompactedError } from '../../../storage/backend.ts';
import type { ServerContext } from '../../server-context.ts';
import { CacheEvent } from '../../store/cache-event.ts';
import { fromStore, type StoredObject } from '../../store/stored-object.ts';

/**
 * Adds the events after `from` up to at least `to` from the store's own log, of keys that begin with `prefix`; returns the revision it
 * has read up to. Rejects with 410 when the log no longer has them.
 */
export async function replayLog(
  { backend }: ServerContext,
  prefix: string,
  from: number,
  to: number,
  events: CacheEvent[],
): Promise<number> {
  const abort = new AbortController();
  try {
    for await (const batch of backend.watch(prefix, from + 1, abort.signal)) {
      for (const event of batch.events) {
        const object = fromStore(event.key, event.value, event.revision, event.createRevision);
        const { previous } = event;
        const before = previous && fromStore(event.key, previous.value, previous.revision, event.createRevision);
        events.push(new CacheEvent(object, before, event.type === 'delete'));
      }
      if (batch.revision >= to) return batch.revision;
    }
  } catch (error) {
    if (error instanceof CompactedError) throw newResourceExpired(`too old resource version: ${from} (${error.compacted})`);
    throw error;
  } finally {
    abort.abort();
  }
  throw newResourceExpired(`too old resource version: ${from} (${to})`);
}

/** What was there before these events, in order, where `now` is there after them. Of keys that begin with `within`. */
export function stateBefore(now: readonly StoredObject[], events: readonly CacheEvent[], within: string): StoredObject[] {
  const state = new Map(now.map((object) => [object.key, object]));
  for (const { object, previous } of events.toReversed()) {
    if (previous === undefined) state.delete(object.key);
    else if (object.key.startsWith(within)) state.set(object.key, previous);
  }
  return [...state.values()];
}
