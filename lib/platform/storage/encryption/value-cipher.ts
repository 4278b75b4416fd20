import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { encryptionErrors } from './encryption-errors.ts';

/** A key of 32 bytes by its name, which values that are encrypted under it carry. */
export interface EncryptionKey {
  readonly name: string;
  readonly key: Buffer;
}

/** The first encrypts; all decrypt. */
export type EncryptionKeys = readonly [EncryptionKey, ...EncryptionKey[]];

/** Stored JSON begins with a brace, so this is never the beginning of a plain value. */
const MARK = Buffer.from('oo:enc:aesgcm:v1:');
const COLON = 0x3a;
const NONCE = 12;
const TAG = 16;

/**
 * AES-256-GCM of values: mark, name of the key, colon, nonce, ciphertext, tag. The storage key is authenticated with it, so
 * that a value cannot be passed off as another object's.
 */
export class ValueCipher {
  readonly #first: EncryptionKey;
  readonly #byName: ReadonlyMap<string, Buffer>;

  constructor(keys: EncryptionKeys) {
    this.#first = keys[0];
    this.#byName = new Map(keys.map(({ name, key }) => [name, key]));
  }

  encrypt(key: string, value: Uint8Array): Buffer {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.#first.key, nonce);
    cipher.setAAD(Buffer.from(key));
    const head = Buffer.concat([MARK, Buffer.from(`${this.#first.name}:`), nonce]);
    return Buffer.concat([head, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
  }

  /** What was encrypted; a plain value as it is. Throws an OoError that names the storage key and the name of the key. */
  decrypt(key: string, value: Uint8Array): Uint8Array {
    const name = encryptionKeyOf(value);
    if (name === undefined) return value;
    const secret = this.#byName.get(name);
    if (secret === undefined) throw encryptionErrors.ENCRYPTION_KEY_MISSING(key, name);
    const body = value.subarray(MARK.length + name.length + 1);
    try {
      const decipher = createDecipheriv('aes-256-gcm', secret, body.subarray(0, NONCE));
      decipher.setAAD(Buffer.from(key));
      decipher.setAuthTag(body.subarray(body.length - TAG));
      return Buffer.concat([decipher.update(body.subarray(NONCE, body.length - TAG)), decipher.final()]);
    } catch (cause) {
      throw encryptionErrors.ENCRYPTED_VALUE_DAMAGED(key, name, { cause });
    }
  }

  /** Whether it is under the key that encrypts now. */
  isCurrent(value: Uint8Array): boolean {
    return encryptionKeyOf(value) === this.#first.name;
  }
}

/** The name of the key that a value is encrypted under; undefined for a plain one. */
export function encryptionKeyOf(value: Uint8Array): string | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (!bytes.subarray(0, MARK.length).equals(MARK)) return undefined;
  return bytes.subarray(MARK.length, bytes.indexOf(COLON, MARK.length)).toString('latin1');
}
