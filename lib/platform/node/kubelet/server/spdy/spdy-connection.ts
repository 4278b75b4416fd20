import type { Duplex } from 'node:stream';
import {
  dataFrame,
  type Frame,
  goAwayFrame,
  pingFrame,
  readFrames,
  RST_CANCEL,
  RST_INVALID_STREAM,
  RST_PROTOCOL_ERROR,
  RST_REFUSED_STREAM,
  rstStreamFrame,
  synReplyFrame,
  synStreamFrame,
  windowUpdateFrame,
} from './frames.ts';
import { HeaderWriter, type SpdyHeaders } from './header-block.ts';
import { SendWindow } from './send-window.ts';
import { INITIAL_WINDOW, SpdyStream, type StreamCarrier } from './spdy-stream.ts';

/** Which end of a connection this is, and what it lets the peer do. */
export interface SpdyOptions {
  readonly role: 'server' | 'client';
  /** A stream that the peer opened; its SYN_REPLY has been sent. Streams are refused without it. */
  readonly onStream?: (stream: SpdyStream) => void;
  /** Open streams at once. @default 1000 */
  readonly maxStreams?: number;
  /** Received bytes that nobody has read yet, over all streams, at which the connection stops reading. @default 4 MiB */
  readonly maxBuffered?: number;
}

/** Answers to the peer that may wait for it to read: each costs many times its few bytes. */
const MAX_UNSENT_FRAMES = 8192;
const GOAWAY_OK = 0;
const GOAWAY_PROTOCOL_ERROR = 1;
/** How long a closing connection waits for the peer to close, reading on so that what we sent is not lost to a TCP reset. */
const LINGER_MS = 10_000;

/** A SPDY/3.1 connection over any byte stream, at either end of it. Credits are always given; what may be sent: SendWindow. */
export class SpdyConnection implements StreamCarrier {
  /** Resolves when the byte stream is closed, whatever closed it. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #options: Required<Pick<SpdyOptions, 'maxStreams' | 'maxBuffered'>> & SpdyOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #headerWriter = new HeaderWriter();
  readonly #window = new SendWindow();
  readonly #pings = new Map<number, () => void>();
  #bufferWaiter: (() => void) | undefined;
  #buffered = 0;
  #unsentFrames = 0;
  #lastPeerStream = 0;
  #nextStream: number;
  #nextPing: number;
  #uncredited = 0;
  #closing = false;

  constructor(socket: Duplex, options: SpdyOptions) {
    this.#socket = socket;
    this.#options = { maxStreams: 1000, maxBuffered: 4 * 1024 * 1024, ...options };
    this.#nextStream = this.#nextPing = options.role === 'server' ? 2 : 1;
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    void this.closed.then(() => this.#abandonAll());
    void this.#serve();
  }

  /** Opens a stream to the peer. */
  openStream(headers: SpdyHeaders): SpdyStream {
    const stream = new SpdyStream(this, this.#nextStream, headers);
    this.#nextStream += 2;
    stream.sendWindow = this.#window.initial;
    this.#streams.set(stream.id, stream);
    void this.#send(synStreamFrame(stream.id, this.#headerWriter.write(headers), false));
    return stream;
  }

  /** Resolves when the peer has answered. */
  ping(): Promise<void> {
    const id = this.#nextPing;
    this.#nextPing += 2;
    const answered = new Promise<void>((resolve) => this.#pings.set(id, resolve));
    void this.#send(pingFrame(id));
    return answered;
  }

  /** Says good-bye after everything written so far, and closes. Streams still open are cut. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#finish(GOAWAY_OK);
  }

  #finish(status: number): void {
    this.#socket.write(goAwayFrame(this.#lastPeerStream, status));
    this.#socket.end();
    this.#bufferWaiter?.();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    void this.closed.then(() => clearTimeout(timer));
  }

  async #serve(): Promise<void> {
    try {
      for await (const frame of readFrames(this.#socket)) {
        if (this.#closing) continue;
        this.#handle(frame);
        while (this.#isFull()) await new Promise<void>((resolve) => (this.#bufferWaiter = resolve));
      }
    } catch {
      // Bytes that are no SPDY: nothing after them can be understood.
      if (!this.#socket.destroyed) this.#socket.write(goAwayFrame(this.#lastPeerStream, GOAWAY_PROTOCOL_ERROR));
    }
    this.#abandonAll();
    this.#socket.end(() => this.#socket.destroy());
    if (this.#socket.writableFinished) this.#socket.destroy();
  }

  /** Too much is unread by us, or by the peer (who may be sending pings without reading our answers). */
  #isFull(): boolean {
    if (this.#closing || this.#socket.destroyed) return false;
    const { maxBuffered } = this.#options;
    return this.#buffered > maxBuffered || this.#socket.writableLength > maxBuffered || this.#unsentFrames > MAX_UNSENT_FRAMES;
  }

  #abandonAll(): void {
    this.#closing = true;
    for (const stream of this.#streams.values()) stream.lose();
    this.#bufferWaiter?.();
    this.#window.close();
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case 'synStream':
        return this.#accept(frame);
      case 'data':
        return this.#receive(frame.streamId, frame.data, frame.fin);
      case 'synReply':
      case 'headers':
        if (frame.fin) this.#streams.get(frame.streamId)?.deliver(Buffer.alloc(0), true);
        return undefined;
      case 'rstStream':
        return this.#streams.get(frame.streamId)?.abandon();
      case 'ping':
        return this.#pong(frame.id);
      case 'settings':
        return this.#window.resize(frame.initialWindow, this.#streams.values());
      case 'windowUpdate':
        return this.#window.credit(frame.streamId, this.#streams.get(frame.streamId), frame.delta);
      case 'goAway':
        return undefined;
    }
  }

  #accept(frame: Extract<Frame, { type: 'synStream' }>): void {
    const peerParity = this.#options.role === 'server' ? 1 : 0;
    if (frame.streamId % 2 !== peerParity || frame.streamId <= this.#lastPeerStream)
      return void this.#send(rstStreamFrame(frame.streamId, RST_PROTOCOL_ERROR));
    this.#lastPeerStream = frame.streamId;
    if (this.#options.onStream === undefined || this.#streams.size >= this.#options.maxStreams)
      return void this.#send(rstStreamFrame(frame.streamId, RST_REFUSED_STREAM));
    const stream = new SpdyStream(this, frame.streamId, frame.headers);
    stream.sendWindow = this.#window.initial;
    this.#streams.set(stream.id, stream);
    void this.#send(synReplyFrame(stream.id, this.#headerWriter.write(new Map())));
    if (frame.fin) stream.deliver(Buffer.alloc(0), true);
    if (frame.unidirectional) stream.end();
    this.#options.onStream(stream);
  }

  #receive(streamId: number, data: Buffer, fin: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.remoteEnded) {
      // A stream that we closed a moment ago: its bytes count against the connection all the same.
      this.#creditPeer(undefined, data.length);
      if (streamId > this.#lastPeerStream) void this.#send(rstStreamFrame(streamId, RST_INVALID_STREAM));
      return;
    }
    stream.deliver(data, fin);
  }

  #pong(id: number): void {
    const ours = id % 2 === this.#nextPing % 2;
    if (!ours) return void this.#send(pingFrame(id));
    this.#pings.get(id)?.();
    this.#pings.delete(id);
  }

