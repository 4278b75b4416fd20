import { parsePullSpec } from '../api/image/pull-spec.ts';
import type { Access } from './token-issuer.ts';

/** Scopes that one request may ask for: a push names the repository that it mounts blobs from too. */
const MOST_SCOPES = 16;
const LONGEST_SCOPE = 1024;

/**
 * What is asked for: `repository:shop/web:pull,push`, several of them in parameters or behind spaces (Distribution's token specification,
 * "scope"). What cannot be read is left out: whoever asks gets less than he wants. Each repository is there once, with each of its actions once: every one of
 * them is looked into, for whoever asks.
 */
export function parseScopes(params: readonly string[]): Access[] {
  const scopes = new Map<string, Access>();
  const asked = params
    .flatMap((param) => param.split(' '))
    .filter((scope) => scope !== '' && scope.length <= LONGEST_SCOPE)
    .slice(0, MOST_SCOPES);
  for (const scope of asked) {
    const first = scope.indexOf(':');
    const last = scope.lastIndexOf(':');
    if (first === -1 || last === first) continue;
    const type = scope.slice(0, first).replace(/\([^)]*\)$/, '');
    const name = scope.slice(first + 1, last);
    const before = scopes.get(`${type}:${name}`)?.actions ?? [];
    scopes.set(`${type}:${name}`, { type, name, actions: [...new Set([...before, ...scope.slice(last + 1).split(',')])] });
  }
  return [...scopes.values()];
}

/** A repository's project and stream: `shop/web`, and nothing else. */
export function projectAndStream(repository: string): { readonly namespace: string; readonly name: string } | undefined {
  const [namespace = '', name = '', ...rest] = repository.split('/');
  if (rest.length > 0 || namespace === '' || name === '') return undefined;
  // A first part with a dot would be read as a host.
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(namespace) && parsePullSpec(repository) !== undefined && !/[:@]/.test(name)
    ? { namespace, name }
    : undefined;
}
