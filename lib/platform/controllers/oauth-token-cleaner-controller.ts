import { OAUTH_ACCESS_TOKENS, OAUTH_AUTHORIZE_TOKENS } from '../api/oauth/oauth-tokens.ts';
import { type OAuthToken, tokenExpiry } from '../api/oauth/token-rules.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import { isConflict, unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController } from './define-controller.ts';
import { refTo } from './resources.ts';

/** A timer can be set for so many ms, and no more. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** Removes tokens and codes that have expired: they let nobody in any more. */
export const oauthTokenCleaners = (): ControllerDefinition[] => [
  cleaner('oauth-access-token-cleaner', OAUTH_ACCESS_TOKENS),
  cleaner('oauth-authorize-token-cleaner', OAUTH_AUTHORIZE_TOKENS),
];

const cleaner = (name: string, of: GroupVersionResource): ControllerDefinition =>
  defineController({
    name,
    for: of,
    async reconcile(key, { client, clock, lister }) {
      const token = lister<OAuthToken>(of).byKey(key);
      if (token === undefined || token.metadata.deletionTimestamp !== undefined) return {};
      const left = tokenExpiry(token) - clock.now();
      // One without an end, or that says nothing of it, stays.
      if (!Number.isFinite(left)) return {};
      if (left > 0) return { requeueAfter: Math.min(left, LONGEST_WAIT) };
      const { uid, resourceVersion } = token.metadata;
      const preconditions = { uid: uid!, resourceVersion: resourceVersion! };
      await unlessGone(client.delete(refTo(of, token), { preconditions })).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
      return {};
    },
  });
