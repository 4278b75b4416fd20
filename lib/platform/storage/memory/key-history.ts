import { compareKeys } from '../keys.ts';

/** One write of a key. */
export interface Version {
  readonly key: string;
  /** Undefined: the key was deleted. */
  readonly value: Uint8Array | undefined;
  readonly revision: number;
  readonly createRevision: number;
  /** The write before; cut off once it is compacted, lest every version ever made stays reachable. */
  previous: Version | undefined;
}

/** Every version of every key, keys in byte order. */
export class KeyHistory {
  readonly #versions = new Map<string, Version[]>();
  #keys: string[] = [];

  newest(key: string): Version | undefined {
    return this.#versions.get(key)?.at(-1);
  }

  add(version: Version): void {
    const versions = this.#versions.get(version.key);
    if (versions !== undefined) {
      versions.push(version);
      return;
    }
    this.#versions.set(version.key, [version]);
    this.#keys.splice(this.#position(version.key), 0, version.key);
  }

  /** The values that keys under `prefix`, behind `after`, had at `revision`. */
  range(prefix: string, after: string | undefined, revision: number): Version[] {
    const found: Version[] = [];
    const start = after !== undefined && compareKeys(after, prefix) >= 0 ? this.#position(`${after}\0`) : this.#position(prefix);
    for (let i = start; i < this.#keys.length; i++) {
      const key = this.#keys[i]!;
      if (!key.startsWith(prefix)) break;
      const version = this.#versions.get(key)!.findLast((one) => one.revision <= revision);
      if (version?.value !== undefined) found.push(version);
    }
    return found;
  }

  /** `version` lies before a compaction: forgets what it superseded and, when it is a delete, itself. */
  forget(version: Version): void {
    const versions = this.#versions.get(version.key)!;
    const kept = versions.filter((one) => one.revision > version.revision || (one === version && one.value !== undefined));
    if (kept[0] !== undefined) {
      kept[0].previous = undefined;
      this.#versions.set(version.key, kept);
    } else {
      this.#versions.delete(version.key);
      this.#keys.splice(this.#position(version.key), 1);
    }
  }

  /** Index of the first key that is not before `key`. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keys[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
