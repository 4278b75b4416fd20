import type { IncomingMessage } from 'node:http';
import { newBadRequest } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import { ANONYMOUS } from './authenticator.ts';
import { type Authorizer, requireAllowed } from './authorizer.ts';
import { extraHeaders } from './extra-headers.ts';

const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1' } as const;

/**
 * Whom the request wants to be taken for, when the one who sends it may `impersonate` each part of that (apiserver
 * filters/impersonation.go). Without the headers: who sends it. Throws Forbidden.
 */
export function impersonated(request: IncomingMessage, user: UserInfo, authorizer: Authorizer): UserInfo {
  const [name = ''] = request.headersDistinct['impersonate-user'] ?? [];
  // Told apart, since a group's name may hold a comma.
  const groups = request.headersDistinct['impersonate-group'] ?? [];
  const [uid = ''] = request.headersDistinct['impersonate-uid'] ?? [];
  const extra = extraHeaders(request, 'impersonate-extra-');
  const extras = Object.entries(extra);
  if (name === '') {
    if (groups.length === 0 && uid === '' && extras.length === 0) return user;
    const wanted = JSON.stringify({ ...(groups.length === 0 ? {} : { groups }), ...(uid === '' ? {} : { uid }), ...extra });
    throw newBadRequest(`requested ${wanted} without impersonating a user`);
  }
  const may = (of: { group: string; resource: string; namespace?: string; subresource?: string }, object: string): void =>
    requireAllowed(authorizer, { user, verb: 'impersonate', version: 'v1', ...of, name: object });
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
  if (namespace === undefined) may({ group: '', resource: 'users' }, name);
  else may({ group: '', resource: 'serviceaccounts', namespace }, account!);
  for (const group of groups) may({ group: '', resource: 'groups' }, group);
  if (uid !== '') may({ ...AUTHENTICATION, resource: 'uids' }, uid);
  for (const [key, values] of extras)
    for (const value of values) may({ ...AUTHENTICATION, resource: 'userextras', subresource: key }, value);
  return {
    name,
    groups: [...new Set(impliedGroups(name, namespace, groups))],
    ...(uid === '' ? {} : { uid }),
    ...(extras.length === 0 ? {} : { extra }),
  };
}

/** An account is of its groups, unless others were asked for; everybody is known, or is nobody. */
function impliedGroups(name: string, namespace: string | undefined, asked: readonly string[]): string[] {
  const own =
    namespace === undefined || asked.length > 0 ? asked : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return [...own, name === ANONYMOUS.name ? 'system:unauthenticated' : 'system:authenticated'];
}
