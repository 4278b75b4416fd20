import { randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';

const [BINARY, CLOSE, PING, PONG] = [2, 8, 9, 10] as const;
const FIN = 0x80;
const MASKED = 0x80;

/** A frame as clients send it (RFC 6455, section 5.2). */
function frame(opcode: number, payload: Buffer): Buffer {
  const size = payload.length;
  const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10);
  head[0] = FIN | opcode;
  head[1] = MASKED | (size < 126 ? size : size < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(size, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(size), 2);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4]!)]);
}

/** The first frame of what a server has sent; undefined while it is not whole. */
function firstFrame(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer; readonly rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const size = start === 2 ? short : start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + size) return undefined;
  return { opcode: bytes[0]! & 0x0f, payload: bytes.subarray(start, start + size), rest: bytes.subarray(start + size) };
}

/**
 * What goes through a WebSocket, as plain bytes: for `SPDY/3.1+portforward.k8s.io`, a name that client-go asks for and that no protocol may have, which is why
 * libraries do not.
 */
export function webSocketBytes(socket: Duplex): Duplex {
  let rest: Buffer = Buffer.alloc(0);
  const bytes = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => void socket.write(frame(BINARY, chunk), done),
    final: (done) => void socket.end(frame(CLOSE, Buffer.alloc(0)), done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let next = firstFrame(rest); next !== undefined; next = firstFrame(rest)) {
      rest = next.rest;
      if (next.opcode === PING) socket.write(frame(PONG, next.payload));
      else if (next.opcode < CLOSE) bytes.push(next.payload);
    }
  });
  socket.on('error', () => bytes.destroy());
  socket.on('close', () => bytes.destroy());
  return bytes;
}
