import { localPriority } from '../../api/apiregistration/priorities.ts';
import { aggregatedResource, document, type Document } from '../discovery/discovery-documents.ts';
import { answer, type Discovery, type DiscoveryRequest } from '../discovery/discovery-handler.ts';
import type { Answer } from '../http/response.ts';
import { compareVersions } from '../kinds/resource-table.ts';
import type { RemoteDocuments } from './remote-documents.ts';
import type { RemoteGroup } from './remote-group.ts';
import type { RemoteGroups } from './remote-groups.ts';
import type { SwaggerMerger } from './merged-swagger.ts';

/** A group of /apis in either form: what of it matters for the order, and the rest. */
interface Group {
  readonly name: string;
  readonly versions: readonly { readonly version: string; readonly [key: string]: unknown }[];
}

interface Sources {
  /** What this server serves itself. */
  readonly local: { handle(request: DiscoveryRequest): Answer | undefined };
  readonly groups: RemoteGroups;
  readonly documents: RemoteDocuments;
  readonly swagger: SwaggerMerger;
}

interface Kept {
  readonly of: string;
  readonly document: Document;
}

/** Discovery of what is served here and of what other servers serve, as if it were one server's. */
export function mergedDiscovery(sources: Sources): Discovery {
  const { local, groups, documents, swagger } = sources;
  const kept = new Map<string, Kept>();
  /** Made again when the local document or anything remote has changed. */
  const merged = (request: DiscoveryRequest, path: string, make: (own: unknown) => object | undefined): Answer | undefined => {
    const own = local.handle({ ...request, path, ifNoneMatch: undefined, pretty: false });
    const contentType = own?.contentType ?? 'application/json';
    const of = `${own?.headers?.['etag'] ?? ''} ${documents.generation}`;
    const key = `${path} ${contentType}`;
    let found = kept.get(key);
    if (found?.of !== of) {
      const value = make(own === undefined ? undefined : JSON.parse(own.body.toString('utf8')));
      if (value === undefined) return undefined;
      kept.set(key, (found = { of, document: document(value) }));
    }
    return answer(request, found.document, contentType);
  };

  return {
    handle(request) {
      const path = request.path.length > 1 && request.path.endsWith('/') ? request.path.slice(0, -1) : request.path;
      if (!groups.any) {
        kept.clear();
        return local.handle(request);
      }
      if (path === '/apis') return merged(request, path, (own) => withRemotes(own as object, groups, documents));
      if (path === '/openapi/v3') return merged(request, path, (own) => indexWith(own as Index, groups.all, documents));
      if (path === '/openapi/v2') return swagger.handle(request);
      const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
      if (group === undefined || !groups.all.some((remote) => remote.group === group)) return local.handle(request);
      return merged(request, path, (own) => groupWith(group, own as Group | undefined, groups));
    },
  };
}

/** GET /apis: a list of groups (`groups`), or all that is in them (`items`). */
function withRemotes(own: object, groups: RemoteGroups, documents: RemoteDocuments): object {
  if ('items' in own) {
    const items = own.items as { metadata: { name?: string }; versions: Group['versions'] }[];
    const locals = items.map(({ metadata, versions }) => ({ name: metadata.name ?? '', versions }));
    const all = mergedGroups(locals, groups, (remote) => {
      const { resources, current } = documents.of(remote);
      return {
        version: remote.version,
        resources: resources.map(aggregatedResource),
        freshness: current ? 'Current' : 'Stale',
      };
    });
    return { ...own, items: all.map(({ name, versions }) => ({ metadata: { name, creationTimestamp: null }, versions })) };
  }
  const { groups: list } = own as { groups: Group[] };
  return { ...own, groups: mergedGroups(list, groups, plainVersion).map(plainGroup) };
}

/** GET /apis/GROUP */
function groupWith(name: string, own: Group | undefined, groups: RemoteGroups): object | undefined {
  const found = mergedGroups(own === undefined ? [] : [own], groups, plainVersion).find((group) => group.name === name);
  return found === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...plainGroup(found) };
}

const plainVersion = ({ group, version }: RemoteGroup): Group['versions'][number] => ({
  groupVersion: `${group}/${version}`,
  version,
});
const plainGroup = ({ name, versions }: Group): object => ({ name, versions, preferredVersion: versions[0] });

/** Groups in the order of their priorities, and the versions within them. */
function mergedGroups(
  locals: readonly Group[],
  groups: RemoteGroups,
  versionOf: (remote: RemoteGroup) => Group['versions'][number],
): Group[] {
  const all = new Map<string, { priority: number; versions: { priority: number; value: Group['versions'][number] }[] }>();
  for (const { name, versions } of locals) {
    const own = versions.filter(({ version }) => groups.find({ group: name, version }) === undefined);
    if (own.length > 0)
      all.set(name, {
        priority: localPriority(name, '').groupPriorityMinimum,
        versions: own.map((value) => ({ priority: localPriority(name, value.version).versionPriority, value })),
      });
  }
  for (const remote of groups.all) {
    const group = all.get(remote.group) ?? { priority: 0, versions: [] };
    all.set(remote.group, {
      priority: Math.max(group.priority, remote.groupPriority),
      versions: [...group.versions, { priority: remote.versionPriority, value: versionOf(remote) }],
    });
  }
  return [...all]
    .sort(([a, left], [b, right]) => right.priority - left.priority || (a < b ? -1 : 1))
    .map(([name, { versions }]) => ({
      name,
      versions: versions
        .sort((a, b) => b.priority - a.priority || compareVersions(a.value.version, b.value.version))
        .map(({ value }) => value),
    }));
}

interface Index {
  readonly paths: Readonly<Record<string, object>>;
}

/** GET /openapi/v3: servers that have no such document are left out, or those that are away. */
function indexWith(own: Index, remotes: readonly RemoteGroup[], documents: RemoteDocuments): object {
  const paths: Record<string, object> = { ...own.paths };
  for (const remote of remotes) {
    const path = `apis/${remote.group}/${remote.version}`;
    const { openApiHash, current } = documents.of(remote);
    if (openApiHash === undefined || !current) delete paths[path];
    else
      paths[path] = {
        serverRelativeURL: `/openapi/v3/${path}${openApiHash === '' ? '' : `?hash=${encodeURIComponent(openApiHash)}`}`,
      };
  }
  return { ...own, paths };
}
