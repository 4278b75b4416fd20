import type { CacheEvent, EventType } from '../store/cache-event.ts';
import type { StoredObject } from '../store/stored-object.ts';
import type { ObjectView } from './object-views.ts';

/** A frame of a watch; encoded once for all watchers of the event that see it the same way. */
export function watchFrame(view: ObjectView, type: EventType, object: StoredObject, event: CacheEvent | undefined): Buffer {
  const key = `${type}/${view.key}`;
  const known = event?.frames.get(key);
  if (known !== undefined) return known;
  const frame = frameOf(view, type, view.watched(object));
  event?.frames.set(key, frame);
  return frame;
}

/** A frame in one piece. */
export const frameOf = ({ framing }: ObjectView, type: string, object: Buffer): Buffer =>
  Buffer.concat(framing.parts(type, object));
