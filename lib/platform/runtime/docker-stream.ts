import { PassThrough, Transform, type Readable, type TransformCallback } from 'node:stream';

/** Docker's stream of frames: one byte for the stream, three of nothing, four of length (big endian), the bytes. */
const HEADER = 8;
const STDERR = 2;

/** Cuts chunks, as they come, into frames. A frame's bytes are passed on as they arrive, however large it is. */
class FrameParser {
  #header = Buffer.alloc(HEADER);
  #have = 0;
  #left = 0;
  #stream = 0;

  /** Calls `part` with the pieces of each frame in order. Bytes are views of the chunk. */
  push(chunk: Buffer, part: (stream: number, bytes: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const take = Math.min(HEADER - this.#have, chunk.length - at);
        chunk.copy(this.#header, this.#have, at, at + take);
        this.#have += take;
        at += take;
        if (this.#have < HEADER) return;
        this.#have = 0;
        this.#stream = this.#header[0]!;
        this.#left = this.#header.readUInt32BE(4);
      } else {
        const take = Math.min(this.#left, chunk.length - at);
        part(this.#stream, chunk.subarray(at, at + take));
        this.#left -= take;
        at += take;
      }
    }
  }
}

/** Both outputs as one, in the order in which they were written: what `kubectl logs` shows. */
export function mergeFrames(): Transform {
  const parser = new FrameParser();
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      parser.push(chunk, (_stream, bytes) => this.push(bytes));
      done();
    },
  });
}

/** Splits the frames of `source`. It is paused while a reader of either side does not keep up; both end with it. */
export function splitFrames(source: Readable): { stdout: Readable; stderr: Readable } {
  const parser = new FrameParser();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const full = new Set<PassThrough>();
  const write = (to: PassThrough, bytes: Buffer): void => {
    // One chunk may hold many frames: a side that is full already waits once.
    if (to.write(bytes) || to.destroyed || full.has(to)) return;
    full.add(to);
    source.pause();
    const release = (): void => {
      to.off('drain', release);
      to.off('close', release);
      full.delete(to);
      if (full.size === 0) source.resume();
    };
    to.on('drain', release);
    to.on('close', release);
  };
  source.on('data', (chunk: Buffer) => {
    parser.push(chunk, (stream, bytes) => write(stream === STDERR ? stderr : stdout, bytes));
  });
  const end = (): void => {
    stdout.end();
    stderr.end();
  };
  source.once('end', end);
  source.once('close', end);
  source.once('error', end);
  return { stdout, stderr };
}
