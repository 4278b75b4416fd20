import { Duplex } from 'node:stream';
import type { SpdyHeaders } from './header-block.ts';

/** Flow control window that SPDY/3.1 starts with, per stream and per connection. */
export const INITIAL_WINDOW = 64 * 1024;

/** What a piece of data that waits to be read costs beside its bytes. */
const PIECE_BYTES = 256;

/** What a stream asks of its connection. */
export interface StreamCarrier {
  /** Resolves when the bytes have left for the network. */
  sendData(stream: SpdyStream, data: Buffer): Promise<void>;
  sendFin(stream: SpdyStream): Promise<void>;
  /** Memory that the stream began to hold for its reader, or (negative) no longer does. */
  held(bytes: number): void;
  /** The reader took `bytes` out of the stream's buffer. */
  consumed(stream: SpdyStream, bytes: number): void;
  /** The stream is over; `clean` when no reset need be sent: both sides had ended it, or the peer reset it. */
  closedStream(stream: SpdyStream, clean: boolean): void;
}

/**
 * One stream of a SPDY connection. `end()` half-closes it; `destroy()` resets it. A reset or a lost connection
 * closes it without an 'error' event, so that `pipeline` sees a premature close and an unwatched stream harms nobody.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** Bytes that we may still send; below zero when the peer showed only later that it counts. */
  sendWindow = INITIAL_WINDOW;
  /** Consumed bytes that the peer has not been told of. */
  uncredited = 0;
  readonly #carrier: StreamCarrier;
  #held = 0;
  /** Pieces that have arrived since nothing waited to be read. */
  #pieces = 0;
  #remoteEnded = false;
  #reset = false;

  constructor(carrier: StreamCarrier, id: number, headers: SpdyHeaders) {
    super({ allowHalfOpen: true });
    this.#carrier = carrier;
    this.id = id;
    this.headers = headers;
  }

  /** Called by the connection for data from the peer. */
  deliver(data: Buffer, fin: boolean): void {
    if (this.destroyed || this.#remoteEnded) return;
    if (data.length > 0) {
      this.#held += data.length;
      this.#pieces++;
      this.#carrier.held(data.length + PIECE_BYTES);
      this.push(data);
      this.#settle();
    }
    if (!fin) return;
    this.#remoteEnded = true;
    this.push(null);
  }

  /** Called by the connection when the peer reset the stream. */
  abandon(): void {
    this.#reset = true;
    this.destroy();
  }

  /** Called by the connection when it is gone. What has arrived whole before that is still read, by whoever reads it. */
  lose(): void {
    if (!this.#remoteEnded || this.readableEnded) return this.abandon();
    this.#reset = true;
    this.once('end', () => this.destroy());
  }

  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  #settle(): void {
    const taken = this.#held - this.readableLength;
    if (taken <= 0) return;
    this.#take(taken);
  }

  /** The reader has these bytes, and is rid of the pieces once nothing waits. */
  #take(bytes: number): void {
    this.#held -= bytes;
    const pieces = this.#held === 0 ? this.#pieces : 0;
    this.#pieces -= pieces;
    this.#carrier.held(-bytes - pieces * PIECE_BYTES);
    this.#carrier.consumed(this, bytes);
  }

  /** Every byte that was buffered leaves through here, which `_read` (called before the bytes are taken) cannot tell. */
  override read(size?: number): Buffer | null {
    const chunk = super.read(size) as Buffer | null;
    this.#settle();
    return chunk;
  }

  override _read(): void {
    // Data arrives when the peer sends it.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    void settle(this.#carrier.sendData(this, chunk), callback);
  }

  override _final(callback: (error?: Error) => void): void {
    void settle(this.#carrier.sendFin(this), callback);
  }

  override _destroy(_error: Error | null, callback: (error?: Error | null) => void): void {
    this.#take(this.#held);
    this.#carrier.closedStream(this, this.#reset || (this.#remoteEnded && this.writableFinished));
    callback(null);
  }
}

async function settle(sent: Promise<void>, callback: (error?: Error) => void): Promise<void> {
  try {
    await sent;
  } catch (error) {
    callback(error as Error);
    return;
  }
  callback();
}
