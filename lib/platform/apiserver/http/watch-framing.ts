import type { KubeObject } from '../../api/meta.ts';
import { encodeProtobuf } from '../../api/schema/protobuf.ts';
import { WireWriter } from '../../api/schema/protobuf-wire.ts';
import type { Format } from './negotiation.ts';

/** How the events of a watch follow each other in its body (apiserver serializer framing). */
export interface Framing {
  readonly format: Exclude<Format, 'yaml'>;
  readonly contentType: string;
  /** An object of the API as bytes. Throws for a kind that the format does not have. */
  encode(value: object): Buffer;
  /** A frame in pieces, without a copy of the object's bytes. */
  parts(type: string, object: Buffer): readonly Buffer[];
}

const FRAME_END = Buffer.from('}\n');

/** Newline-delimited JSON. */
export const jsonFraming: Framing = {
  format: 'json',
  contentType: 'application/json',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  parts: (type, object) => [Buffer.from(`{"type":"${type}","object":`), object, FRAME_END],
};

/** Each meta/v1 WatchEvent, whose object is a message with its envelope, behind its length in four bytes. */
export const protobufFraming: Framing = {
  format: 'protobuf',
  contentType: 'application/vnd.kubernetes.protobuf;stream=watch',
  encode(value) {
    const bytes = encodeProtobuf(value as KubeObject);
    if (bytes === undefined) throw new TypeError(`${(value as KubeObject).kind} has no form in protobuf`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  },
  parts(type, object) {
    const raw = new WireWriter();
    raw.length(1, object.length);
    const event = new WireWriter();
    event.text(1, type);
    event.length(2, raw.finish().length + object.length);
    const head = Buffer.concat([event.finish(), raw.finish()]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.length + object.length);
    return [length, head, object];
  },
};
