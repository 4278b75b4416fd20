import type { UserInfo } from './verbs.ts';

/** Signs service-account tokens (authentication.k8s.io/v1 TokenRequest). */
export type TokenIssuer = (claims: {
  namespace: string;
  account: { name: string; uid: string };
  audiences: readonly string[];
  expirationSeconds: number;
  bound: TokenBinding;
}) => Promise<{ token: string; expirationTimestamp: string }>;

/** What a token dies with. The node beside a pod is where that runs, and no more. */
export interface TokenBinding {
  readonly pod?: { name: string; uid: string };
  readonly secret?: { name: string; uid: string };
  readonly node?: { name: string; uid: string };
}

/** Whom a bearer token is, when one of the audiences is meant by it; no audiences: the API server itself. Undefined: nobody. */
export type TokenAuthenticator = (
  token: string,
  audiences: readonly string[],
) => Promise<{ readonly user: UserInfo; readonly audiences: readonly string[] } | undefined>;
