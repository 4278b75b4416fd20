import type { ServerContext } from '../../server-context.ts';
import { resourcePrefix } from '../../store/storage-key.ts';
import type { StoredObject } from '../../store/stored-object.ts';
import type { Operation } from '../operation.ts';

/** Gathers changes of rights, and tells of the objects that they may have made visible or not, once what came with them has been passed on. */
export class RightsReview {
  readonly #server: ServerContext;
  readonly #operation: Operation;
  readonly #prefix: string;
  readonly #within: string;
  readonly #concerned: (objects: readonly StoredObject[]) => void;
  /** Namespaces in which rights have changed since they were looked at; '' stands for all. */
  readonly #changed = new Set<string>();

  /** `within`: the beginning of the keys of all objects that are watched. */
  constructor(
    server: ServerContext,
    operation: Operation,
    within: string,
    concerned: (objects: readonly StoredObject[]) => void,
  ) {
    this.#server = server;
    this.#operation = operation;
    this.#prefix = resourcePrefix(operation.definition);
    this.#within = within;
    this.#concerned = concerned;
  }

  /** Listens; the returned function ends that. */
  start(): () => void {
    return this.#server.policy.onChange((namespaces) => {
      if (this.#changed.size === 0) queueMicrotask(() => this.#review());
      for (const namespace of namespaces) this.#changed.add(namespace);
    });
  }

  #review(): void {
    const namespaces = [...this.#changed];
    this.#changed.clear();
    this.#concerned(this.#objectsOf(namespaces));
  }

  #objectsOf(namespaces: readonly string[]): StoredObject[] {
    const resource = this.#server.cache.resource(this.#prefix);
    if (namespaces.includes('')) return resource.snapshot(this.#within);
    if (this.#operation.served.ownNamespace === true)
      return namespaces.flatMap((namespace) => resource.get(this.#prefix + namespace) ?? []);
    return namespaces
      .filter((namespace) => `${this.#prefix}${namespace}/`.startsWith(this.#within))
      .flatMap((namespace) => resource.snapshot(`${this.#prefix}${namespace}/`));
  }
}
