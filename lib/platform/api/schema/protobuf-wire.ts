/** The protobuf wire format, as far as Kubernetes uses it. Readers throw a RangeError for bytes that are none. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next field's number and wire type. */
  tag(): { number: number; wire: number } {
    const tag = Number(this.varint());
    return { number: tag >>> 3, wire: tag & 7 };
  }

  varint(): bigint {
    // Most are one byte: lengths, tags, small numbers.
    const first = this.#next();
    if (first < 0x80) return BigInt(first);
    let value = BigInt(first & 0x7f);
    for (let shift = 7n; shift < 70n; shift += 7n) {
      const byte = this.#next();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a number has more than 64 bits');
  }

  bytes(): Uint8Array {
    const length = Number(this.varint());
    if (length > this.#bytes.length - this.#at)
      throw new RangeError(`${length} bytes expected at ${this.#at}, the message is shorter`);
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  double(): number {
    // A Buffer may be part of a larger one that others have a part of, too.
    const { buffer, byteOffset, byteLength } = this.#take(8);
    return new DataView(buffer, byteOffset, byteLength).getFloat64(0, true);
  }

  /** Passes over a field that no table knows. */
  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.#take(8);
    else if (wire === 2) this.bytes();
    else if (wire === 5) this.#take(4);
    else throw new RangeError(`wire type ${wire} is not known`);
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new RangeError('unexpected end of the message');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('unexpected end of the message');
    return byte;
  }
}

const FIRST_SIZE = 64;

/** Writes protobuf's fields one after the other into memory that grows. */
export class WireWriter {
  #bytes = new Uint8Array(FIRST_SIZE);
  /** The same memory, for texts. */
  #text = Buffer.from(this.#bytes.buffer);
  #length = 0;

  varint(number: number, value: bigint): void {
    this.#number(number << 3);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  double(number: number, value: number): void {
    this.#number((number << 3) | 1);
    const part = new Uint8Array(8);
    new DataView(part.buffer).setFloat64(0, value, true);
    this.#append(part);
  }

  bytes(number: number, value: Uint8Array): void {
    this.#number((number << 3) | 2);
    this.#number(value.length);
    this.#append(value);
  }

  /** The beginning of bytes that others write. */
  length(number: number, length: number): void {
    this.#number((number << 3) | 2);
    this.#number(length);
  }

  text(number: number, value: string): void {
    this.#number((number << 3) | 2);
    const length = Buffer.byteLength(value);
    this.#number(length);
    this.#reserve(length);
    this.#text.write(value, this.#length, 'utf8');
    this.#length += length;
  }

  /** A message within this one: what `fill` writes. */
  message(number: number, fill: () => void): void {
    this.#number((number << 3) | 2);
    const start = this.#length;
    fill();
    const length = this.#length - start;
    // Its length stands before it, and is known only now.
    let room = 1;
    while (length >= 2 ** (7 * room)) room++;
    this.#reserve(room);
    this.#bytes.copyWithin(start + room, start, this.#length);
    this.#length = start;
    this.#number(length);
    this.#length += length;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Tags and lengths: below 2^32, and mostly one byte. */
  #number(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  #append(part: Uint8Array): void {
    this.#reserve(part.length);
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + length));
    larger.set(this.finish());
    this.#bytes = larger;
    this.#text = Buffer.from(larger.buffer);
  }
}
