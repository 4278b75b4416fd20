import type { Readable } from 'node:stream';
import { HeaderReader, type SpdyHeaders } from './header-block.ts';

/** SPDY/3.1 frames (draft-mbelshe-httpbis-spdy-00, 2.2 and 2.6). */
export type Frame =
  | { readonly type: 'data'; readonly streamId: number; readonly data: Buffer; readonly fin: boolean }
  | {
      readonly type: 'synStream';
      readonly streamId: number;
      readonly headers: SpdyHeaders;
      readonly fin: boolean;
      readonly unidirectional: boolean;
    }
  | { readonly type: 'synReply'; readonly streamId: number; readonly headers: SpdyHeaders; readonly fin: boolean }
  | { readonly type: 'rstStream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'settings'; readonly initialWindow: number | undefined }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastStreamId: number; readonly status: number }
  | { readonly type: 'headers'; readonly streamId: number; readonly headers: SpdyHeaders; readonly fin: boolean }
  | { readonly type: 'windowUpdate'; readonly streamId: number; readonly delta: number };

export const RST_PROTOCOL_ERROR = 1;
export const RST_INVALID_STREAM = 2;
export const RST_REFUSED_STREAM = 3;
export const RST_CANCEL = 5;

const VERSION = 3;
const FLAG_FIN = 1;
const FLAG_UNIDIRECTIONAL = 2;
const CONTROL = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 };
const SETTINGS_INITIAL_WINDOW_SIZE = 7;
const HEADER_BYTES = 8;
/** Longest control frame accepted. Data frames may be as long as SPDY allows, since they are passed on as they arrive. */
const MAX_CONTROL_BYTES = 32 * 1024;

/** The frames of a byte stream, as they arrive. A long data frame comes as several. Throws when the bytes are no SPDY/3. */
export async function* readFrames(source: Readable): AsyncGenerator<Frame> {
  const headerReader = new HeaderReader();
  let buffered: Buffer = Buffer.alloc(0);
  let open: { streamId: number; left: number; fin: boolean } | undefined;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    for (;;) {
      if (open !== undefined) {
        const data = buffered.subarray(0, open.left);
        if (data.length === 0 && open.left > 0) break;
        buffered = buffered.subarray(data.length);
        open.left -= data.length;
        yield { type: 'data', streamId: open.streamId, data, fin: open.fin && open.left === 0 };
        if (open.left === 0) open = undefined;
        continue;
      }
      if (buffered.length < HEADER_BYTES) break;
      const length = buffered.readUIntBE(5, 3);
      const flags = buffered[4]!;
      if ((buffered[0]! & 0x80) === 0) {
        open = { streamId: buffered.readUInt32BE(0), left: length, fin: (flags & FLAG_FIN) !== 0 };
        buffered = buffered.subarray(HEADER_BYTES);
        continue;
      }
      if (length > MAX_CONTROL_BYTES) throw new Error(`control frame of ${length} bytes is too long`);
      if (buffered.length < HEADER_BYTES + length) break;
      if ((buffered.readUInt16BE(0) & 0x7fff) !== VERSION) throw new Error(`SPDY version ${buffered.readUInt16BE(0) & 0x7fff}`);
      const type = buffered.readUInt16BE(2);
      const frame = parseControl(type, flags, buffered.subarray(HEADER_BYTES, HEADER_BYTES + length), headerReader);
      buffered = buffered.subarray(HEADER_BYTES + length);
      if (frame !== undefined) yield frame;
    }
  }
}

/** A control frame's payload. undefined: a type to ignore (2.2.1). A short payload throws a RangeError. */
function parseControl(type: number, flags: number, payload: Buffer, headers: HeaderReader): Frame | undefined {
  const id = (at: number): number => payload.readUInt32BE(at) & 0x7fffffff;
  const fin = (flags & FLAG_FIN) !== 0;
  switch (type) {
    case CONTROL.synStream:
      return {
        type: 'synStream',
        streamId: id(0),
        headers: headers.read(payload.subarray(10)),
        fin,
        unidirectional: (flags & FLAG_UNIDIRECTIONAL) !== 0,
      };
    case CONTROL.synReply:
      return { type: 'synReply', streamId: id(0), headers: headers.read(payload.subarray(4)), fin };
    case CONTROL.headers:
      return { type: 'headers', streamId: id(0), headers: headers.read(payload.subarray(4)), fin };
    case CONTROL.rstStream:
      return { type: 'rstStream', streamId: id(0), status: payload.readUInt32BE(4) };
    case CONTROL.settings:
      return { type: 'settings', initialWindow: initialWindow(payload) };
    case CONTROL.ping:
      return { type: 'ping', id: payload.readUInt32BE(0) };
    case CONTROL.goAway:
      return { type: 'goAway', lastStreamId: id(0), status: payload.length >= 8 ? payload.readUInt32BE(4) : 0 };
    case CONTROL.windowUpdate:
      return { type: 'windowUpdate', streamId: id(0), delta: id(4) };
    default:
      return undefined;
  }
}

function initialWindow(payload: Buffer): number | undefined {
  for (let at = 4, left = payload.readUInt32BE(0); left > 0 && at + 8 <= payload.length; left--, at += 8)
    if (payload.readUIntBE(at + 1, 3) === SETTINGS_INITIAL_WINDOW_SIZE) return payload.readUInt32BE(at + 4) & 0x7fffffff;
  return undefined;
}

function control(type: number, flags: number, numbers: readonly number[], block: Buffer = Buffer.alloc(0)): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + numbers.length * 4 + block.length);
  frame.writeUInt16BE(0x8000 | VERSION, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt8(flags, 4);
  frame.writeUIntBE(frame.length - HEADER_BYTES, 5, 3);
  numbers.forEach((value, index) => frame.writeUInt32BE(value, HEADER_BYTES + index * 4));
  block.copy(frame, HEADER_BYTES + numbers.length * 4);
  return frame;
}

/** `block` comes from a HeaderWriter, and frames must be sent in the order in which their blocks were made. */
export function synStreamFrame(streamId: number, block: Buffer, fin: boolean): Buffer {
  // Two bytes of priority and slot stand between the numbers and the block.
  return control(CONTROL.synStream, fin ? FLAG_FIN : 0, [streamId, 0], Buffer.concat([Buffer.alloc(2), block]));
}
export const synReplyFrame = (streamId: number, block: Buffer): Buffer => control(CONTROL.synReply, 0, [streamId], block);
export const rstStreamFrame = (streamId: number, status: number): Buffer => control(CONTROL.rstStream, 0, [streamId, status]);
export const pingFrame = (id: number): Buffer => control(CONTROL.ping, 0, [id]);
export const goAwayFrame = (lastStreamId: number, status: number): Buffer => control(CONTROL.goAway, 0, [lastStreamId, status]);
export const windowUpdateFrame = (streamId: number, delta: number): Buffer => control(CONTROL.windowUpdate, 0, [streamId, delta]);
export const settingsFrame = (initialWindow: number): Buffer =>
  control(CONTROL.settings, 0, [1, SETTINGS_INITIAL_WINDOW_SIZE, initialWindow]);

/** `data` is at most 16 MiB - 1. */
export function dataFrame(streamId: number, data: Buffer, fin: boolean): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + data.length);
  frame.writeUInt32BE(streamId, 0);
  frame.writeUInt8(fin ? FLAG_FIN : 0, 4);
  frame.writeUIntBE(data.length, 5, 3);
  data.copy(frame, HEADER_BYTES);
  return frame;
}
