import type { StoredObject } from './stored-object.ts';

/** What is in a namespace. */
export interface NamespaceSize {
  readonly objects: number;
  /** As they are stored. */
  readonly bytes: number;
}

const NOTHING: NamespaceSize = { objects: 0, bytes: 0 };

/** How many objects of all kinds each namespace has, and how large they are together, counted with every change. */
export class NamespaceSizes {
  #sizes = new Map<string, { objects: number; bytes: number }>();

  of(namespace: string): NamespaceSize {
    return this.#sizes.get(namespace) ?? NOTHING;
  }

  clear(): void {
    this.#sizes = new Map();
  }

  /** `prefix` is that of the kind, below which objects of namespaces have the namespace as a folder. */
  change(prefix: string, before: StoredObject | undefined, after: StoredObject | undefined): void {
    const { key } = (after ?? before)!;
    const slash = key.indexOf('/', prefix.length);
    if (slash === -1) return;
    const namespace = key.slice(prefix.length, slash);
    let size = this.#sizes.get(namespace);
    if (size === undefined) this.#sizes.set(namespace, (size = { objects: 0, bytes: 0 }));
    size.objects += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    size.bytes += (after?.wire.length ?? 0) - (before?.wire.length ?? 0);
    if (size.objects === 0) this.#sizes.delete(namespace);
  }
}
