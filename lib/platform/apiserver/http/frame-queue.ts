import type { StoredObject } from '../store/stored-object.ts';
import type { ObjectView } from './object-views.ts';

/**
 * What one watcher has yet to be sent, as references: the initial state is a cursor over objects that the cache has anyway,
 * then come the frames of events, which all watchers of an event share. Bytes are copied only when a write takes them.
 */
export class FrameQueue {
  #state: Iterator<Buffer> | undefined;
  #frames: Buffer[] = [];
  #head = 0;
  #waiting = 0;
  /** The buffer that the last write took a part of, from `#offset` on. */
  #current: Buffer | undefined;
  #offset = 0;

  /** Bytes of the frames that wait; the initial state does not count. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Goes before all frames. Read object by object as the reader takes them. */
  setState(objects: Iterable<StoredObject>, view: ObjectView): void {
    this.#state = stateFrames(objects, view);
  }

  push(frame: Buffer): void {
    this.#frames.push(frame);
    this.#waiting += frame.length;
  }

  /** The next bytes, `most` at the most; undefined when nothing is left. */
  take(most: number): Buffer | undefined {
    const pieces: Buffer[] = [];
    let room = most;
    while (room > 0 && (this.#current ??= this.#next()) !== undefined) {
      const piece = this.#current.subarray(this.#offset, this.#offset + room);
      pieces.push(piece);
      room -= piece.length;
      this.#offset += piece.length;
      if (this.#offset < this.#current.length) continue;
      this.#current = undefined;
      this.#offset = 0;
    }
    return pieces.length > 1 ? Buffer.concat(pieces, most - room) : pieces[0];
  }

  clear(): void {
    this.#state = undefined;
    this.#current = undefined;
    this.#frames = [];
    this.#head = 0;
    this.#waiting = 0;
  }

  #next(): Buffer | undefined {
    if (this.#state !== undefined) {
      const { value, done } = this.#state.next();
      if (done !== true) return value;
      this.#state = undefined;
    }
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#waiting -= frame.length;
    if (++this.#head === this.#frames.length) {
      this.#frames = [];
      this.#head = 0;
    }
    return frame;
  }
}

function* stateFrames(objects: Iterable<StoredObject>, view: ObjectView): Generator<Buffer> {
  for (const object of objects) yield* view.framing.parts('ADDED', view.watched(object));
}
