import { column, nameColumn, orNone } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notNegative, oneOf } from '../validation/causes.ts';

/** oauth.openshift.io/v1 OAuthClient: a program that people may let in, in their name. */
export interface OAuthClient extends KubeObject {
  secret?: string;
  additionalSecrets?: string[];
  /** Asks for a password with a challenge instead of a page. */
  respondWithChallenges?: boolean;
  /** Where codes and tokens may be sent: these, or what lies below their paths. */
  redirectURIs?: string[];
  /** `auto`: who is logged in has agreed. `prompt`, or nothing: they are asked. */
  grantMethod?: string;
  /** 0: no end. */
  accessTokenMaxAgeSeconds?: number;
}

export const OAUTH_CLIENTS = { group: 'oauth.openshift.io', version: 'v1', resource: 'oauthclients' } as const;

function validate({ redirectURIs = [], grantMethod, accessTokenMaxAgeSeconds }: OAuthClient): StatusCause[] {
  const causes = redirectURIs.flatMap((uri, i) => redirectCauses(`redirectURIs[${i}]`, uri));
  if (grantMethod !== undefined) causes.push(...oneOf('grantMethod', grantMethod, ['auto', 'prompt']));
  return [...causes, ...notNegative('accessTokenMaxAgeSeconds', accessTokenMaxAgeSeconds)];
}

function redirectCauses(field: string, uri: string): StatusCause[] {
  if (!URL.canParse(uri)) return [invalid(field, uri, 'not a valid URL')];
  const { hash, pathname } = new URL(uri);
  if (hash !== '') return [invalid(field, uri, 'may not contain a fragment')];
  return pathname.split('/').some((part) => part === '.' || part === '..')
    ? [invalid(field, uri, 'may not contain a path segment of . or ..')]
    : [];
}

export const oauthClient = defineResource<OAuthClient>({
  group: OAUTH_CLIENTS.group,
  version: OAUTH_CLIENTS.version,
  kind: 'OAuthClient',
  plural: 'oauthclients',
  namespaced: false,
  schema: 'com.github.openshift.api.oauth.v1.OAuthClient',
  confidential: true,
  strategy: { nameFormat: 'path', validate },
  columns: [
    nameColumn,
    column('WWW-Challenge', (object) => String((object as OAuthClient).respondWithChallenges ?? false)),
    column('Token-Max-Age', (object) => String((object as OAuthClient).accessTokenMaxAgeSeconds ?? 'default')),
    column('Redirect URIs', (object) => orNone(((object as OAuthClient).redirectURIs ?? []).join(','))),
  ],
});
