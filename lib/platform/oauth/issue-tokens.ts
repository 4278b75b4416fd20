import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../api/meta.ts';
import { isNotFound, isReason } from '../api/status-error.ts';
import { OAUTH_ACCESS_TOKENS, OAUTH_AUTHORIZE_TOKENS, type OAuthAuthorizeToken } from '../api/oauth/oauth-tokens.ts';
import { TOKEN_PREFIX, tokenExpiry, tokenObjectName } from '../api/oauth/token-rules.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';

/** Seconds that a code may wait for its exchange. */
const CODE_LIFETIME = 300;

/** Tokens, and codes, of one user: before there is one more, the oldest ends. Who logs in without end fills no store. */
const MOST_TOKENS = 250;
const MOST_CODES = 25;

/** For whom a token is, and what asked for it. */
export interface Grant {
  readonly clientName: string;
  readonly userName: string;
  readonly userUID: string;
  readonly scopes: readonly string[];
  readonly redirectURI: string;
}

const newToken = (): string => TOKEN_PREFIX + randomBytes(32).toString('base64url');

/** A token as its holder sends it; the API holds no more than its hash. `expiresIn` in seconds, 0 for no end. */
export async function issueAccessToken(client: Client, grant: Grant, expiresIn: number): Promise<string> {
  const token = newToken();
  await endOldest(client, OAUTH_ACCESS_TOKENS, grant.userName, MOST_TOKENS);
  await client.create(OAUTH_ACCESS_TOKENS, {
    apiVersion: 'oauth.openshift.io/v1',
    kind: 'OAuthAccessToken',
    metadata: { name: tokenObjectName(token)! },
    ...grant,
    expiresIn,
  });
  return token;
}

/** A code, to be exchanged once; `challenge` binds it to who asked (RFC 7636). */
export async function issueCode(
  client: Client,
  grant: Grant,
  challenge: Pick<OAuthAuthorizeToken, 'codeChallenge' | 'codeChallengeMethod'>,
): Promise<string> {
  const code = newToken();
  await endOldest(client, OAUTH_AUTHORIZE_TOKENS, grant.userName, MOST_CODES);
  await client.create(OAUTH_AUTHORIZE_TOKENS, {
    apiVersion: 'oauth.openshift.io/v1',
    kind: 'OAuthAuthorizeToken',
    metadata: { name: tokenObjectName(code)! },
    ...grant,
    ...challenge,
    expiresIn: CODE_LIFETIME,
  });
  return code;
}

async function endOldest(client: Client, of: GroupVersionResource, userName: string, most: number): Promise<void> {
  const { items } = await client.list<OAuthAuthorizeToken>(of);
  const mine = items.filter((token) => token.userName === userName);
  if (mine.length < most) return;
  const made = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? '');
  const oldest = mine.toSorted((a, b) => made(a) - made(b)).slice(0, mine.length - most + 1);
  for (const { metadata } of oldest)
    await client.delete({ ...of, name: metadata.name! }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
}

/** Takes a code out of the world: whoever gets it back was first. Undefined: there is none, or no longer. `now` in ms. */
export async function takeCode(client: Client, code: string, now: number): Promise<OAuthAuthorizeToken | undefined> {
  const name = tokenObjectName(code);
  if (name === undefined) return undefined;
  try {
    const found = await client.get<OAuthAuthorizeToken>({ ...OAUTH_AUTHORIZE_TOKENS, name });
    await client.delete({ ...OAUTH_AUTHORIZE_TOKENS, name }, { preconditions: { uid: found.metadata.uid! } });
    return tokenExpiry(found) > now ? found : undefined;
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return undefined;
    throw error;
  }
}
