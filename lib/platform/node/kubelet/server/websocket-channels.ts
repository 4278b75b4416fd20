import { Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

/** In v5 a message on this channel closes the channel that its one byte names. */
const CLOSE_CHANNEL = 255;

export interface ChannelProtocol {
  /** Payloads as base64 text after a digit, for clients that cannot send binary. */
  readonly base64: boolean;
  /** 1 to 5: before 4, outcomes are text; from 5 on, the client can close one channel. */
  readonly version: number;
}

/** The sub-protocols of `channel.k8s.io`, best first; '' is a client that names none. */
export const CHANNEL_PROTOCOLS: ReadonlyMap<string, ChannelProtocol> = new Map([
  ['v5.channel.k8s.io', { base64: false, version: 5 }],
  ['v4.channel.k8s.io', { base64: false, version: 4 }],
  ['v4.base64.channel.k8s.io', { base64: true, version: 4 }],
  ['channel.k8s.io', { base64: false, version: 1 }],
  ['base64.channel.k8s.io', { base64: true, version: 1 }],
  ['', { base64: false, version: 1 }],
]);

/**
 * Byte streams numbered 0 to 9 over one WebSocket: the first byte of a message is its channel (apimachinery, wsstream).
 * Reading stops at the socket while a channel's reader is behind; a writer's callback waits for the socket.
 */
export class WebSocketChannels {
  readonly gone: Promise<void>;
  readonly #ws: WebSocket;
  readonly #protocol: ChannelProtocol;
  readonly #readers = new Map<number, Readable>();
  readonly #full = new Set<number>();

  constructor(ws: WebSocket, protocol: ChannelProtocol) {
    this.#ws = ws;
    this.#protocol = protocol;
    this.gone = new Promise((resolve) => ws.once('close', () => resolve()));
    ws.on('error', () => ws.terminate());
    ws.on('message', (data) => this.#receive(asBuffer(data)));
    void this.gone.then(() => this.#readers.forEach((reader) => reader.push(null)));
  }

  /** What the client sends on a channel. Ends when the client closes the channel or goes away. */
  reader(channel: number): Readable {
    const reader = new Readable({
      read: () => {
        if (this.#full.delete(channel) && this.#full.size === 0) this.#ws.resume();
      },
      destroy: (error, callback) => {
        this.#readers.delete(channel);
        if (this.#full.delete(channel) && this.#full.size === 0) this.#ws.resume();
        callback(error);
      },
    });
    this.#readers.set(channel, reader);
    return reader;
  }

  /** Messages to the client on a channel. Ending it sends nothing: the protocol has no such message this way. */
  writer(channel: number): Writable {
    return new Writable({ write: (chunk: Buffer, _encoding, callback) => this.send(channel, chunk, callback) });
  }

  /** One message; `done` is called when it is out, or of no use any more. */
  send(channel: number, payload: Buffer, done: (error?: Error | null) => void = () => undefined): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return done(new Error('the client is gone'));
    if (this.#protocol.base64) this.#ws.send(String(channel) + payload.toString('base64'), { binary: false }, done);
    else this.#ws.send(Buffer.concat([Buffer.from([channel]), payload]), { binary: true }, done);
  }

  /** Closes in order: everything sent before arrives first. */
  close(): void {
    this.#full.clear();
    this.#ws.resume();
    this.#ws.close(1000);
  }

  #receive(message: Buffer): void {
    if (message.length === 0) return;
    const channel = this.#protocol.base64 ? message[0]! - 0x30 : message[0]!;
    const payload = this.#protocol.base64 ? Buffer.from(message.toString('latin1', 1), 'base64') : message.subarray(1);
    if (channel === CLOSE_CHANNEL && this.#protocol.version >= 5) {
      if (payload.length > 0) this.#end(payload[0]!);
      return;
    }
    const reader = this.#readers.get(channel);
    if (reader === undefined || payload.length === 0 || reader.readableEnded) return;
    if (reader.push(payload)) return;
    this.#full.add(channel);
    this.#ws.pause();
  }

  #end(channel: number): void {
    this.#readers.get(channel)?.push(null);
    this.#readers.delete(channel);
  }
}

function asBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
