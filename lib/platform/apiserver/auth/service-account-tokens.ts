import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { type Clock, rfc3339 } from '../../../common/clock.ts';
import { node } from '../../api/core/node/node.ts';
import { pod } from '../../api/core/pod/pod.ts';
import { secret } from '../../api/core/secret.ts';
import { serviceAccount } from '../../api/core/service-account.ts';
import type { TokenAuthenticator, TokenIssuer } from '../../api/tokens.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';
import { ISSUER, type ServiceAccountKeys } from './service-account-keys.ts';

/** Verified signatures that are remembered: checking one costs more than a small request. */
const REMEMBERED = 1024;
/** What is being deleted still speaks for itself so long, in ms, as its last requests are on their way. */
const LEEWAY = 60_000;

interface Named {
  readonly name: string;
  readonly uid: string;
}
interface KubernetesClaims {
  readonly namespace: string;
  readonly serviceaccount: Named;
  readonly pod?: Named;
  readonly secret?: Named;
  readonly node?: Named;
}

export interface ServiceAccountTokens {
  readonly issue: TokenIssuer;
  /** The account that a token speaks for, while the account and what the token is bound to exist. */
  readonly authenticate: TokenAuthenticator;
}

/** A signature that was found good, and whom it speaks for once that has been worked out. */
interface Verified {
  readonly payload: JWTPayload;
  user?: UserInfo;
}

/** Makes and knows service-account tokens (pkg/serviceaccount): JWTs whose private claim names account and bound object. */
export function serviceAccountTokens(keys: ServiceAccountKeys, cache: ObjectCache, clock: Clock): ServiceAccountTokens {
  const remembered = new Map<string, Verified>();
  const verify = async (token: string): Promise<Verified | undefined> => {
    const known = remembered.get(token);
    if (known !== undefined) return known;
    const payload = await keys.verify(token, clock.now());
    if (payload === undefined) return undefined;
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
    const verified = { payload };
    remembered.set(token, verified);
    return verified;
  };
  const living = (definition: ResourceDefinition, namespace: string, { name, uid }: Named): boolean => {
    const key = objectKey(definition, namespace, name);
    const found = cache.resource(resourcePrefix(definition)).get(key)?.object;
    return found !== undefined && found.metadata.uid === uid && !isPast(found, clock.now() - LEEWAY);
  };

  return {
    async issue({ namespace, account, audiences, expirationSeconds, bound }) {
      const now = Math.floor(clock.now() / 1000);
      const expires = now + expirationSeconds;
      const token = await keys.sign({
        iss: ISSUER,
        sub: `system:serviceaccount:${namespace}:${account.name}`,
        aud: audiences.length === 0 ? [ISSUER] : [...audiences],
        jti: randomUUID(),
        iat: now,
        nbf: now,
        exp: expires,
        'kubernetes.io': { namespace, ...bound, serviceaccount: account } satisfies KubernetesClaims,
      });
      return { token, expirationTimestamp: rfc3339(expires * 1000) };
    },
    async authenticate(token, wanted) {
      const verified = await verify(token);
      if (verified === undefined) return undefined;
      const { payload } = verified;
      if (payload.exp === undefined || payload.exp * 1000 <= clock.now()) return undefined;
      const meant = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud ?? []);
      const audiences = (wanted.length === 0 ? [ISSUER] : wanted).filter((audience) => meant.includes(audience));
      const claims = claimsOf(payload);
      if (audiences.length === 0 || claims === undefined) return undefined;
      const { namespace } = claims;
      const lives =
        living(serviceAccount, namespace, claims.serviceaccount) &&
        (claims.pod === undefined || living(pod, namespace, claims.pod)) &&
        (claims.secret === undefined || living(secret, namespace, claims.secret)) &&
        // Beside a pod it only tells where that runs.
        (claims.node === undefined || claims.pod !== undefined || living(node, '', claims.node));
      if (!lives) return undefined;
      verified.user ??= accountUser(claims, payload.jti);
      return { user: verified.user, audiences };
    },
  };
}

const isPast = ({ metadata }: KubeObject, time: number): boolean =>
  metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) < time;

/** What a good signature was put under is ours, but a key may be older than what is written here. */
function claimsOf(payload: JWTPayload): KubernetesClaims | undefined {
  const claims = payload['kubernetes.io'] as Partial<KubernetesClaims> | undefined;
  const names = (value: unknown): boolean => {
    const { name, uid } = (value ?? {}) as Partial<Record<'name' | 'uid', unknown>>;
    return typeof name === 'string' && typeof uid === 'string';
  };
  if (typeof claims?.namespace !== 'string' || !names(claims.serviceaccount)) return undefined;
  if ([claims.pod, claims.secret, claims.node].some((bound) => bound !== undefined && !names(bound))) return undefined;
  return claims as KubernetesClaims;
}

function accountUser(claims: KubernetesClaims, jti: string | undefined): UserInfo {
  const { namespace, serviceaccount: account, pod: bound, node: host } = claims;
  const extra = (name: string, value: string | undefined): Record<string, string[]> =>
    value === undefined ? {} : { [`authentication.kubernetes.io/${name}`]: [value] };
  return {
    name: `system:serviceaccount:${namespace}:${account.name}`,
    uid: account.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      ...extra('credential-id', jti === undefined ? undefined : `JTI=${jti}`),
      ...extra('node-name', host?.name),
      ...extra('node-uid', host?.uid),
      ...extra('pod-name', bound?.name),
      ...extra('pod-uid', bound?.uid),
    },
  };
}
