import { INDEX_TYPES } from '../api/image/image-metadata.ts';
import { DIGEST } from '../api/image/pull-spec.ts';
import type { Index } from './take-in.ts';
import { RegistryAnswer, type RegistryConnection } from './registry-connection.ts';

/** Indexes that are remembered: what one names never changes. */
const MOST = 1024;

export const isIndex = (mediaType: unknown): boolean => (INDEX_TYPES as readonly unknown[]).includes(mediaType);

/** What indexes name (an image for several machines, OCI image-spec, image-index.md), as the registry has them. */
export class IndexParts {
  readonly #connection: RegistryConnection;
  readonly #known = new Map<string, readonly string[]>();

  constructor(connection: RegistryConnection) {
    this.#connection = connection;
  }

  /** Digests of the manifests that it names; none of what is no index, or is not there. */
  async of(repository: string, digest: string): Promise<readonly string[]> {
    const parts = this.#known.get(digest) ?? (await this.#read(repository, digest));
    if (parts === undefined) return [];
    this.#known.delete(digest);
    this.#known.set(digest, parts);
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
    return parts;
  }

  async #read(repository: string, digest: string): Promise<readonly string[] | undefined> {
    try {
      const { mediaType, text } = await this.#connection.manifest(repository, digest);
      if (!isIndex(mediaType)) return [];
      const { manifests = [] } = JSON.parse(text) as Index;
      return [...new Set(manifests.map((part) => part.digest ?? '').filter((part) => DIGEST.test(part)))];
    } catch (error) {
      if (error instanceof RegistryAnswer && error.code === 404) return undefined;
      throw error;
    }
  }
}
