import type { KubeObject } from '../../api/meta.ts';
import { freezeJson, parseFrozen } from './json-value.ts';
import type { KeptForms } from './kept-forms.ts';

const METADATA = Buffer.from('"metadata":{');

/**
 * An object as the store has it: its wire bytes (JSON with the resourceVersion in it) and, parsed when first asked for, the
 * frozen object. The bytes are what every reader and watcher is sent, so nothing is serialised again.
 */
export class StoredObject {
  readonly key: string;
  readonly revision: number;
  readonly createRevision: number;
  readonly wire: Buffer;
  /** What was made of it for versions of its kind. */
  forms: KeptForms<StoredObject> | undefined;
  #object: KubeObject | undefined;

  /** `object`: what the bytes parse to, where it is known. */
  constructor(key: string, revision: number, createRevision: number, wire: Buffer, object?: KubeObject) {
    this.key = key;
    this.revision = revision;
    this.createRevision = createRevision;
    this.wire = wire;
    this.#object = object && freezeJson(object);
  }

  get object(): KubeObject {
    this.#object ??= parseFrozen(this.wire.toString('utf8')) as KubeObject;
    return this.#object;
  }
}

/** From the store's bytes and the revision of the write that made them. */
export function fromStore(key: string, value: Uint8Array, revision: number, createRevision: number): StoredObject {
  return new StoredObject(key, revision, createRevision, withRevision(value, revision));
}

/**
 * The bytes that are stored: apiVersion, kind, then metadata without resourceVersion (the store's revision is it), so that
 * the first `"metadata":{` in them is the object's own.
 */
export function encodeForStore(object: KubeObject): Buffer {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _revision, ...meta } = metadata;
  return Buffer.from(JSON.stringify({ apiVersion, kind, metadata: meta, ...rest }));
}

/** Puts `"resourceVersion":"N",` at the start of the metadata. Stored metadata always has a name, so a comma is right. */
function withRevision(value: Uint8Array, revision: number): Buffer {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const at = bytes.indexOf(METADATA) + METADATA.length;
  if (at < METADATA.length) throw new Error('stored value has no metadata');
  const insert = `"resourceVersion":"${revision}",`;
  const out = Buffer.allocUnsafe(bytes.length + insert.length);
  bytes.copy(out, 0, 0, at);
  out.write(insert, at, 'latin1');
  bytes.copy(out, at + insert.length, at);
  return out;
}

/** An object that is not in the store (a dry run's result). */
export function unstored(key: string, object: KubeObject, revision = 0): StoredObject {
  const stored = revision === 0 ? Buffer.from(JSON.stringify(object)) : withRevision(encodeForStore(object), revision);
  return new StoredObject(key, revision, revision, stored);
}
