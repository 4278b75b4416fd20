import { calculateJwkThumbprint, exportJWK, importPKCS8, importSPKI, type JWTPayload, jwtVerify, SignJWT } from 'jose';

/** Whom tokens are from, and whom they are for unless they say otherwise. */
export const ISSUER = 'https://kubernetes.default.svc';
export const ALGORITHM = 'ES256';

/** The key that signs, and every key whose signatures still count. */
export interface ServiceAccountKeys {
  sign(claims: JWTPayload): Promise<string>;
  /** The claims of a token that one of the keys signed; undefined for any other. Its times are judged at `now`, in ms. */
  verify(token: string, now: number): Promise<JWTPayload | undefined>;
  /** The public keys, for /openid/v1/jwks. */
  readonly jwks: { readonly keys: readonly object[] };
}

/** Reads the keys (PKCS #8 and SPKI, ES256). `retiredPems`: keys that signed before the last rotation. */
export async function serviceAccountKeys(options: {
  readonly privatePem: string;
  readonly publicPem: string;
  readonly retiredPems?: readonly string[];
}): Promise<ServiceAccountKeys> {
  const privateKey = await importPKCS8(options.privatePem, ALGORITHM);
  const keys = new Map<string, Awaited<ReturnType<typeof importSPKI>>>();
  const published: object[] = [];
  for (const pem of [options.publicPem, ...(options.retiredPems ?? [])]) {
    const key = await importSPKI(pem, ALGORITHM);
    const jwk = await exportJWK(key);
    const kid = await calculateJwkThumbprint(jwk);
    if (keys.has(kid)) continue;
    keys.set(kid, key);
    published.push({ ...jwk, use: 'sig', alg: ALGORITHM, kid });
  }
  const [current] = keys.keys();
  return {
    jwks: { keys: published },
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, kid: current! }).sign(privateKey),
    async verify(token, now) {
      try {
        const keyOf = ({ kid }: { kid?: string }) => {
          const key = keys.get(kid ?? '');
          if (key === undefined) throw new Error('unknown key');
          return key;
        };
        const options = { issuer: ISSUER, algorithms: [ALGORITHM], currentDate: new Date(now) };
        return (await jwtVerify(token, keyOf, options)).payload;
      } catch {
        return undefined;
      }
    },
  };
}
