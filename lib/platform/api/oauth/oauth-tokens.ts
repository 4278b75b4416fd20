import { defineResource } from '../define-resource.ts';
import { type OAuthToken, tokenColumns, tokenFields, tokenStrategy } from './token-rules.ts';

const group = { group: 'oauth.openshift.io', version: 'v1' } as const;
export const OAUTH_ACCESS_TOKENS = { ...group, resource: 'oauthaccesstokens' } as const;
export const OAUTH_AUTHORIZE_TOKENS = { ...group, resource: 'oauthauthorizetokens' } as const;

/** A code: what a program exchanges, once, for an access token (RFC 6749, section 4.1). */
export interface OAuthAuthorizeToken extends OAuthToken {
  state?: string;
  /** RFC 7636. */
  codeChallenge?: string;
  codeChallengeMethod?: string;
}

/** Lets its holder in as the user. Its name is a hash of it. */
export const oauthAccessToken = defineResource<OAuthToken>({
  ...group,
  kind: 'OAuthAccessToken',
  plural: 'oauthaccesstokens',
  namespaced: false,
  schema: 'com.github.openshift.api.oauth.v1.OAuthAccessToken',
  strategy: tokenStrategy,
  selectableFields: tokenFields,
  columns: tokenColumns,
});

export const oauthAuthorizeToken = defineResource<OAuthAuthorizeToken>({
  ...group,
  kind: 'OAuthAuthorizeToken',
  plural: 'oauthauthorizetokens',
  namespaced: false,
  schema: 'com.github.openshift.api.oauth.v1.OAuthAuthorizeToken',
  strategy: tokenStrategy,
  selectableFields: tokenFields,
  columns: tokenColumns,
});
