import { createHash } from 'node:crypto';
import { column, nameColumn, type Column } from '../columns.ts';
import type { Strategy } from '../strategy.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { IMMUTABLE_TEXT, invalid, notNegative, required } from '../validation/causes.ts';

/** What an access token and a code have in common: for whom, for which program, until when. */
export interface OAuthToken extends KubeObject {
  clientName?: string;
  /** Seconds after its creation; 0: no end. */
  expiresIn?: number;
  scopes?: string[];
  redirectURI?: string;
  userName?: string;
  userUID?: string;
}

/** How tokens and the names of their objects begin. */
export const TOKEN_PREFIX = 'sha256~';

/**
 * The name of a token's object: a hash, so that who reads objects cannot be anybody by them (OpenShift: `sha256~` and the
 * base64url of the SHA-256 of what follows the token's own `sha256~`). Undefined for what cannot be one of these tokens.
 */
export function tokenObjectName(token: string): string | undefined {
  if (!token.startsWith(TOKEN_PREFIX)) return undefined;
  return TOKEN_PREFIX + createHash('sha256').update(token.slice(TOKEN_PREFIX.length)).digest('base64url');
}

/** When it ends, in ms; Infinity when it does not. */
export const tokenExpiry = ({ metadata, expiresIn = 0 }: OAuthToken): number =>
  expiresIn === 0 ? Infinity : Date.parse(metadata.creationTimestamp ?? '') + expiresIn * 1000;

const FIELDS = ['clientName', 'userName', 'userUID'] as const;

/** Access and authorize tokens: whose they are, for which client and how long, is for good. */
export const tokenStrategy: Strategy<OAuthToken> = {
  nameFormat: 'path',
  validate(token): StatusCause[] {
    const causes = FIELDS.filter((field) => (token[field] ?? '') === '').map((field) => required(field));
    return [...causes, ...notNegative('expiresIn', token.expiresIn)];
  },
  validateUpdate: (token, old) =>
    [...FIELDS, 'redirectURI', 'expiresIn']
      .filter((field) => token[field] !== old[field])
      .map((field) => invalid(field, token[field], IMMUTABLE_TEXT)),
};

/** By which tokens are selected. */
export const tokenFields = {
  clientName: (token: OAuthToken) => token.clientName ?? '',
  userName: (token: OAuthToken) => token.userName ?? '',
  userUID: (token: OAuthToken) => token.userUID ?? '',
};

/** As `oc get` shows tokens. */
export const tokenColumns: readonly Column[] = [
  nameColumn,
  column('User Name', (object) => (object as OAuthToken).userName ?? ''),
  column('Client Name', (object) => (object as OAuthToken).clientName ?? ''),
  column('Created', ({ metadata }) => metadata.creationTimestamp ?? ''),
  column('Expires', (object) => {
    const expiry = tokenExpiry(object as OAuthToken);
    return Number.isFinite(expiry) ? new Date(expiry).toISOString().replace('.000Z', 'Z') : '';
  }),
  column('Redirect URI', (object) => (object as OAuthToken).redirectURI ?? ''),
  column('Scopes', (object) => ((object as OAuthToken).scopes ?? []).join(',')),
];
