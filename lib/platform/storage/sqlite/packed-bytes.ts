/** Collects byte strings that go to another thread, end to end in one buffer. */
export class BytePacker {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** How many bytes were added. */
  get length(): number {
    return this.#length;
  }

  /** Adds a part, read when `finish` copies it, and returns its length. */
  add(part: Uint8Array): number {
    this.#parts.push(part);
    this.#length += part.byteLength;
    return part.byteLength;
  }

  /** Everything added, in a buffer of its own that may be transferred. */
  finish(): Uint8Array<ArrayBuffer> {
    const packed = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      packed.set(part, offset);
      offset += part.byteLength;
    }
    return packed;
  }
}

/** Reads packed bytes back, part by part, as views on the buffer. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(length: number): Uint8Array {
    const part = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return part;
  }
}
