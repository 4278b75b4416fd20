import type { ServerResponse } from 'node:http';
import type { Status } from '../../api/status-error.ts';
import type { WatchSink } from '../operations/watch-objects.ts';
import { frameOf, type ObjectView, watchFrame } from './object-views.ts';

/** Bytes that may wait for a watcher beyond its initial state. One that falls further behind is closed; it can come back. */
const MAX_PENDING = 8 << 20;

/**
 * Sends a watch as newline-delimited JSON in chunks. What comes within one turn of the event loop leaves in one write: a storm
 * of events costs one TLS record per reader and turn, not one per event.
 */
export function watchResponse(response: ServerResponse, view: ObjectView): WatchSink {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let allowance = MAX_PENDING;
  let scheduled = false;
  let ended = false;

  const flush = (): void => {
    scheduled = false;
    if (pending.length === 0 || response.destroyed) return;
    response.write(pending.length === 1 ? pending[0]! : Buffer.concat(pending, pendingBytes));
    pending = [];
    pendingBytes = 0;
  };
  const push = (frame: Buffer): boolean => {
    if (ended || response.destroyed) return false;
    pending.push(frame);
    pendingBytes += frame.length;
    if (!scheduled) {
      scheduled = true;
      setImmediate(flush);
    }
    if (response.writableLength + pendingBytes <= allowance) return true;
    // No orderly end: the reader would have to take all of the backlog to see it.
    ended = true;
    response.destroy();
    return false;
  };

  return {
    event(type, object, event) {
      const frame = watchFrame(view, type, object, event);
      if (event === undefined && type === 'ADDED') allowance += frame.length;
      return push(frame);
    },
    bookmark: (revision, initialEventsEnd) => push(frameOf('BOOKMARK', view.bookmark(revision, initialEventsEnd))),
    error: (status: Status) => void push(frameOf('ERROR', Buffer.from(JSON.stringify(status)))),
    end() {
      if (ended) return;
      ended = true;
      flush();
      response.end();
    },
  };
}
