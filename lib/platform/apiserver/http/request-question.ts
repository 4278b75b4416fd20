import type { IncomingMessage } from 'node:http';
import type { UserInfo } from '../../api/verbs.ts';
import type { AuthorizationQuery } from '../auth/authorizer.ts';
import { askedWithin, type ResourceTable } from '../kinds/resource-table.ts';
import { isWatch } from './request-options.ts';
import { parsePath, type RequestPath, type ResourceTarget } from './request-path.ts';

/** A request's URL, taken apart. */
export interface ParsedRequest {
  readonly path: RequestPath;
  readonly query: URLSearchParams;
}

/** Throws BadRequest for a path that makes no sense. */
export function parseRequest(request: IncomingMessage): ParsedRequest {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  return { path: parsePath(path), query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)) };
}

const STREAMS = new Set(['log', 'exec', 'attach', 'portforward', 'proxy', 'instantiatebinary']);

/** Whether a node or somebody else behind us answers, for as long as the client likes. */
export const isStream = ({ path }: ParsedRequest): boolean =>
  path.kind === 'resource' && path.target.subresource !== undefined && STREAMS.has(path.target.subresource);

/** Watches and streams last as long as their clients like. */
export function isLongRunning(request: IncomingMessage, parsed: ParsedRequest): boolean {
  const { path, query } = parsed;
  if (path.kind !== 'resource') return false;
  const { target } = path;
  if (target.subresource !== undefined) return isStream(parsed);
  return request.method === 'GET' && (target.watch || isWatch(query));
}

const METHOD_VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
  GET: 'get',
  HEAD: 'get',
};

/** The verb that the authorizer is asked about. */
export function verbOf(request: IncomingMessage, target: ResourceTarget, query: URLSearchParams): string {
  const verb = METHOD_VERBS[request.method ?? ''] ?? (request.method ?? '').toLowerCase();
  if (verb === 'get' && (target.watch || (target.name === undefined && isWatch(query)))) return 'watch';
  if (target.name !== undefined) return verb;
  if (verb === 'get') return 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** What the authorizer is asked. */
export function questionOf(
  request: IncomingMessage,
  { path, query }: ParsedRequest,
  user: UserInfo,
  table: ResourceTable,
): AuthorizationQuery {
  if (path.kind !== 'resource')
    return {
      user,
      verb: METHOD_VERBS[request.method ?? ''] === 'get' ? 'get' : (request.method ?? '').toLowerCase(),
      path: path.path,
    };
  const { target } = path;
  const { watch: _watch, rest: _rest, ...ref } = target;
  const fieldSelector = target.name === undefined ? query.get('fieldSelector') : null;
  const labelSelector = target.name === undefined ? query.get('labelSelector') : null;
  const namespace = askedWithin(table, target);
  return {
    user,
    verb: verbOf(request, target, query),
    ...ref,
    ...(namespace === undefined ? {} : { namespace }),
    ...(fieldSelector === null ? {} : { fieldSelector }),
    ...(labelSelector === null ? {} : { labelSelector }),
  };
}
