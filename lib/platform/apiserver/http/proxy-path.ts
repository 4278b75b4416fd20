import { newBadRequest } from '../../api/status-error.ts';
import type { ResourceTarget } from './request-path.ts';

/** Whom a request through a `proxy` subresource is for. */
export interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** As it was given; '' where it was not. */
  readonly port: string;
}

/** Takes `NAME`, `NAME:PORT` and `SCHEME:NAME:PORT` apart (apimachinery util/net SplitSchemeNamePort). `what`: `pod`, for the refusal. */
export function proxyName(text: string, what: string): ProxyName {
  const parts = text.split(':');
  const [scheme, name, port] = parts.length === 3 ? parts : ['', parts[0], parts[1] ?? ''];
  const known = scheme === '' || scheme === 'http' || scheme === 'https';
  if (parts.length > 3 || !known || !name) throw newBadRequest(`invalid ${what} request ${JSON.stringify(text)}`);
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port: port ?? '' };
}

export interface ProxyPath {
  /** The path up to and with `/proxy`, as the client wrote it. */
  readonly prefix: string;
  /** What is behind it, with the query; undefined: not even a slash. */
  readonly path: string | undefined;
  /** With its question mark. */
  readonly query: string;
}

/** Where the request's URL ends for us and begins for the other server, byte for byte. */
export function proxyPath(url: string, target: ResourceTarget): ProxyPath {
  const mark = url.indexOf('?');
  const query = mark === -1 ? '' : url.slice(mark);
  const parts = (mark === -1 ? url : url.slice(0, mark)).split('/');
  // An empty part, api and version (or apis, group and version), namespaces and its name, the kind, the name, proxy.
  const length = 1 + (target.group === '' ? 2 : 3) + (target.namespace === undefined ? 0 : 2) + 3;
  const prefix = parts.slice(0, length).join('/');
  return { prefix, path: parts.length === length ? undefined : `/${parts.slice(length).join('/')}${query}`, query };
}

/** A redirect of the other server, to be followed through us: its own places are below the prefix. */
export function redirectThrough(location: string, prefix: string, authority: string): string {
  if (location.startsWith('/') && !location.startsWith('//')) return prefix + location;
  const match = /^https?:\/\/([^/?#]*)([^]*)$/.exec(location);
  if (match === null || match[1] !== authority) return location;
  return `${prefix}${match[2]!.startsWith('/') ? '' : '/'}${match[2]!}`;
}
