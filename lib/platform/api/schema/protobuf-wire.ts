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
    const view = new DataView(this.#take(8).slice().buffer);
    return view.getFloat64(0, true);
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

const encoder = new TextEncoder();

export class WireWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  varint(number: number, value: bigint): void {
    this.#varint(BigInt(number << 3));
    this.#varint(BigInt.asUintN(64, value));
  }

  double(number: number, value: number): void {
    this.#varint(BigInt((number << 3) | 1));
    const part = new Uint8Array(8);
    new DataView(part.buffer).setFloat64(0, value, true);
    this.#append(part);
  }

  bytes(number: number, value: Uint8Array): void {
    this.#varint(BigInt((number << 3) | 2));
    this.#varint(BigInt(value.length));
    this.#append(value);
  }

  text(number: number, value: string): void {
    this.bytes(number, encoder.encode(value));
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #varint(value: bigint): void {
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) this.#append(Uint8Array.of(Number(rest & 0x7fn) | 0x80));
    this.#append(Uint8Array.of(Number(rest)));
  }

  #append(part: Uint8Array): void {
    if (this.#length + part.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + part.length));
      larger.set(this.finish());
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }
}
