import { randomUUID, X509Certificate } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import type { Clock } from '../../common/clock.ts';
import { TOKEN_ISSUER, TOKEN_SERVICE } from './registry-settings.ts';

/** A private key and the certificate for it, both PEM. */
export interface KeyPairPem {
  readonly certPem: string;
  readonly keyPem: string;
}

/** What somebody may do with a repository (Distribution's token specification, "access"). */
export interface Access {
  /** `repository`, or `registry` for its catalogue. */
  readonly type: string;
  /** `shop/web`. */
  readonly name: string;
  /** `pull`, `push`, `delete`, `*`. */
  readonly actions: readonly string[];
}

export interface IssuedToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** RFC 3339. */
  readonly issuedAt: string;
}

/** Seconds: a push asks again when one has expired, so it need not be long. */
const LIFETIME = 300;
/** Clocks of pods are the host's; a moment, since seconds are cut off. */
const BEFORE = 10;

export type IssueToken = (subject: string, access: readonly Access[]) => Promise<IssuedToken>;

/** Signs what the registry believes (Distribution: docs/spec/auth/jwt.md, with the certificate in `x5c`). */
export function tokenIssuer(pair: KeyPairPem, clock: Clock): IssueToken {
  const key = importPKCS8(pair.keyPem, 'ES256');
  const x5c = [new X509Certificate(pair.certPem).raw.toString('base64')];
  return async (subject, access) => {
    const now = Math.floor(clock.now() / 1000);
    const token = await new SignJWT({ access: access.map(({ type, name, actions }) => ({ type, name, actions: [...actions] })) })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', x5c })
      .setIssuer(TOKEN_ISSUER)
      .setSubject(subject)
      .setAudience(TOKEN_SERVICE)
      .setNotBefore(now - BEFORE)
      .setIssuedAt(now)
      .setExpirationTime(now + LIFETIME)
      .setJti(randomUUID())
      .sign(await key);
    return { token, expiresIn: LIFETIME, issuedAt: new Date(now * 1000).toISOString() };
  };
}
