import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { FlowRules, FlowSource, PriorityLevel } from '../../api/flow-rules.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';

/** Levels and schemas as they are stored, kept up to date. What is mandatory is there, stored or not. */
export class FlowConfig {
  readonly #definitions: readonly ResourceDefinition[];
  readonly #cache: ObjectCache;
  readonly #apply: (levels: readonly PriorityLevel[]) => void;
  #unsubscribe: (() => void)[] = [];
  #schemas: readonly FlowRules[] = [];

  /** `apply` is given all levels, now and after every change, before the schemas refer to them. */
  constructor(definitions: readonly ResourceDefinition[], cache: ObjectCache, apply: (levels: readonly PriorityLevel[]) => void) {
    this.#definitions = definitions.filter(({ flow }) => flow !== undefined);
    this.#cache = cache;
    this.#apply = apply;
    this.#subscribe();
    // The caches of kinds are new ones after a reset.
    cache.onReset(() => this.#subscribe());
  }

  /** In the order in which they are asked. Each names a level that is there. */
  get schemas(): readonly FlowRules[] {
    return this.#schemas;
  }

  #subscribe(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const definition of this.#definitions)
      this.#unsubscribe.push(this.#cache.resource(resourcePrefix(definition)).subscribe(() => this.#load()));
    this.#load();
  }

  #load(): void {
    const levels: PriorityLevel[] = [];
    const schemas: FlowRules[] = [];
    for (const definition of this.#definitions) {
      const flow = definition.flow!;
      for (const object of this.#objects(definition, flow)) {
        if (flow.holds === 'level') levels.push(flow.level(object));
        else schemas.push(flow.rules(object));
      }
    }
    this.#apply(levels);
    const names = new Set(levels.map(({ name }) => name));
    this.#schemas = schemas
      .filter(({ level }) => names.has(level))
      .toSorted((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
  }

  #objects(definition: ResourceDefinition, { mandatory }: FlowSource): KubeObject[] {
    const stored = this.#cache.resource(resourcePrefix(definition)).snapshot();
    const objects = stored.map(({ object }) => object);
    const names = new Set(objects.map(({ metadata }) => metadata.name));
    return [...objects, ...mandatory.filter(({ metadata }) => !names.has(metadata.name))];
  }
}
