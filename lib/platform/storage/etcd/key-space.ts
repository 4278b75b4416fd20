import { prefixEnd } from '../keys.ts';
import { integer, type StoredPair } from './messages.ts';
import type { KeyValue } from '../backend.ts';

/**
 * Where a store's keys and revisions lie in an etcd: keys below a root of the store's own, revisions above a base that a restore
 * sets, so that they go on behind all that clients have ever seen (docs/adr/0012).
 */
export class KeySpace {
  readonly root: string;
  readonly base: number;

  /** `root` begins with a slash and does not end with one. */
  constructor(root: string, base: number) {
    this.root = root;
    this.base = base;
  }

  key(key: string): Buffer {
    return Buffer.from(this.root + key);
  }

  /** The range of keys that start with `prefix`, behind `after`. Undefined: there can be none. */
  range(prefix: string, after?: string): { readonly key: Buffer; readonly rangeEnd: Buffer } | undefined {
    // Whose root begins with ours is somebody else.
    if (prefix !== '' && !prefix.startsWith('/')) return undefined;
    const whole = prefix === '' ? '/' : prefix;
    const first = this.key(whole);
    // A key's next neighbour is the key with a NUL behind it.
    const next = after === undefined ? first : this.key(`${after}\0`);
    const rangeEnd = Buffer.from(prefixEnd(this.root + whole)!);
    const key = Buffer.compare(next, first) > 0 ? next : first;
    return Buffer.compare(key, rangeEnd) < 0 ? { key, rangeEnd } : undefined;
  }

  keyOf(pair: StoredPair): string {
    return pair.key.toString('utf8').slice(this.root.length);
  }

  item(pair: StoredPair): KeyValue {
    return {
      key: this.keyOf(pair),
      value: pair.value,
      revision: this.revision(integer(pair.modRevision)),
      createRevision: this.revision(integer(pair.createRevision)),
    };
  }

  /** The store's revision for etcd's. */
  revision(ofEtcd: number): number {
    return ofEtcd + this.base;
  }

  /** etcd's revision for the store's. */
  ofEtcd(revision: number): number {
    return revision - this.base;
  }
}
