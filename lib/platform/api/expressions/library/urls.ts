import { traversal } from '../../../cel/runtime/cost.ts';
import { fn, type FunctionDeclaration } from '../../../cel/types/declarations.ts';
import { ArrayList } from '../../../cel/values/list.ts';
import { type CelMap, EntryMap } from '../../../cel/values/map.ts';
import { CelError, OpaqueValue, type Value } from '../../../cel/values/value.ts';

/** A URL in its parts, as Go's net/url has them: nothing is made up or put right. */
class UrlValue extends OpaqueValue {
  readonly typeName = 'kubernetes.URL';
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(scheme: string, host: string, path: string, query: string) {
    super();
    [this.scheme, this.host, this.path, this.query] = [scheme, host, path, query];
  }
  equals(other: OpaqueValue): boolean {
    if (!(other instanceof UrlValue)) return false;
    return (['scheme', 'host', 'path', 'query'] as const).every((part) => other[part] === this[part]);
  }
}

const failed = (text: string, why: string): CelError =>
  new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${why}`);

/** url.ParseRequestURI: absolute, or a path from the root. A fragment is a part of the path. */
function read(text: string): UrlValue | CelError {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) return failed(text, 'net/url: invalid control character in URL');
  if (text === '') return failed(text, 'empty url');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  if (scheme === undefined && /^[^/?#]*:/.test(text)) return failed(text, 'first path segment in URL cannot contain colon');
  const rest = scheme === undefined ? text : text.slice(scheme.length + 1);
  const mark = rest.indexOf('?');
  const [before, query] = mark === -1 ? [rest, ''] : [rest.slice(0, mark), rest.slice(mark + 1)];
  if (!before.startsWith('/')) return failed(text, 'invalid URI for request');
  if (scheme === undefined || !before.startsWith('//')) return withPath(text, scheme?.toLowerCase() ?? '', '', before, query);
  const slash = before.indexOf('/', 2);
  const authority = before.slice(2, slash === -1 ? undefined : slash);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (/[\s<>"^`{|}\\]/.test(host))
    return failed(text, `invalid character ${JSON.stringify(/[\s<>"^`{|}\\]/.exec(host)![0])} in host name`);
  const port = /:([^\]]*)$/.exec(host)?.[1];
  if (port !== undefined && !/^\d*$/.test(port)) return failed(text, `invalid port ${JSON.stringify(`:${port}`)} after host`);
  return withPath(text, scheme.toLowerCase(), host, slash === -1 ? '' : before.slice(slash), query);
}

function withPath(text: string, scheme: string, host: string, path: string, query: string): UrlValue | CelError {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(path);
  if (wrong !== null) return failed(text, `invalid URL escape ${JSON.stringify(wrong[0])}`);
  return new UrlValue(scheme, host, path, query);
}

/** What is no letter of a path in Go's eyes is escaped. */
const escapedPath = (path: string): string =>
  encodeURI(path)
    .replaceAll('%25', '%')
    .replaceAll('#', '%23')
    .replaceAll('?', '%3F')
    .replaceAll('[', '%5B')
    .replaceAll(']', '%5D');

const hostname = (host: string): string => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');

function queryMap(query: string): CelMap {
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) values.set(key, [...(values.get(key) ?? []), value]);
  return new EntryMap(new Map([...values].map(([key, all]) => [key, [key, new ArrayList(all)] as const])));
}

const part = (name: string, of: (url: UrlValue) => Value, type = 'string'): FunctionDeclaration =>
  fn(`<kubernetes.URL>.${name}(): ${type}`, (_frame, url: UrlValue) => of(url));

/** URLs (apiserver/pkg/cel/library/urls.go). */
export const URLS: readonly FunctionDeclaration[] = [
  fn('url(string): kubernetes.URL', (_frame, text: string) => read(text), traversal),
  fn('isURL(string): bool', (_frame, text: string) => read(text) instanceof UrlValue, traversal),
  part('getScheme', ({ scheme }) => scheme),
  part('getHost', ({ host }) => host),
  part('getHostname', ({ host }) => hostname(host)),
  part('getPort', ({ host }) => /:(\d*)$/.exec(host)?.[1] ?? ''),
  part('getEscapedPath', ({ path }) => escapedPath(path)),
  part('getQuery', ({ query }) => queryMap(query), 'map(string, list(string))'),
];
