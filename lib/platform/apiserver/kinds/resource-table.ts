import type { ResourceDefinition, Subresource } from '../../api/define-resource.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';

export type ResourceVerb = NonNullable<ResourceDefinition['verbs']>[number];

export const ALL_VERBS: readonly ResourceVerb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

export const groupVersionText = (of: GroupVersion): string => (of.group === '' ? of.version : `${of.group}/${of.version}`);

/** The kinds the server serves, found by their URLs. */
export class ResourceTable {
  readonly all: readonly ResourceDefinition[];
  readonly #byPath = new Map<string, ResourceDefinition>();
  readonly #byKind = new Map<string, ResourceDefinition>();
  /** Group to versions, in the order of registration. */
  readonly groups = new Map<string, string[]>();

  constructor(resources: readonly ResourceDefinition[]) {
    this.all = resources;
    for (const definition of resources) {
      const path = `${groupVersionText(definition)}/${definition.plural}`;
      if (this.#byPath.has(path)) throw new TypeError(`two definitions of ${path}`);
      this.#byPath.set(path, definition);
      this.#byKind.set(`${groupVersionText(definition)}/${definition.kind}`, definition);
      const versions = this.groups.get(definition.group);
      if (versions === undefined) this.groups.set(definition.group, [definition.version]);
      else if (!versions.includes(definition.version)) versions.push(definition.version);
    }
  }

  /** A path that goes on behind the subresource (`rest`) is nothing that is known here. */
  find(of: GroupVersionResource & { readonly rest?: readonly string[] }): ResourceDefinition | undefined {
    if (of.rest !== undefined) return undefined;
    return this.#byPath.get(`${groupVersionText(of)}/${of.resource}`);
  }

  byKind(apiVersion: string, kind: string): ResourceDefinition | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  inVersion(of: GroupVersion): ResourceDefinition[] {
    return this.all.filter((definition) => definition.group === of.group && definition.version === of.version);
  }
}

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

export const verbsOf = (definition: ResourceDefinition): readonly ResourceVerb[] => definition.verbs ?? ALL_VERBS;

/** The subresource by its name, as an own property only: names come from URLs. */
export function subresourceOf(definition: ResourceDefinition, name: string): Subresource | undefined {
  const all = definition.subresources;
  return all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined;
}
