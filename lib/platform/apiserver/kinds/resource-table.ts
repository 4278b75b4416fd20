import type { Subresource } from '../../api/subresources/subresource.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { GroupVersionResource, ResourceRef } from '../../api/verbs.ts';

export type ResourceVerb = NonNullable<ResourceDefinition['verbs']>[number];

const ALL_VERBS: readonly ResourceVerb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** `v1`, `apps/v1`. */
export const groupVersionText = (of: GroupVersion): string => (of.group === '' ? of.version : `${of.group}/${of.version}`);

/**
 * The kinds the server serves, found by their URLs: those it was built with, which are always there, and those that objects define, which
 * come and go.
 */
export class ResourceTable {
  readonly builtIn: readonly ResourceDefinition[];
  readonly #own = new Set<string>();
  readonly #byPath = new Map<string, ResourceDefinition>();
  readonly #defined = new Map<string, readonly ResourceDefinition[]>();
  readonly #listeners = new Set<() => void>();
  #all: readonly ResourceDefinition[] | undefined;
  #changes = 0;

  constructor(resources: readonly ResourceDefinition[]) {
    this.builtIn = resources;
    for (const definition of resources) {
      const path = pathOf(definition);
      if (this.#byPath.has(path)) throw new TypeError(`two definitions of ${path}`);
      this.#byPath.set(path, definition);
      this.#own.add(path);
    }
  }

  /** Everything that is served. */
  get all(): readonly ResourceDefinition[] {
    return (this.#all ??= [...this.builtIn, ...[...this.#defined.values()].flat()].filter(({ hidden }) => hidden !== true));
  }

  /** Grows with each change of what is served. */
  get changes(): number {
    return this.#changes;
  }

  /** Each kind whose objects are stored once, in whatever versions it is served. */
  get stored(): ResourceDefinition[] {
    const found = new Map<string, ResourceDefinition>();
    for (const definition of [...this.builtIn, ...[...this.#defined.values()].flat()]) {
      const { group, plural, conversion, virtual } = definition;
      if (conversion === undefined && virtual === undefined) found.set(`${group}/${plural}`, definition);
    }
    return [...found.values()];
  }

  /** A path that goes on behind the subresource (`rest`) is known where somebody else answers what is there (`proxy`), or the kind reads it. */
  find(
    of: GroupVersionResource & { readonly subresource?: string; readonly rest?: readonly string[] },
  ): ResourceDefinition | undefined {
    const found = this.findAny(of);
    if (found === undefined || found.hidden === true) return undefined;
    if (of.rest === undefined) return found;
    const subresource = subresourceOf(found, of.subresource ?? '');
    return subresource?.kind === 'proxy' || (subresource?.kind === 'stream' && subresource.deeper === true) ? found : undefined;
  }

  /** Hidden ones too. */
  findAny(of: GroupVersionResource): ResourceDefinition | undefined {
    return this.#byPath.get(`${groupVersionText(of)}/${of.resource}`);
  }

  inVersion(of: GroupVersion): ResourceDefinition[] {
    return this.all.filter((definition) => definition.group === of.group && definition.version === of.version);
  }

  /** Sets the kinds that one object defines, in place of those it defined before. A kind that the server was built with stays what it is. */
  define(owner: string, definitions: readonly ResourceDefinition[]): void {
    const before = this.#defined.get(owner) ?? [];
    const free = definitions.filter((definition) => !this.#own.has(pathOf(definition)));
    if (before.length === 0 && free.length === 0) return;
    for (const definition of before) this.#byPath.delete(pathOf(definition));
    for (const definition of free) this.#byPath.set(pathOf(definition), definition);
    if (free.length === 0) this.#defined.delete(owner);
    else this.#defined.set(owner, free);
    this.#all = undefined;
    this.#changes++;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back after each change of what is served. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

const pathOf = (definition: ResourceDefinition): string => `${groupVersionText(definition)}/${definition.plural}`;

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STAGES = ['alpha', 'beta', undefined];

/** The version that clients should prefer first: stable before beta before alpha, higher before lower (apimachinery's version order). */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)];
  const at = left.findIndex((value, i) => value !== right[i]);
  return at === -1 ? (a < b ? -1 : a > b ? 1 : 0) : right[at]! - left[at]!;
}

function rank(version: string): readonly number[] {
  const [, major, stage, minor] = VERSION.exec(version) ?? [];
  return major === undefined
    ? [-1, 0, 0]
    : [STAGES.indexOf(stage as 'alpha' | 'beta' | undefined), Number(major), Number(minor ?? 0)];
}

/** All, unless the kind names its own. */
export const verbsOf = (definition: ResourceDefinition): readonly ResourceVerb[] => definition.verbs ?? ALL_VERBS;

/** The subresource by its name, as an own property only: names come from URLs. */
export function subresourceOf(definition: ResourceDefinition, name: string): Subresource | undefined {
  const all = definition.subresources;
  return all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined;
}

/** The namespace that a request is asked about in: an object that is a namespace is asked about within itself, as its own administrators' rights have it. */
export function askedWithin(table: ResourceTable, ref: ResourceRef): string | undefined {
  return ref.namespace ?? (table.findAny(ref)?.ownNamespace === true ? ref.name : undefined);
}

/** Whether the kind itself decides who may send one, by what it says. */
export const judgedLater = (table: ResourceTable, question: object): boolean => {
  const { verb, resource, subresource } = question as { verb?: string; resource?: string; subresource?: string };
  if (verb !== 'create' || resource === undefined || subresource !== undefined) return false;
  return table.findAny(question as GroupVersionResource)?.virtual?.judgesAccess === true;
};
