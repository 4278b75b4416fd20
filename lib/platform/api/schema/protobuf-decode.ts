import type { Field, FieldType, ScalarName, StructType } from './compiled-types.ts';
import { zeroScalar } from './scalars.ts';
import { WireReader } from './protobuf-wire.ts';

type Fields = Record<string, unknown>;
type Scalar = ScalarName | 'raw';

const decoder = new TextDecoder('utf-8', { fatal: false });
/** Deeper than any kind goes; a hostile body may not exhaust the stack. */
const MAX_DEPTH = 100;

/** The JSON form of a message. Fields that no table has are passed over. Throws a RangeError for malformed bytes. */
export function decodeMessage(type: Pick<StructType, 'messageFields'>, bytes: Uint8Array, depth = 0): Fields {
  const object: Fields = {};
  decodeInto(type, bytes, object, depth);
  return object;
}

function decodeInto(type: Pick<StructType, 'messageFields'>, bytes: Uint8Array, object: Fields, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError(`messages are nested deeper than ${MAX_DEPTH}`);
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { number, wire } = reader.tag();
    const field = type.messageFields.get(number);
    if (field === undefined) reader.skip(wire);
    else if ('embedded' in field) decodeInto(field.embedded, expectBytes(reader, wire), object, depth + 1);
    else decodeField(field, reader, wire, object, depth + 1);
  }
}

function decodeField(field: Field, reader: WireReader, wire: number, object: Fields, depth: number): void {
  const { type } = field;
  if (type.form === 'map')
    return decodeEntry(type.element, expectBytes(reader, wire), (object[field.name] ??= {}) as Fields, depth);
  if (type.form !== 'list' || type.wrapped) {
    const value = decodeValue(type, reader, wire, depth);
    // The zero value of an omitempty field is not in the JSON form.
    if (field.pointer || !field.omitEmpty || !isZero(type, value)) object[field.name] = value;
    return;
  }
  const list = (object[field.name] ??= []) as unknown[];
  const packed = wire === 2 && type.element.form === 'scalar' && VARINTS.has(type.element.scalar);
  if (!packed) return void list.push(decodeValue(type.element, reader, wire, depth));
  const numbers = new WireReader(reader.bytes());
  while (!numbers.done) list.push(decodeValue(type.element, numbers, 0, depth));
}

const VARINTS: ReadonlySet<Scalar> = new Set<Scalar>(['int32', 'int64', 'bool']);

const isZero = (type: FieldType, value: unknown): boolean =>
  type.form === 'scalar' &&
  !['Quantity', 'IntOrString', 'Time', 'MicroTime'].includes(type.scalar) &&
  value === zeroScalar(type.scalar);

