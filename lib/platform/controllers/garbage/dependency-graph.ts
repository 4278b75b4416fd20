import type { KubeObject } from '../../api/meta.ts';
import { type KindInfo, qualifiedResource } from '../kind-info.ts';

/** Names an object among all kinds: `pods|default/web`. */
export const itemKey = (kind: KindInfo, key: string): string => `${qualifiedResource(kind)}|${key}`;

/** Who names whom as an owner, over all kinds, kept in step with the caches. */
export class DependencyGraph {
  readonly #dependents = new Map<string, Set<string>>();
  readonly #owners = new Map<string, readonly string[]>();

  /** The item as the cache has it now; undefined when it is gone. */
  refresh(item: string, object: KubeObject | undefined): void {
    for (const uid of this.#owners.get(item) ?? []) {
      const items = this.#dependents.get(uid);
      items?.delete(item);
      if (items?.size === 0) this.#dependents.delete(uid);
    }
    const owners = (object?.metadata.ownerReferences ?? []).map(({ uid }) => uid);
    if (owners.length === 0) {
      this.#owners.delete(item);
      return;
    }
    this.#owners.set(item, owners);
    for (const uid of owners) {
      const items = this.#dependents.get(uid);
      if (items === undefined) this.#dependents.set(uid, new Set([item]));
      else items.add(item);
    }
  }

  dependentsOf(uid: string): readonly string[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }
}
