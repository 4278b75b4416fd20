import type { Field, FieldType, ScalarName, StructType } from './compiled-types.ts';
import { zeroScalar } from './scalars.ts';
import { WireWriter } from './protobuf-wire.ts';

type Fields = Record<string, unknown>;
const encoder = new TextEncoder();

/** A message from its JSON form. Go writes fields by number, zero values of non-pointers included; readers need not care. */
export function encodeMessage(type: StructType, object: Fields): Uint8Array {
  const writer = new WireWriter();
  for (const [number, field] of [...type.messageFields].sort(([a], [b]) => a - b)) {
    if ('embedded' in field) writer.bytes(number, encodeMessage(field.embedded, object));
    else encodeField(writer, field, object[field.name]);
  }
  return writer.finish();
}

function encodeField(writer: WireWriter, field: Field, value: unknown): void {
  if (value === undefined || value === null) {
    if (!field.pointer && field.type.form === 'struct') writer.bytes(field.number, encodeMessage(field.type.struct, {}));
    else if (!field.pointer && field.type.form === 'scalar' && PLAIN.has(field.type.scalar))
      encodeValue(writer, field.number, field.type, zeroScalar(field.type.scalar));
    return;
  }
  if (field.type.form === 'list' && !field.type.wrapped) {
    for (const item of value as unknown[]) encodeValue(writer, field.number, field.type.element, item);
  } else if (field.type.form === 'map') {
    for (const [key, item] of Object.entries(value as Fields).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const entry = new WireWriter();
      entry.text(1, key);
      encodeValue(entry, 2, field.type.element, item);
      writer.bytes(field.number, entry.finish());
    }
  } else encodeValue(writer, field.number, field.type, value);
}

/** Scalars that Go writes though they are zero. */
const PLAIN: ReadonlySet<ScalarName> = new Set<ScalarName>(['string', 'bool', 'int32', 'int64']);

function encodeValue(writer: WireWriter, number: number, type: FieldType, value: unknown): void {
  if (type.form === 'struct') writer.bytes(number, encodeMessage(type.struct, messageForm(type.struct, value)));
  else if (type.form === 'scalar') encodeScalar(writer, number, type.scalar, value);
  else if (type.form === 'list') {
    const items = new WireWriter();
    for (const item of value as unknown[]) encodeValue(items, 1, type.element, item);
    writer.bytes(number, items.finish());
  }
}

/** Of what JSON has one of two for, the message that has a field for each. */
function messageForm(struct: StructType, value: unknown): Fields {
  if (struct.either === undefined) return value as Fields;
  if (typeof value === 'boolean') return { allows: value };
  const list = [...struct.fields.values()].find(({ type }) => type.form === 'list');
  if (Array.isArray(value) && list !== undefined) return { [list.name]: value };
  return { schema: value, ...(struct.either.other === 'bool' ? { allows: true } : {}) };
}

function encodeScalar(writer: WireWriter, number: number, scalar: ScalarName, value: unknown): void {
  switch (scalar) {
    case 'string':
      return writer.text(number, String(value));
    case 'bool':
      return writer.varint(number, value === true ? 1n : 0n);
    case 'int32':
    case 'int64':
      return writer.varint(number, BigInt(Math.trunc(Number(value))));
    case 'float64':
      return writer.double(number, Number(value));
    case 'bytes':
      return writer.bytes(number, Buffer.from(String(value), 'base64'));
    default:
      return writer.bytes(number, specialMessage(scalar, value));
  }
}

/** Scalars of JSON that are messages of their own in protobuf. */
function specialMessage(scalar: ScalarName, value: unknown): Uint8Array {
  const message = new WireWriter();
  if (value === null) return message.finish();
  switch (scalar) {
    case 'Quantity':
      message.text(1, String(value));
      break;
    case 'IntOrString':
      message.varint(1, typeof value === 'string' ? 1n : 0n);
      message.varint(2, typeof value === 'number' ? BigInt(value) : 0n);
      message.text(3, typeof value === 'string' ? value : '');
      break;
    case 'Time':
    case 'MicroTime': {
      const text = String(value);
      message.varint(1, BigInt(Math.floor(Date.parse(text) / 1000)));
      message.varint(2, BigInt(scalar === 'Time' ? 0 : Number(/\.(\d{1,6})/.exec(text)?.[1]?.padEnd(6, '0') ?? 0) * 1000));
      break;
    }
    case 'Duration':
      message.varint(1, BigInt(Math.round(Number.parseFloat(String(value)) * 1e9)));
      break;
    default:
      message.bytes(1, encoder.encode(JSON.stringify(value)));
  }
  return message.finish();
}
