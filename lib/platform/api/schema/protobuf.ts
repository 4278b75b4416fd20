import type { KubeObject } from '../meta.ts';
import { newBadRequest } from '../status-error.ts';
import { structOfKind, structType } from './compiled-types.ts';
import { decodeMessage } from './protobuf-decode.ts';
import { encodeMessage } from './protobuf-encode.ts';
import { WireWriter } from './protobuf-wire.ts';

/** `k8s\0`. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];

/**
 * Reads a body of `application/vnd.kubernetes.protobuf`: the magic `k8s\0`, then runtime.Unknown with the object in its
 * `raw`. Gives what the JSON form would parse to. Throws a StatusError (BadRequest) for malformed bytes and unknown kinds.
 */
export function decodeProtobuf(bytes: Uint8Array): KubeObject {
  if (!MAGIC.every((byte, i) => bytes[i] === byte))
    throw newBadRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  try {
    const envelope = decodeMessage(UNKNOWN, bytes.subarray(MAGIC.length)) as { typeMeta?: TypeMeta; raw?: Uint8Array };
    const { apiVersion = '', kind = '' } = envelope.typeMeta ?? {};
    const type = structOfKind(...groupVersion(apiVersion), kind);
    if (type === undefined) throw newBadRequest(`no kind "${kind}" is registered for version "${apiVersion}"`);
    return { apiVersion, kind, ...decodeMessage(type, envelope.raw ?? new Uint8Array()) } as unknown as KubeObject;
  } catch (error) {
    throw error instanceof RangeError ? newBadRequest(`the protobuf body cannot be read: ${error.message}`) : error;
  }
}

interface TypeMeta {
  apiVersion?: string;
  kind?: string;
}

const bytesType = { form: 'scalar', scalar: 'raw', goType: '' } as const;
const stringType = { form: 'scalar', scalar: 'string', goType: 'string' } as const;
const plain = { omitEmpty: true, pointer: true, required: false };

/** runtime.Unknown, whose `raw` stays bytes. Its TypeMeta is numbered unlike meta/v1's. */
const UNKNOWN = {
  messageFields: new Map([
    [
      1,
      {
        name: 'typeMeta',
        number: 1,
        ...plain,
        type: {
          form: 'struct',
          goType: '',
          struct: {
            messageFields: new Map([
              [1, { name: 'apiVersion', number: 1, ...plain, type: stringType }],
              [2, { name: 'kind', number: 2, ...plain, type: stringType }],
            ]),
          },
        },
      },
    ],
    [2, { name: 'raw', number: 2, ...plain, type: bytesType }],
  ]),
} as never;

function groupVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/**
 * The opposite, for clients that accept only protobuf. Undefined when the tables do not have the kind. `schemaName` is
 * for objects whose table is not that of their apiVersion.
 */
export function encodeProtobuf(object: KubeObject, schemaName?: string): Uint8Array | undefined {
  const { apiVersion, kind } = object;
  const type = schemaName === undefined ? structOfKind(...groupVersion(apiVersion), kind) : structType(schemaName);
  return type && Buffer.concat(enveloped(object, [encodeMessage(type, object)]));
}

/** A list in pieces. `head` is all of it but its items, which `item` makes into messages. Undefined when the tables do not have it. */
export function protobufList(
  head: TypeMeta & Record<string, unknown>,
): { item(object: object): Uint8Array; whole(items: readonly Uint8Array[]): readonly Uint8Array[] } | undefined {
  const type = structOfKind(...groupVersion(head.apiVersion ?? ''), head.kind ?? '');
  const items = type?.fields.get('items');
  if (type === undefined || items?.type.form !== 'list' || items.type.element.form !== 'struct') return undefined;
  const { struct } = items.type.element;
  return {
    item(object) {
      const writer = new WireWriter();
      writer.bytes(items.number, encodeMessage(struct, object as Record<string, unknown>));
      return writer.finish();
    },
    whole: (all) => enveloped(head, [encodeMessage(type, head), ...all]),
  };
}

/** The magic and runtime.Unknown around the pieces of a message. */
function enveloped({ apiVersion = '', kind = '' }: TypeMeta, raw: readonly Uint8Array[]): Uint8Array[] {
  const typeMeta = new WireWriter();
  typeMeta.text(1, apiVersion);
  typeMeta.text(2, kind);
  const head = new WireWriter();
  head.bytes(1, typeMeta.finish());
  head.length(
    2,
    raw.reduce((sum, { length }) => sum + length, 0),
  );
  const tail = new WireWriter();
  tail.text(3, '');
  tail.text(4, '');
  return [Uint8Array.from(MAGIC), head.finish(), ...raw, tail.finish()];
}