  async sendData(stream: SpdyStream, data: Buffer): Promise<void> {
    for (let at = 0; at < data.length;) {
      const length = await this.#window.take(stream, data.length - at);
      if (length === 0) return;
      await this.#send(dataFrame(stream.id, data.subarray(at, at + length), false));
      at += length;
    }
  }

  sendFin(stream: SpdyStream): Promise<void> {
    return this.#send(dataFrame(stream.id, Buffer.alloc(0), true));
  }

  held(bytes: number): void {
    this.#buffered += bytes;
    if (bytes < 0) this.#bufferWaiter?.();
  }

  consumed(stream: SpdyStream, bytes: number): void {
    this.#creditPeer(stream, bytes);
  }

  #creditPeer(stream: SpdyStream | undefined, bytes: number): void {
    this.#uncredited += bytes;
    if (this.#uncredited >= INITIAL_WINDOW / 2) {
      void this.#send(windowUpdateFrame(0, this.#uncredited));
      this.#uncredited = 0;
    }
    if (stream === undefined || stream.remoteEnded) return;
    stream.uncredited += bytes;
    if (stream.uncredited < INITIAL_WINDOW / 2) return;
    void this.#send(windowUpdateFrame(stream.id, stream.uncredited));
    stream.uncredited = 0;
  }

  closedStream(stream: SpdyStream, clean: boolean): void {
    this.#streams.delete(stream.id);
    if (!clean) void this.#send(rstStreamFrame(stream.id, RST_CANCEL));
    this.#window.wake();
  }

  /** Resolves when the bytes are handed to the kernel, or are of no use any more. */
  #send(frame: Buffer): Promise<void> {
    if (this.#socket.destroyed || this.#socket.writableEnded) return Promise.resolve();
    this.#unsentFrames++;
    return new Promise((resolve) => {
      this.#socket.write(frame, () => {
        this.#unsentFrames--;
        resolve();
        this.#bufferWaiter?.();
      });
    });
  }
}
