/** Entries kept. A node that has forgotten one sends that layer once more. */
const MOST = 4096;

/**
 * In which repositories of a registry a project's layers have been seen, so that a push into another of its repositories need not send them again. It
 * is no right to have them: the registry asks whoever pushes for the right to pull from there.
 */
export class BlobPlaces {
  readonly #places = new Map<string, Set<string>>();

  seen(owner: BlobOwner, digest: string, repository: string): void {
    const key = keyOf(owner, digest);
    const places = this.#places.get(key) ?? new Set();
    // The latest is kept longest, and tried first.
    this.#places.delete(key);
    places.delete(repository);
    this.#places.set(key, places.add(repository));
    if (this.#places.size > MOST) this.#places.delete(this.#places.keys().next().value!);
  }

  /** Where else it may be, the latest first; a few. */
  of(owner: BlobOwner, digest: string, repository: string): string[] {
    const places = [...(this.#places.get(keyOf(owner, digest)) ?? [])].reverse();
    return places.filter((place) => place !== repository).slice(0, 3);
  }
}

export interface BlobOwner {
  /** Whose builds have seen it. */
  readonly namespace: string;
  /** `HOST[:PORT]` of the registry. */
  readonly host: string;
}

const keyOf = ({ namespace, host }: BlobOwner, digest: string): string => `${namespace} ${host} ${digest}`;
