import type { CustomKind } from '../../api/custom-kind.ts';
import { localPriority } from '../../api/apiregistration/priorities.ts';
import type { ScaleSubresource, Subresource } from '../../api/subresources/subresource.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import { compareVersions, groupVersionText, type ResourceTable, verbsOf } from '../kinds/resource-table.ts';

/** A resource or subresource as discovery tells of it. */
export interface ServedResource {
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  /** The kind of bodies and answers; its group and version may differ from the path's (scale, eviction). */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly ServedSubresource[];
  /** Of a kind that no table has. */
  readonly custom?: CustomKind;
}

export interface ServedSubresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface ServedGroup {
  readonly name: string;
  readonly versions: readonly { readonly version: string; readonly resources: readonly ServedResource[] }[];
}

const WHOLE = ['get', 'patch', 'update'];

/** Everything that is served, by group and version. */
export function servedGroups(table: ResourceTable): ServedGroup[] {
  const groups = new Map<string, Map<string, ServedResource[]>>();
  const add = (group: string, version: string, resource: ServedResource): void => {
    const versions = groups.get(group) ?? new Map<string, ServedResource[]>();
    groups.set(group, versions);
    versions.set(version, [...(versions.get(version) ?? []), resource]);
  };
  for (const definition of table.all) add(definition.group, definition.version, served(definition));
  const order = ([name]: readonly [string, unknown]): number => -localPriority(name, 'v1').groupPriorityMinimum;
  return [...groups]
    .sort((a, b) => order(a) - order(b) || (a[0] < b[0] ? -1 : 1))
    .map(([name, versions]) => ({
      name,
      versions: [...versions]
        .sort(([a], [b]) => compareVersions(a, b))
        .map(([version, resources]) => ({
          version,
          resources: resources.sort((a, b) => (a.plural < b.plural ? -1 : 1)),
        })),
    }));
}

function served(definition: ResourceDefinition): ServedResource {
  const { group, version, kind } = definition;
  const subresources: ServedSubresource[] = Object.entries(definition.subresources ?? {}).map(([name, subresource]) =>
    servedSubresource(definition, name, subresource),
  );
  if (definition.status !== undefined) subresources.push({ name: 'status', group, version, kind, verbs: WHOLE });
  if (definition.scale !== undefined)
    subresources.push({ name: 'scale', ...scaleGroup(definition.scale), kind: 'Scale', verbs: WHOLE });
  return {
    plural: definition.plural,
    singular: definition.singular ?? kind.toLowerCase(),
    namespaced: definition.namespaced,
    group,
    version,
    kind,
    verbs: [...verbsOf(definition)].sort(),
    shortNames: definition.shortNames ?? [],
    categories: definition.categories ?? [],
    subresources: subresources.sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(definition.custom === undefined ? {} : { custom: definition.custom }),
  };
}

const scaleGroup = ({ selectorMap }: ScaleSubresource): { group: string; version: string } =>
  selectorMap === undefined ? { group: 'autoscaling', version: 'v1' } : { group: 'extensions', version: 'v1beta1' };

/** Kinds of the options that a connection takes, which is what discovery calls its kind. */
function servedSubresource(
  { group, version, kind }: ResourceDefinition,
  name: string,
  subresource: Subresource,
): ServedSubresource {
  if (subresource.kind === 'action')
    return {
      name,
      group: subresource.body.group,
      version: subresource.body.version,
      kind: subresource.body.kind,
      verbs: ['create'],
    };
  if (subresource.kind === 'stream') return { name, group, version, kind: subresource.shows, verbs: subresource.verbs };
  if (subresource.kind === 'read') {
    const { answer } = subresource;
    return { name, group: answer.group, version: answer.version, kind: answer.kind, verbs: ['get'] };
  }
  if (subresource.kind === 'proxy')
    return { name, group, version, kind: `${kind}ProxyOptions`, verbs: ['create', 'delete', 'get', 'patch', 'update'] };
  if (subresource.kind === 'node')
    return {
      name,
      group,
      version,
      kind: name === 'log' ? kind : `${kind}${NODE_OPTIONS[name]}`,
      verbs: subresource.verbs,
    };
  return { name, group, version, kind, verbs: name === 'finalize' ? ['update'] : WHOLE };
}

const NODE_OPTIONS: Readonly<Record<string, string>> = {
  exec: 'ExecOptions',
  attach: 'AttachOptions',
  portforward: 'PortForwardOptions',
};

/** `Kind` of another group version than its path's is told with both. */
export const foreignKind = (path: { group: string; version: string }, of: { group: string; version: string }): boolean =>
  groupVersionText(path) !== groupVersionText(of);
