import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, importPKCS8, importSPKI, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { rfc3339, type Clock } from '../../../common/clock.ts';
import type { TokenIssuer } from '../../api/define-resource.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';

export const ISSUER = 'https://kubernetes.default.svc';
const ALGORITHM = 'ES256';
const ACCOUNTS = resourcePrefix({ group: '', plural: 'serviceaccounts' });
const PODS = resourcePrefix({ group: '', plural: 'pods' });
/** Verified signatures that are remembered: checking one costs more than a small request. */
const REMEMBERED = 1024;

interface Bound {
  readonly name?: unknown;
  readonly uid?: unknown;
}
interface KubernetesClaims {
  readonly namespace?: unknown;
  readonly serviceaccount?: Bound;
  readonly pod?: Bound;
}

export interface ServiceAccountTokens {
  readonly issue: TokenIssuer;
  /** The account that a token speaks for, while the account and the pod it is bound to exist. Undefined: no token of ours. */
  authenticate(token: string, audiences?: readonly string[]): Promise<UserInfo | undefined>;
  /** Public key as a JWKS, for /openid/v1/jwks. */
  readonly jwks: object;
}

/** Signs and checks service-account tokens (pkg/serviceaccount): JWTs whose private claim names account and pod. */
export async function serviceAccountTokens(options: {
  privatePem: string;
  publicPem: string;
  cache: ObjectCache;
  clock: Clock;
}): Promise<ServiceAccountTokens> {
  const { cache, clock } = options;
  const privateKey = await importPKCS8(options.privatePem, ALGORITHM);
  const publicKey = await importSPKI(options.publicPem, ALGORITHM);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const remembered = new Map<string, JWTPayload>();

  const verify = async (token: string): Promise<JWTPayload | undefined> => {
    const known = remembered.get(token);
    if (known !== undefined) return known;
    try {
      const { payload } = await jwtVerify(token, publicKey, {
        issuer: ISSUER,
        algorithms: [ALGORITHM],
        currentDate: new Date(clock.now()),
      });
      if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
      remembered.set(token, payload);
      return payload;
    } catch {
      return undefined;
    }
  };

  return {
    jwks: { keys: [{ ...jwk, use: 'sig', alg: ALGORITHM, kid }] },
    async issue(claims) {
      const now = Math.floor(clock.now() / 1000);
      const expires = now + claims.expirationSeconds;
      const token = await new SignJWT({
        'kubernetes.io': {
          namespace: claims.namespace,
          ...(claims.boundPod === undefined ? {} : { pod: claims.boundPod }),
          serviceaccount: { name: claims.serviceAccount, uid: claims.serviceAccountUID },
        },
      })
        .setProtectedHeader({ alg: ALGORITHM, kid })
        .setIssuer(ISSUER)
        .setSubject(`system:serviceaccount:${claims.namespace}:${claims.serviceAccount}`)
        .setAudience(claims.audiences.length === 0 ? [ISSUER] : [...claims.audiences])
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(expires)
        .sign(privateKey);
      return { token, expirationTimestamp: rfc3339(expires * 1000) };
    },
    async authenticate(token, audiences = [ISSUER]) {
      const payload = await verify(token);
      if (payload === undefined || payload.exp === undefined || payload.exp * 1000 <= clock.now()) return undefined;
      const meant = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud ?? []);
      if (!audiences.some((audience) => meant.includes(audience))) return undefined;
      return accountOf(payload['kubernetes.io'] as KubernetesClaims | undefined, cache, payload.jti);
    },
  };
}

function accountOf(claims: KubernetesClaims | undefined, cache: ObjectCache, jti: string | undefined): UserInfo | undefined {
  const { namespace } = claims ?? {};
  const account = claims?.serviceaccount;
  if (typeof namespace !== 'string' || typeof account?.name !== 'string') return undefined;
  const found = cache.resource(ACCOUNTS).get(`${ACCOUNTS}${namespace}/${account.name}`)?.object;
  if (found === undefined || found.metadata.uid !== account.uid) return undefined;
  const pod = claims?.pod;
  if (pod !== undefined) {
    const running = cache.resource(PODS).get(`${PODS}${namespace}/${String(pod.name)}`)?.object;
    if (running === undefined || running.metadata.uid !== pod.uid) return undefined;
  }
  return {
    name: `system:serviceaccount:${namespace}:${account.name}`,
    uid: found.metadata.uid!,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      ...(jti === undefined ? {} : { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] }),
      ...(pod === undefined
        ? {}
        : {
            'authentication.kubernetes.io/pod-name': [String(pod.name)],
            'authentication.kubernetes.io/pod-uid': [String(pod.uid)],
          }),
    },
  };
}
