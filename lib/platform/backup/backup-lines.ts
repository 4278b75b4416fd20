import { createHash, type Hash } from 'node:crypto';
import type { Backend } from '../storage/backend.ts';
import { encryptionKeyOf } from '../storage/encryption/value-cipher.ts';

/** Bump when an older version could not restore what is written. */
export const backupVersion = 1;

/**
 * A backup: lines of JSON, first `Head`, last `End`, compressed with zstd where it is a file (docs/backup.md). Values are as the store has
 * them: what is encrypted stays so.
 */
export interface Head {
  readonly format: 'openshift-backup';
  readonly version: number;
  /** Version of the platform that took it. */
  readonly platform: string;
  /** RFC 3339. */
  readonly taken: string;
  /** Of the store, at which every key was read. */
  readonly revision: number;
}

/** A key of the store; a value that is no UTF-8 text is in base64. */
export type KeyLine = { readonly key: string } & ({ readonly text: string } | { readonly base64: string });

/** A file beside the store: below the data folder, or the file of secrets' keys. */
export interface FileLine {
  /** `pki/ca.key`, or `secretsKeyFile`. */
  readonly file: string;
  readonly base64: string;
}

export interface End {
  readonly end: {
    readonly keys: number;
    readonly files: number;
    /** Names of the keys that values are encrypted under. */
    readonly secretsKeys: readonly string[];
    /** Of every byte before this line, in hex. */
    readonly sha256: string;
  };
}

/** Writes lines and remembers what the last one must say. */
export class LineWriter {
  readonly #hash: Hash = createHash('sha256');
  readonly #secretsKeys = new Set<string>();
  #keys = 0;
  #files = 0;

  head(head: Head): Buffer {
    return this.#line(head);
  }

  key(key: string, value: Uint8Array): Buffer {
    this.#keys++;
    const secretsKey = encryptionKeyOf(value);
    if (secretsKey !== undefined) this.#secretsKeys.add(secretsKey);
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const text = bytes.toString('utf8');
    const isText = secretsKey === undefined && Buffer.from(text).equals(bytes);
    return this.#line({ key, ...(isText ? { text } : { base64: bytes.toString('base64') }) } satisfies KeyLine);
  }

  file(file: string, content: Buffer): Buffer {
    this.#files++;
    return this.#line({ file, base64: content.toString('base64') } satisfies FileLine);
  }

  end(): Buffer {
    const sha256 = this.#hash.digest('hex');
    const end: End = { end: { keys: this.#keys, files: this.#files, secretsKeys: [...this.#secretsKeys].sort(), sha256 } };
    return Buffer.from(`${JSON.stringify(end)}\n`);
  }

  #line(line: object): Buffer {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    this.#hash.update(bytes);
    return bytes;
  }
}

const page = 500;

/**
 * Every key of the store at one revision, as lines. The store goes on meanwhile: each page is one short read. Rejects with
 * CompactedError when the past of that revision goes before it has been read.
 */
export async function* backupLines(
  backend: Backend,
  { platform, taken }: Pick<Head, 'platform' | 'taken'>,
): AsyncGenerator<Buffer> {
  const lines = new LineWriter();
  let { items, revision, remaining } = await backend.list('', { limit: page });
  yield lines.head({ format: 'openshift-backup', version: backupVersion, platform, taken, revision });
  for (;;) {
    if (items.length > 0) yield Buffer.concat(items.map(({ key, value }) => lines.key(key, value)));
    if (remaining === 0 || items.length === 0) break;
    ({ items, remaining } = await backend.list('', { limit: page, revision, after: items.at(-1)!.key }));
  }
  yield lines.end();
}