/** A map entry is a message: 1 is the key, 2 the value. */
function decodeEntry(element: FieldType, bytes: Uint8Array, map: Fields, depth: number): void {
  const reader = new WireReader(bytes);
  let key = '';
  let value: unknown;
  while (!reader.done) {
    const { number, wire } = reader.tag();
    if (number === 1) key = decoder.decode(expectBytes(reader, wire));
    else if (number === 2) value = decodeValue(element, reader, wire, depth);
    else reader.skip(wire);
  }
  if (value === undefined)
    value = element.form === 'scalar' ? (zeroScalar(element.scalar) ?? '') : element.form === 'list' ? [] : {};
  // The key is the client's: it must become a property whatever it is.
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

function decodeValue(type: FieldType, reader: WireReader, wire: number, depth: number): unknown {
  if (type.form === 'struct') {
    const fields = decodeMessage(type.struct, expectBytes(reader, wire), depth);
    return 'either' in type.struct && type.struct.either !== undefined ? eitherForm(fields) : fields;
  }
  if (type.form === 'list') return decodeItems(type.element, expectBytes(reader, wire), depth);
  if (type.form === 'map') throw new RangeError('a map stands where none can be');
  return decodeScalar(type.scalar, reader, wire);
}

/** What JSON has for a message that holds one of two: the schema where there is one. */
const eitherForm = ({ schema, ...other }: Fields): unknown => schema ?? Object.values(other)[0] ?? false;

function decodeItems(element: FieldType, bytes: Uint8Array, depth: number): unknown[] {
  const reader = new WireReader(bytes);
  const items: unknown[] = [];
  while (!reader.done) {
    const { number, wire } = reader.tag();
    if (number === 1) items.push(decodeValue(element, reader, wire, depth));
    else reader.skip(wire);
  }
  return items;
}

function decodeScalar(scalar: Scalar, reader: WireReader, wire: number): unknown {
  if (scalar === 'float64') {
    if (wire !== 1) throw new RangeError(`wire type ${wire} where a double is expected`);
    return reader.double();
  }
  if (VARINTS.has(scalar)) {
    if (wire !== 0) throw new RangeError(`wire type ${wire} where a number is expected`);
    const value = BigInt.asIntN(64, reader.varint());
    return scalar === 'bool' ? value !== 0n : Number(scalar === 'int32' ? BigInt.asIntN(32, value) : value);
  }
  const bytes = expectBytes(reader, wire);
  switch (scalar) {
    case 'raw':
      return bytes;
    case 'string':
      return decoder.decode(bytes);
    case 'bytes':
      return Buffer.from(bytes).toString('base64');
    case 'Quantity':
      return decoder.decode(numbered(bytes).bytes.get(1) ?? new Uint8Array()) || '0';
    case 'IntOrString': {
      const { numbers, bytes: texts } = numbered(bytes);
      if ((numbers.get(1) ?? 0n) === 1n) return decoder.decode(texts.get(3) ?? new Uint8Array());
      return Number(BigInt.asIntN(32, numbers.get(2) ?? 0n));
    }
    case 'Time':
    case 'MicroTime':
      return decodeTime(scalar, bytes);
    case 'Duration':
      return `${Number(BigInt.asIntN(64, numbered(bytes).numbers.get(1) ?? 0n)) / 1e9}s`;
    default: {
      // FieldsV1, RawExtension, JSON: JSON text in a message.
      const text = decoder.decode(numbered(bytes).bytes.get(1) ?? new Uint8Array());
      return text === '' ? null : parseEmbedded(text);
    }
  }
}

function parseEmbedded(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RangeError('an embedded object is not JSON');
  }
}

function decodeTime(scalar: 'Time' | 'MicroTime', bytes: Uint8Array): string | null {
  const { numbers } = numbered(bytes);
  // An empty message is Go's zero time.
  if (numbers.size === 0) return null;
  const seconds = Number(BigInt.asIntN(64, numbers.get(1) ?? 0n));
  if (Math.abs(seconds) > 8e12) throw new RangeError(`time ${seconds} is out of range`);
  // Go's zero time, year 1.
  if (seconds === -62135596800) return null;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (scalar === 'Time') return `${text}Z`;
  const micros = Math.floor(Number(BigInt.asIntN(32, numbers.get(2) ?? 0n)) / 1000);
  return `${text}.${String(micros).padStart(6, '0')}Z`;
}

/** The scalars of a small message by number. */
function numbered(bytes: Uint8Array): { numbers: Map<number, bigint>; bytes: Map<number, Uint8Array> } {
  const reader = new WireReader(bytes);
  const found = { numbers: new Map<number, bigint>(), bytes: new Map<number, Uint8Array>() };
  while (!reader.done) {
    const { number, wire } = reader.tag();
    if (wire === 0) found.numbers.set(number, reader.varint());
    else if (wire === 2) found.bytes.set(number, reader.bytes());
    else reader.skip(wire);
  }
  return found;
}

function expectBytes(reader: WireReader, wire: number): Uint8Array {
  if (wire !== 2) throw new RangeError(`wire type ${wire} where a message is expected`);
  return reader.bytes();
}
