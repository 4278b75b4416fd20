import { INITIAL_WINDOW, type SpdyStream } from './spdy-stream.ts';

const MAX_FRAME_BYTES = 64 * 1024;

/**
 * How much may be sent: over the connection, and over each of its streams (SPDY/3.1, section 2.6.8). The peer's window is only respected once the
 * peer has shown that it counts (by a SETTINGS or WINDOW_UPDATE frame), since the library that all Go clients use never sends a credit.
 */
export class SendWindow {
  readonly #waiters = new Set<() => void>();
  #peerCounts = false;
  #initial = INITIAL_WINDOW;
  #connection = INITIAL_WINDOW;
  #closed = false;

  /** What a new stream may send. */
  get initial(): number {
    return this.#initial;
  }

  /** The peer has sent SETTINGS; `initial` holds for the streams that are open too. */
  resize(initial: number | undefined, streams: Iterable<SpdyStream>): void {
    this.#peerCounts = true;
    if (initial === undefined) return;
    for (const stream of streams) stream.sendWindow += initial - this.#initial;
    this.#initial = initial;
    this.wake();
  }

  /** The peer has taken `delta` bytes: over the connection (0) or a stream, which may be gone. */
  credit(streamId: number, stream: SpdyStream | undefined, delta: number): void {
    this.#peerCounts = true;
    if (streamId === 0) this.#connection += delta;
    if (stream !== undefined) stream.sendWindow += delta;
    this.wake();
  }

  /** Waits until some of `wanted` bytes may be sent on the stream, and takes them: as many as fit a frame, 0 when the stream or the connection is gone. */
  async take(stream: SpdyStream, wanted: number): Promise<number> {
    const over = (): boolean => this.#closed || stream.destroyed;
    while (this.#peerCounts && Math.min(stream.sendWindow, this.#connection) <= 0 && !over())
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    if (over()) return 0;
    const window = this.#peerCounts ? Math.min(stream.sendWindow, this.#connection) : MAX_FRAME_BYTES;
    const taken = Math.min(wanted, window, MAX_FRAME_BYTES);
    stream.sendWindow -= taken;
    this.#connection -= taken;
    return taken;
  }

  /** The connection is gone: nothing is sent any more. */
  close(): void {
    this.#closed = true;
    this.wake();
  }

  /** Those who wait look again. */
  wake(): void {
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}
