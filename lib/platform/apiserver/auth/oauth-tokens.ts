import type { Clock } from '../../../common/clock.ts';
import type { TokenAuthenticator } from '../../api/tokens.ts';
import { oauthAccessToken } from '../../api/oauth/oauth-tokens.ts';
import { type OAuthToken, tokenExpiry, tokenObjectName } from '../../api/oauth/token-rules.ts';
import { type Group, group } from '../../api/user/group.ts';
import { user } from '../../api/user/user.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { ISSUER } from './service-account-keys.ts';

/** Holders that are remembered: gathering the groups of one takes longer than a small request. */
const REMEMBERED = 4096;

/** The scope of a token that may do whatever its user may. */
const FULL_SCOPE = 'user:full';

interface Remembered {
  readonly token: StoredObject;
  readonly holder: StoredObject;
  readonly generation: number;
  readonly user: UserInfo;
}

/**
 * Knows the tokens of the OAuth server: the user that one was given to, while token and user are there and it has not expired. A
 * token that is deleted, or a user that was made anew under the same name, lets nobody in from that moment on.
 */
export function oauthTokens(cache: ObjectCache, clock: Clock): TokenAuthenticator {
  const remembered = new Map<string, Remembered>();
  const memberships = new GroupIndex(cache);
  const find = (definition: typeof user, name: string): StoredObject | undefined =>
    cache.resource(resourcePrefix(definition)).get(objectKey(definition, undefined, name));

  const holderOf = (name: string, token: StoredObject, holder: StoredObject): UserInfo => {
    const known = remembered.get(name);
    const { generation } = memberships;
    if (known?.token === token && known.holder === holder && known.generation === generation) return known.user;
    const { metadata } = holder.object;
    const groups = [...memberships.of(metadata.name!), 'system:authenticated', 'system:authenticated:oauth'];
    const scopes = (token.object as OAuthToken).scopes ?? [];
    const extra = scopes.length === 0 ? {} : { extra: { 'scopes.authorization.openshift.io': scopes } };
    const found = { name: metadata.name!, uid: metadata.uid!, groups, ...extra };
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(name, { token, holder, generation, user: found });
    return found;
  };

  return async (text, audiences) => {
    const name = tokenObjectName(text);
    if (name === undefined) return undefined;
    const token = find(oauthAccessToken, name);
    if (token === undefined) return undefined;
    const { metadata, userName = '', userUID, scopes = [] } = token.object as OAuthToken;
    // A token for less than everything would have to be held to it at each decision: none is taken for more than it is.
    if (scopes.length > 0 && !scopes.includes(FULL_SCOPE)) return undefined;
    if (metadata.deletionTimestamp !== undefined || tokenExpiry(token.object as OAuthToken) <= clock.now()) return undefined;
    const holder = find(user, userName);
    if (holder === undefined || holder.object.metadata.uid !== userUID) return undefined;
    if (holder.object.metadata.deletionTimestamp !== undefined) return undefined;
    const meant = audiences.length === 0 ? [ISSUER] : audiences.filter((audience) => audience === ISSUER);
    return meant.length === 0 ? undefined : { user: holderOf(name, token, holder), audiences: meant };
  };
}

/** Which groups name a user. */
class GroupIndex {
  readonly #cache: ObjectCache;
  #byUser = new Map<string, string[]>();
  #stale = true;
  #generation = 0;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
    this.#follow();
    // The caches of kinds are new ones after a reset.
    cache.onReset(() => this.#follow());
  }

  /** Changes with every change of a group. */
  get generation(): number {
    return this.#generation;
  }

  of(userName: string): readonly string[] {
    if (this.#stale) this.#load();
    return this.#byUser.get(userName) ?? [];
  }

  #follow(): void {
    const changed = (): void => {
      this.#stale = true;
      this.#generation++;
    };
    changed();
    this.#cache.resource(resourcePrefix(group)).subscribe(changed);
  }

  #load(): void {
    this.#byUser = new Map();
    this.#stale = false;
    for (const { object } of this.#cache.resource(resourcePrefix(group)).snapshot())
      for (const name of (object as Group).users ?? []) {
        const groups = this.#byUser.get(name);
        if (groups === undefined) this.#byUser.set(name, [object.metadata.name!]);
        else groups.push(object.metadata.name!);
      }
  }
}
