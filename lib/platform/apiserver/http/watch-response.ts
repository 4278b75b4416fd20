import type { ServerResponse } from 'node:http';
import type { Status } from '../../api/status-error.ts';
import type { WatchSink } from '../operations/watch/watch-sink.ts';
import { FrameQueue } from './frame-queue.ts';
import type { ObjectView } from './object-views.ts';
import { frameOf, watchFrame } from './watch-frames.ts';
import type { WatchSlot } from './watch-slots.ts';

/** Bytes that may wait for a watcher beyond its initial state. One that falls further behind is closed; it can come back. */
const MAX_PENDING = 8 << 20;
/** Bytes of one write. */
const WRITE_BYTES = 64 << 10;
/** Bytes given to the connection before it must have sent them: all that is copied for one reader who does not read. */
const WINDOW = 256 << 10;
/** A reader that takes nothing of what waits for it is closed after so many ms. */
const STALL_TIMEOUT = 60_000;

export interface WatchResponseOptions {
  readonly slot: WatchSlot;
  /** Hears why a frame could not be made; the watch is closed. */
  readonly failed: (error: unknown) => void;
  /** @default 60,000 ms */
  readonly stallTimeout?: number;
}

/**
 * Sends a watch in chunks, as fast as its reader takes them and no faster. What comes within one
 * turn of the event loop leaves together: a storm of events costs one TLS record per reader and turn, not one per event.
 */
export function watchResponse(response: ServerResponse, view: ObjectView, options: WatchResponseOptions): WatchSink {
  const { slot, failed, stallTimeout = STALL_TIMEOUT } = options;
  const queue = new FrameQueue();
  let scheduled = false;
  let blocked = false;
  let ended = false;
  let stall: NodeJS.Timeout | undefined;

  const close = (): void => {
    ended = true;
    queue.clear();
    clearTimeout(stall);
    slot.release();
  };
  // No orderly end: the reader would have to take all of the backlog to see it.
  const abandon = (): void => {
    close();
    response.destroy();
  };
  const pump = (): void => {
    scheduled = false;
    if (response.destroyed || response.writableEnded) return;
    const before = queue.waiting;
    try {
      while (!blocked) {
        const bytes = queue.take(WRITE_BYTES);
        if (bytes === undefined) break;
        response.write(bytes);
        blocked = response.writableLength >= WINDOW;
      }
    } catch (error) {
      failed(error);
      abandon();
      return;
    }
    slot.hold(queue.waiting - before);
    if (!blocked && ended) response.end();
    if (blocked || ended) stall ??= setTimeout(abandon, stallTimeout).unref();
  };
  const schedule = (): void => {
    if (scheduled || blocked) return;
    scheduled = true;
    setImmediate(pump);
  };
  response.on('drain', () => {
    blocked = false;
    clearTimeout(stall);
    stall = undefined;
    pump();
  });
  response.once('close', close);
  response.once('finish', close);

  const push = (frame: Buffer): boolean => {
    if (ended || response.destroyed) return false;
    queue.push(frame);
    schedule();
    if (slot.hold(frame.length) && queue.waiting <= MAX_PENDING) return true;
    abandon();
    return false;
  };
  return {
    state(objects) {
      queue.setState(objects, view);
      schedule();
    },
    event: (type, object, event) => push(watchFrame(view, type, object, event)),
    bookmark: (revision, initialEventsEnd) => push(frameOf(view, 'BOOKMARK', view.bookmark(revision, initialEventsEnd))),
    error: (status: Status) => void push(frameOf(view, 'ERROR', view.framing.encode(status))),
    end() {
      if (ended) return;
      ended = true;
      schedule();
    },
  };
}
