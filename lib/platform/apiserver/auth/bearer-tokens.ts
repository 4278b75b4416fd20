import type { TokenAuthenticator } from '../../api/tokens.ts';

/** Asks each in turn whose token it is. */
export function anyToken(...authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return async (token, audiences) => {
    for (const authenticate of authenticators) {
      const found = await authenticate(token, audiences);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
