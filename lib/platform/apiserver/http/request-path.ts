import { newBadRequest } from '../../api/status-error.ts';

/** A URL path, taken apart (apiserver request/requestinfo.go). */
export type RequestPath =
  | { readonly kind: 'resource'; readonly path: string; readonly target: ResourceTarget }
  | { readonly kind: 'group-version'; readonly path: string; readonly group: string; readonly version: string }
  | { readonly kind: 'group'; readonly path: string; readonly group: string }
  | { readonly kind: 'other'; readonly path: string };

export interface ResourceTarget {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** What comes behind the subresource: only servers of other group versions know what to do with it. */
  readonly rest?: readonly string[];
  /** The old `/api/v1/watch/...` form. */
  readonly watch: boolean;
}

/** Subresources of a namespace itself; anything else behind its name is a kind within it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);
const LONGEST = 4096;

/** Throws BadRequest for percent-encoding that makes no sense. `path` is without the query. */
export function parsePath(path: string): RequestPath {
  if (path.length > LONGEST) throw newBadRequest(`the path is longer than ${LONGEST} characters`);
  const parts = path.split('/').slice(1);
  if (parts.at(-1) === '') parts.pop();
  const api = parts[0] === 'api' ? 2 : parts[0] === 'apis' ? 3 : 0;
  if (api === 0 || parts.length === 1 || parts.includes('')) return { kind: 'other', path };
  const segments = parts.map(decode);
  const group = api === 2 ? '' : segments[1]!;
  if (api === 3 && segments.length === 2) return { kind: 'group', path, group };
  const version = segments[api - 1]!;
  if (segments.length === api) return { kind: 'group-version', path, group, version };
  const watch = segments[api] === 'watch' && segments.length > api + 1;
  const target = targetOf(segments.slice(watch ? api + 1 : api));
  // Nobody watches a subresource: Kubernetes has no such paths, and what asks for `watch` must not reach `pods/proxy`.
  if (target === undefined || (watch && group === '' && target.subresource !== undefined)) return { kind: 'other', path };
  return { kind: 'resource', path, target: { group, version, ...target, watch } };
}

function targetOf(rest: readonly string[]): Omit<ResourceTarget, 'group' | 'version' | 'watch'> | undefined {
  if (rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2]!))
    return within(rest.slice(2), rest[1]!);
  return within(rest, undefined);
}

function within(
  rest: readonly string[],
  namespace: string | undefined,
): Omit<ResourceTarget, 'group' | 'version' | 'watch'> | undefined {
  const [resource, name, ...subresource] = rest;
  if (resource === undefined) return undefined;
  return {
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource.length === 0 ? {} : { subresource: subresource[0]! }),
    ...(subresource.length < 2 ? {} : { rest: subresource.slice(1) }),
  };
}

function decode(segment: string): string {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    throw newBadRequest(`invalid URL escape in path segment ${JSON.stringify(segment.slice(0, 100))}`);
  }
  // Such a segment would be another path to whoever decodes it again.
  if (text === '.' || text === '..' || text.includes('/') || text.includes('\0'))
    throw newBadRequest(`invalid path segment ${JSON.stringify(text.slice(0, 100))}`);
  return text;
}
